"""`/insights` of an Instagram account: totals of a range, 30 days at most (platforms.md section 3)."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from kabar.sandbox.graph.access import Scope
from kabar.sandbox.graph.call import LOS_ANGELES, graph_time
from kabar.sandbox.graph.errors import GraphError, invalid_parameter
from kabar.sandbox.graph.instagram import require_instagram
from kabar.sandbox.graph.world import usual_likes

#: Share of the followers that a usual day brings.
METRICS = {
    "reach": 0.4,
    "views": 0.9,
    "accounts_engaged": 0.05,
    "total_interactions": 0.07,
    "likes": 0.05,
    "comments": 0.004,
    "shares": 0.006,
    "saves": 0.004,
    "replies": 0.001,
    "reposts": 0.001,
    "profile_links_taps": 0.002,
    "follows_and_unfollows": 0.003,
}
SERIES = {"reach"}
LONGEST_RANGE = timedelta(days=30)
LEAST_FOLLOWERS = 100


def read_instagram_insights(scope: Scope, node_id: str) -> dict[str, object]:
    """`GET /{ig-user}/insights`; one bad metric loses the whole call, missing data are an empty set."""
    account_id = require_instagram(scope, node_id, "instagram_manage_insights", task="ANALYZE")
    metrics = scope.call.names("metric")
    if not metrics:
        raise GraphError(3001, "(#3001) No metric was specified to be fetched.", subcode=1504028)
    if any(metric not in METRICS for metric in metrics):
        known = ", ".join(METRICS)
        raise invalid_parameter(f"metric[0] must be one of the following values: {known}")
    if scope.call.text("period") != "day":
        raise invalid_parameter("Param period must be one of {day}")
    begins_at, ends_at = scope.call.moment("since"), scope.call.moment("until")
    if begins_at is None or ends_at is None:
        ends_at = scope.world.now()
        begins_at = ends_at - timedelta(days=1)
    if ends_at - begins_at > LONGEST_RANGE:
        raise invalid_parameter("There cannot be more than 30 days (2592000 s) between since and until.")
    kind = scope.call.text("metric_type") or "time_series"
    if kind == "time_series" and not SERIES.issuperset(metrics):
        raise invalid_parameter(f"The metric {metrics[0]} must be asked with metric_type=total_value")
    days = _days(scope, begins_at, ends_at)
    if not days:
        return {"data": []}
    series = kind == "time_series"
    return {
        "data": [_item(scope, account_id, metric, days, is_series=series) for metric in metrics],
        "paging": {},
    }


def _days(scope: Scope, begins_at: datetime, ends_at: datetime) -> list[date]:
    """The finished and already shown days of a range."""
    shown = scope.world.now() - timedelta(hours=scope.world.settings.insight_delay_hours)
    days = []
    day = begins_at.astimezone(LOS_ANGELES).date()
    while (end := _end_of(day)) <= min(ends_at, shown):
        days.append(day)
        day = end.date()
    return days


def _item(
    scope: Scope, account_id: str, metric: str, days: list[date], *, is_series: bool
) -> dict[str, object]:
    seed = scope.world.settings.insight_seed
    values = [_value(seed, account_id, metric, day) for day in days]
    item: dict[str, object] = {
        "name": metric,
        "period": "day",
        "title": metric.replace("_", " ").capitalize(),
        "description": f"{metric} of the sandbox",
        "id": f"{account_id}/insights/{metric}/day",
    }
    if is_series:
        ends = [graph_time(_end_of(day)) for day in days]
        item["values"] = [{"value": value, "end_time": end} for value, end in zip(values, ends, strict=True)]
    elif metric == "follows_and_unfollows":
        # Seen without `total_value` when there is nothing to tell (platforms.md 3).
        if scope.call.text("breakdown") == "follow_type" and usual_likes(account_id) >= LEAST_FOLLOWERS:
            item["total_value"] = {"breakdowns": [_follow_types(sum(values))]}
    else:
        item["total_value"] = {"value": sum(values)}
    return item


def _follow_types(follows: int) -> dict[str, object]:
    return {
        "dimension_keys": ["follow_type"],
        "results": [
            {"dimension_values": ["FOLLOWER"], "value": follows},
            {"dimension_values": ["NON_FOLLOWER"], "value": follows // 3},
        ],
    }


def _value(seed: int, account_id: str, metric: str, day: date) -> int:
    digest = hashlib.blake2b(f"{seed}:{account_id}:{metric}:{day}".encode(), digest_size=4).digest()
    chance = int.from_bytes(digest, "big") / 2**32
    return int(usual_likes(account_id) * METRICS[metric] * (0.5 + chance))


def _end_of(day: date) -> datetime:
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=LOS_ANGELES)
