"""Pauses that platforms asked for, or were about to: remembered, so that every worker and run heeds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from kabar.store.database import Connection, queries


class BusyAccount(NamedTuple):
    """An account whose budget belongs to publishing now."""

    id: int
    connection: str
    external_id: str
    #: Until when it rests; None where it only has posts that are due soon.
    rests_until: datetime | None


def cool_down(
    connection: Connection,
    *,
    reached_by: str,
    external_id: str,
    pause_seconds: float,
    reason: str,
    noted_by: str,
) -> None:
    """Leave an account alone for a while, or everything behind `reached_by` where `external_id` is empty.

    A pause that already stands for longer is kept. Claims, readings and the harvest of everybody heed it from
    the moment at which this commits.
    """
    queries("cooldown").cool_down(
        connection,
        connection=reached_by,
        external_id=external_id,
        pause_seconds=pause_seconds,
        reason=reason,
        noted_by=noted_by,
    )


def standing_cooldowns(connection: Connection) -> list[dict[str, Any]]:
    """Pauses that stand: connection, account (empty for all), until, reason, channels, posts that wait."""
    return list(queries("cooldown").list_cooldowns(connection))


def busy_accounts(connection: Connection, *, hours: int) -> list[BusyAccount]:
    """Accounts with posts due within `hours`, or in a cool-down: nothing but publishing may call for them."""
    return [BusyAccount(**row) for row in queries("cooldown").list_busy_accounts(connection, hours=hours)]
