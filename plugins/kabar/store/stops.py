"""Stops: while one stands, nothing in its scope is claimed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kabar.store.database import Connection, queries


def raise_stop(
    connection: Connection,
    *,
    reason: str,
    raised_by: str,
    calendar: str | None = None,
    stage: str | None = None,
    province_code: str | None = None,
    satker_code: str | None = None,
    channel: str | None = None,
    ends_at: datetime | None = None,
) -> int:
    """Stop everything in the scope (a part left out means every one) and give the stop's number."""
    number: int = queries("stop").raise_stop(
        connection,
        calendar=calendar,
        stage=stage,
        province_code=province_code,
        satker_code=satker_code,
        channel=channel,
        reason=reason,
        raised_by=raised_by,
        ends_at=ends_at,
    )
    return number


def lift_stop(connection: Connection, stop_id: int, *, lifted_by: str) -> bool:
    """Lift a stop; what it held stays held until somebody decides again. False when none stood."""
    changed: int = queries("stop").lift_stop(connection, stop_id=stop_id, lifted_by=lifted_by)
    return changed == 1


def standing_stops(connection: Connection) -> list[dict[str, Any]]:
    """Every stop that stands now."""
    return list(queries("stop").list_stops(connection))
