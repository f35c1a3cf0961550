"""Stops: while one stands, nothing in its scope is claimed, and no claim gets to its call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from kabar.store.database import Connection, queries


@dataclass(frozen=True, slots=True)
class StopScope:
    """What a stop is about; a part left out means every one."""

    calendar: str | None = None
    stage: str | None = None
    province_code: str | None = None
    satker_code: str | None = None
    channel: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> StopScope:
        """The scope of a row of stops."""
        return cls(
            calendar=row["calendar"],
            stage=row["stage"],
            province_code=row["province_code"],
            satker_code=row["satker_code"],
            channel=row["channel"],
        )


class Reach(NamedTuple):
    """What a stop cannot hold any more: rows of post_id, draft_id, satker_code, channel, title and state."""

    #: Claimed by a worker: the last look before the call takes back those whose call has not begun.
    being_sent: list[dict[str, Any]]
    #: Sent, and nobody can tell yet whether they stand.
    in_doubt: list[dict[str, Any]]
    #: Manual cards that an officer has taken and may be posting.
    in_hand: list[dict[str, Any]]
    #: How many stand on the platforms.
    published: int


def raise_stop(
    connection: Connection,
    scope: StopScope,
    *,
    reason: str,
    raised_by: str,
    ends_at: datetime | None = None,
    request_key: str | None = None,
) -> int:
    """Stop everything in the scope and give the stop's number; the same `request_key` raises one stop.

    What is out of its reach is known once this is committed: ask `reach` in a transaction after it.
    """
    number: int = queries("stop").raise_stop(
        connection,
        **asdict(scope),
        reason=reason,
        raised_by=raised_by,
        ends_at=ends_at,
        request_key=request_key,
    )
    return number


def reach(connection: Connection, stop_id: int) -> Reach:
    """What a stop that is committed cannot hold any more.

    Nothing slips between: a claim whose last look did not see the stop was committed before the stop was,
    and so stands in this list or is published.
    """
    statements = queries("stop")
    rows = list(statements.list_out_of_reach(connection, stop_id=stop_id))
    stop = statements.read_stop(connection, stop_id=stop_id)
    return Reach(
        being_sent=[row for row in rows if row["state"] == "sending" and not row["by_hand"]],
        in_doubt=[row for row in rows if row["state"] == "unconfirmed"],
        in_hand=[row for row in rows if row["state"] == "sending" and row["by_hand"]],
        published=count_scope(connection, StopScope.of(stop)).get("published", 0),
    )


def count_scope(connection: Connection, scope: StopScope) -> dict[str, int]:
    """How many posts in a scope are in each state; states without a post are left out."""
    return {row["state"]: row["posts"] for row in queries("stop").count_scope(connection, **asdict(scope))}


def lift_stop(connection: Connection, stop_id: int, *, lifted_by: str) -> bool:
    """Lift a stop; what it held stays held until somebody decides again. False when none stood."""
    changed: int = queries("stop").lift_stop(connection, stop_id=stop_id, lifted_by=lifted_by)
    return changed == 1


def standing_stops(connection: Connection) -> list[dict[str, Any]]:
    """Every stop that stands now."""
    return list(queries("stop").list_stops(connection))


def past_stops(connection: Connection, *, at_most: int) -> list[dict[str, Any]]:
    """Stops that are over, the latest first; `ended_at` says since when."""
    return list(queries("stop").list_past_stops(connection, at_most=at_most))


def stop(connection: Connection, stop_id: int) -> dict[str, Any] | None:
    """One stop with `stands` and `ended_at`."""
    row: dict[str, Any] | None = queries("stop").read_stop(connection, stop_id=stop_id)
    return row
