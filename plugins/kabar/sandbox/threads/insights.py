"""`/threads_insights`: views by day, totals of a range, followers as they are now (platforms.md 4.2)."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from kabar.sandbox.graph.call import LOS_ANGELES, graph_time
from kabar.sandbox.graph.errors import GraphError, invalid_parameter
from kabar.sandbox.graph.world import usual_likes

#: Share of the followers that a usual day brings.
TOTALS = {"likes": 0.03, "replies": 0.004, "reposts": 0.003, "quotes": 0.001, "clicks": 0.005}
VIEWS = 0.8
#: Before this moment nothing is known.
EARLIEST_SECONDS = 1_712_991_600


def describe(account_id: str, metrics: list[str], span: tuple[datetime, datetime], seed: int) -> list[object]:
    """The items of `data`, in the order of `metrics`."""
    begins_at, ends_at = span
    if not metrics:
        raise GraphError(3001, "(#3001) No metric was specified to be fetched.", subcode=1504028)
    if begins_at.timestamp() < EARLIEST_SECONDS:
        raise invalid_parameter(f"Param since must be greater than or equal to {EARLIEST_SECONDS}")
    days = _days(begins_at, ends_at)
    return [_item(account_id, metric, days, seed) for metric in metrics]


def _item(account_id: str, metric: str, days: list[date], seed: int) -> dict[str, object]:
    item: dict[str, object] = {
        "name": metric,
        "period": "day",
        "title": metric.capitalize(),
        "description": f"{metric} of the sandbox",
        "id": f"{account_id}/insights/{metric}/day",
    }
    if metric == "followers_count":
        return item | {"total_value": {"value": usual_likes(account_id)}}
    if metric == "views":
        values = [
            {"value": _value(seed, account_id, metric, day, VIEWS), "end_time": graph_time(_end_of(day))}
            for day in days
        ]
        return item | {"values": values}
    if metric not in TOTALS:
        known = ", ".join(["views", *TOTALS, "followers_count"])
        raise invalid_parameter(f"metric[0] must be one of the following values: {known}")
    total = sum(_value(seed, account_id, metric, day, TOTALS[metric]) for day in days)
    return item | {"total_value": {"value": total}}


def _days(begins_at: datetime, ends_at: datetime) -> list[date]:
    days = []
    day = begins_at.astimezone(LOS_ANGELES).date()
    while (end := _end_of(day)) <= ends_at:
        days.append(day)
        day = end.date()
    return days


def _value(seed: int, account_id: str, metric: str, day: date, share: float) -> int:
    digest = hashlib.blake2b(f"{seed}:{account_id}:{metric}:{day}".encode(), digest_size=4).digest()
    chance = int.from_bytes(digest, "big") / 2**32
    return int(usual_likes(account_id) * share * (0.5 + chance))


def _end_of(day: date) -> datetime:
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=LOS_ANGELES)
