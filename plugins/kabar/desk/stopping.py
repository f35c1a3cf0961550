"""Stops in Meja Humas: who may raise or lift which, in what words, and what is out of their reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kabar.desk.refusal import PageRefusal, not_in_scope
from kabar.desk.scope import home_zone
from kabar.desk.stop_scope import may_stop, touches, words_of
from kabar.desk.tables import Tables
from kabar.desk.words import STATES, StateWord, moment
from kabar.officers import Officer
from kabar.posting.states import State
from kabar.satker import ZONES
from kabar.store import stops
from kabar.store.database import Connection
from kabar.store.stops import Reach, StopScope

#: Stops that are over and still shown.
PAST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class StopView:
    """One stop as an officer sees it."""

    id: int
    words: str
    reason: str
    raised_by: str
    raised_at: str
    #: When it ends by itself, or has ended; empty when it stands until somebody lifts it.
    ends_at: str
    lifted_by: str
    stands: bool
    may_lift: bool


def standing(connection: Connection, *, officer: Officer, tables: Tables) -> list[StopView]:
    """The stops that stand over something in the officer's scope, oldest first."""
    return [
        stop_view(row | {"stands": True, "ended_at": None}, officer=officer, tables=tables)
        for row in stops.standing_stops(connection)
        if touches(StopScope.of(row), officer, tables)
    ]


def past(connection: Connection, *, officer: Officer, tables: Tables) -> list[StopView]:
    """Stops that are over, the latest first."""
    return [
        stop_view(row | {"stands": False}, officer=officer, tables=tables)
        for row in stops.past_stops(connection, at_most=PAST_SHOWN)
        if touches(StopScope.of(row), officer, tables)
    ]


def read_stop(
    connection: Connection, stop_id: int, *, officer: Officer, tables: Tables
) -> tuple[StopView, Reach]:
    """One stop and what it cannot hold any more, cut to the officer's own satker.

    Raises:
        PageRefusal: There is none, or it stands over nothing in the officer's scope.
    """
    row = stops.stop(connection, stop_id)
    if row is None or not touches(StopScope.of(row), officer, tables):
        raise not_in_scope()
    found = stops.reach(connection, stop_id)
    view = stop_view(row, officer=officer, tables=tables)
    return view, found._replace(
        being_sent=_own(found.being_sent, officer, tables),
        in_doubt=_own(found.in_doubt, officer, tables),
        in_hand=_own(found.in_hand, officer, tables),
    )


def _own(rows: Sequence[dict[str, Any]], officer: Officer, tables: Tables) -> list[dict[str, Any]]:
    return [
        row | {"satker": tables.satker[row["satker_code"]]}
        for row in rows
        if officer.covers(tables.satker[row["satker_code"]])
    ]


def stop_view(row: Mapping[str, Any], *, officer: Officer, tables: Tables) -> StopView:
    """Describe a row of stops with `stands` and `ended_at`."""
    zone = home_zone(officer, tables.satker)
    end = row["ended_at"] or row["ends_at"]
    scope = StopScope.of(row)
    return StopView(
        id=row["id"],
        words=words_of(scope, tables),
        reason=row["reason"],
        raised_by=tables.officer_title(row["raised_by"]),
        raised_at=moment(row["raised_at"], zone),
        ends_at=moment(end, zone) if end else "",
        lifted_by=tables.officer_title(row["lifted_by"]) if row["lifted_by"] else "",
        stands=row["stands"],
        may_lift=row["stands"] and may_stop(scope, officer, tables),
    )


def counts_of(connection: Connection, scope: StopScope) -> list[tuple[StateWord, State, int]]:
    """How many posts in a scope are in each state, in the order of the road."""
    found = stops.count_scope(connection, scope)
    return [(word, state, found[state]) for state, word in STATES.items() if state in found]


def raise_stop(
    connection: Connection,
    scope: StopScope,
    *,
    typed: str,
    reason: str,
    ends: str,
    request_key: str,
    officer: Officer,
    tables: Tables,
    now: datetime,
) -> int:
    """Raise a stop and give its number; the same form raises one.

    Raises:
        PageRefusal: Not this officer's to raise, the scope not typed, no reason, or an end that has passed.
    """
    check_right(scope, officer, tables)
    check_typed(typed, words_of(scope, tables))
    if not reason.strip():
        raise PageRefusal(422, "Alasan belum diisi", "Tulis alasannya: semua yang melihatnya akan bertanya.")
    return stops.raise_stop(
        connection,
        scope,
        reason=reason.strip(),
        raised_by=officer.username,
        ends_at=_end(ends, zone=home_zone(officer, tables.satker), now=now),
        request_key=request_key,
    )


def lift_stop(connection: Connection, stop_id: int, *, typed: str, officer: Officer, tables: Tables) -> None:
    """Lift a stop; lifting one that is over already changes nothing.

    Raises:
        PageRefusal: Not in the officer's scope or not theirs to lift, or the scope not typed.
    """
    row = stops.stop(connection, stop_id)
    if row is None or not touches(StopScope.of(row), officer, tables):
        raise not_in_scope()
    check_right(StopScope.of(row), officer, tables)
    check_typed(typed, words_of(StopScope.of(row), tables))
    stops.lift_stop(connection, stop_id, lifted_by=officer.username)


def check_right(scope: StopScope, officer: Officer, tables: Tables) -> None:
    """Refuse who may not stop this.

    Raises:
        PageRefusal: Not this officer's to raise or lift.
    """
    if not may_stop(scope, officer, tables):
        raise PageRefusal(
            403,
            "Tidak berwenang menghentikan",
            "Hanya penyetuju dan admin yang dapat menghentikan atau mencabutnya, dan hanya di lingkupnya.",
        )


def check_typed(typed: str, words: str) -> None:
    """Refuse when somebody has not typed what it is about, whatever the case and the blanks.

    Raises:
        PageRefusal: It is something else.
    """
    if typed.casefold().split() != words.casefold().split():
        raise PageRefusal(
            422,
            "Lingkup belum diketik dengan benar",
            f"Ketik “{words}”, lalu kirim lagi. Belum ada yang berubah.",
        )


def _end(text: str, *, zone: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        ends_at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONES[zone]))
    except ValueError:
        ends_at = now
    if ends_at <= now:
        raise PageRefusal(
            422, "Waktu berakhir tidak dapat dipakai", "Isi waktu yang akan datang, atau kosongkan."
        )
    return ends_at
