"""Pauses that platforms have asked for, in words: why something that is due has not gone out yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kabar.desk.scope import home_zone
from kabar.desk.tables import Tables
from kabar.desk.words import hour, number
from kabar.officers import Officer
from kabar.store.cooldowns import standing_cooldowns
from kabar.store.database import Connection

#: Accounts that are named one by one; more are counted.
NAMED = 3


def pause_lines(connection: Connection, *, officer: Officer, tables: Tables) -> list[str]:
    """A sentence for each pause that concerns the officer's scope, those of whole platforms first."""
    zone = home_zone(officer, tables.satker)
    rows = standing_cooldowns(connection)
    everybody = [
        f"{_platforms(row, tables)} meminta jeda sampai {hour(row['until'], zone)}.{_waiting(row)}"
        for row in rows
        if not row["external_id"]
    ]
    own = [
        row
        for row in rows
        if row["satker_code"] in tables.satker and officer.covers(tables.satker[row["satker_code"]])
    ]
    single = [
        f"{_platforms(row, tables)} meminta jeda untuk {row['account_name']} "
        f"sampai {hour(row['until'], zone)}.{_waiting(row)}"
        for row in own[:NAMED]
    ]
    more = [f"Jeda juga berlaku untuk {number(len(own) - NAMED)} akun lain."] if len(own) > NAMED else []
    return [*everybody, *single, *more]


def _platforms(row: Mapping[str, Any], tables: Tables) -> str:
    titles: Sequence[str] = [tables.channel_title(name) for name in row["channels"]]
    return " dan ".join(titles) or "Platform"


def _waiting(row: Mapping[str, Any]) -> str:
    return (
        f" {number(row['waiting'])} kiriman menunggu dan terbit sendiri sesudahnya." if row["waiting"] else ""
    )
