"""`/insights` of Pages and posts: ranges, periods and Los Angeles days (platforms.md 2.1 to 2.5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from kabar.sandbox.graph.access import Scope, require_page
from kabar.sandbox.graph.call import LOS_ANGELES, graph_time
from kabar.sandbox.graph.errors import GraphError, invalid_parameter
from kabar.sandbox.graph.metrics import (
    MONEY_METRICS,
    PAGE_METRICS,
    POST_METRICS,
    Value,
    page_value,
    post_value,
)
from kabar.sandbox.graph.objects import Page, Post
from kabar.sandbox.graph.paging import link

LONGEST_RANGE = timedelta(days=90)
KEPT = timedelta(days=2 * 365)
LEAST_LIKES = 100
WINDOW_DAYS = {"day": 1, "week": 7, "days_28": 28}
PRESET_DAYS = {"yesterday": 1, "last_7d": 7, "last_14d": 14, "last_28d": 28, "last_30d": 30, "last_90d": 90}
#: What page_media_view may be broken down by; the real shape of the answer is not known (platforms.md 2.2).
BREAKDOWNS = {"is_from_ads": 0.0, "is_from_followers": 0.4}


class Range(NamedTuple):
    """Wanted day ends: later than `since`, not later than `until`; `is_asked` when the caller named it."""

    since: datetime
    until: datetime
    is_asked: bool


class DayEnd(NamedTuple):
    """The midnight in Los Angeles that ends a day, and how Graph writes it."""

    at: datetime
    text: str


def read_insights(scope: Scope, node_id: str) -> dict[str, object]:
    """`GET /{page}/insights` or `GET /{page_post}/insights`; one bad metric loses the whole call."""
    page = require_page(scope, node_id, task="ANALYZE", permission="read_insights")
    metrics = (*scope.call.path[2:], *scope.call.names("metric"))
    if not metrics:
        raise GraphError(
            3001,
            "(#3001) No metric was specified to be fetched. Please specify one or more metrics.",
            subcode=1504028,
        )
    _check_alive(scope, metrics, POST_METRICS if node_id in scope.world.posts else PAGE_METRICS)
    post = scope.world.posts.get(node_id)
    if post is not None:
        return {"data": [_post_item(scope, page, post, metric) for metric in metrics], "paging": {}}
    span = _range(scope)
    days = _days(scope, span)
    periods = [(metric, period) for metric in metrics for period in _periods(scope, metric)]
    data = [_page_item(scope, page, metric, period, days) for metric, period in periods]
    return {"data": data, "paging": _paging(scope, span)}


def _check_alive(scope: Scope, metrics: Sequence[str], known: Collection[str]) -> None:
    today = scope.world.now().astimezone(LOS_ANGELES).date()
    for metric in metrics:
        if metric in MONEY_METRICS:
            raise GraphError(200, "(#200) Requires the 'pages_read_monetization' permission.")
        dead_on = scope.world.settings.dead_metrics.get(metric)
        if metric not in known or (dead_on is not None and today >= dead_on):
            raise invalid_parameter("The value must be a valid insights metric")


def _periods(scope: Scope, metric: str) -> Sequence[str]:
    asked, known = scope.call.text("period"), PAGE_METRICS[metric].periods
    if asked is None:
        return [period for period in known if period in WINDOW_DAYS]
    if asked == "lifetime" and scope.call.text("since"):
        return [asked]
    if asked == "lifetime" and metric == "page_media_view":
        raise GraphError(1, "An unknown error occurred", subcode=99, status=500, is_transient=True)
    if asked not in known:
        raise invalid_parameter(f"For field 'insights': Param period must be one of {{{', '.join(known)}}}")
    return [asked]


def _range(scope: Scope) -> Range:
    """The asked range; more than 90 days between `since` and `until` earn 100/1504016."""
    now = scope.world.now().astimezone(LOS_ANGELES)
    since, until = scope.call.moment("since"), scope.call.moment("until")
    preset = scope.call.text("date_preset")
    if since is not None:
        if until is not None and until - since > LONGEST_RANGE + timedelta(hours=1):
            raise GraphError(100, "Invalid parameter", subcode=1504016)
        return Range(max(since, now - KEPT), min(until or now, now), is_asked=True)
    if preset is not None and preset not in PRESET_DAYS:
        raise invalid_parameter(f"Param date_preset must be one of {{{', '.join(PRESET_DAYS)}}}")
    end = until or _midnight(now.date())
    # Without a range Graph shows the last two days.
    days = PRESET_DAYS.get(preset or "", 2)
    return Range(
        _midnight(end.astimezone(LOS_ANGELES).date() - timedelta(days=days)), end, is_asked=until is not None
    )


def _days(scope: Scope, span: Range) -> list[date]:
    """The finished and already shown Los Angeles days of a range, each named by the day, not by its end."""
    shown = scope.world.now() - timedelta(hours=scope.world.settings.insight_delay_hours)
    day = span.since.astimezone(LOS_ANGELES).date()
    found: list[date] = []
    last = min(span.until, shown)
    while (end := _end_of(day).at) <= last:
        found.append(day)
        day = end.date()
    return found


def _page_item(scope: Scope, page: Page, metric: str, period: str, days: Sequence[date]) -> dict[str, object]:
    values: list[dict[str, object]] = []
    breakdown = scope.call.text("breakdown")
    if page.fan_count >= LEAST_LIKES and period != "lifetime":
        if period == "total_over_range":
            days, window = days[-1:], len(days)
        else:
            window = WINDOW_DAYS[period]
        for day in days:
            value = _window(scope, page, metric, day, window)
            values += _broken_down(breakdown, metric, value, _end_of(day).text)
    return _item(page.id, metric, period, values)


def _window(scope: Scope, page: Page, metric: str, last: date, window: int) -> Value:
    """A rolling figure that ends with the day `last`; of several days only sums of counts are known."""
    if window == 1:
        return _day_value(scope, page, metric, last)
    values = [_day_value(scope, page, metric, last - timedelta(days=back)) for back in range(window)]
    totals: dict[str, int] = {}
    total = 0
    for value in values:
        if isinstance(value, dict):
            for name, count in value.items():
                totals[name] = totals.get(name, 0) + count
        else:
            total += value
    if PAGE_METRICS[metric].kind == "dict":
        return totals
    # The same person is counted once in a longer window: fewer than the sum, at least the best day.
    return int(total * 0.7) if metric.endswith("_unique") else total


def _day_value(scope: Scope, page: Page, metric: str, on: date) -> Value:
    settings = scope.world.settings
    value = page_value(settings.insight_seed, page.id, metric, on)
    for revision in settings.revisions:
        if revision.concerns(page.id, metric, on):
            value = _scaled(value, revision.factor)
    return value


def _scaled(value: Value, factor: float) -> Value:
    if isinstance(value, dict):
        return {name: round(count * factor) for name, count in value.items() if round(count * factor)}
    return round(value * factor)


def _broken_down(breakdown: str | None, metric: str, value: Value, end_time: str) -> list[dict[str, object]]:
    if breakdown is None:
        return [{"value": value, "end_time": end_time}]
    if metric != "page_media_view" or breakdown not in BREAKDOWNS or isinstance(value, dict):
        raise invalid_parameter(f"Param breakdown {breakdown} is not supported for {metric}")
    yes = int(value * BREAKDOWNS[breakdown])
    parts = {"1": yes, "0": value - yes}
    return [{"value": count, "end_time": end_time, breakdown: word} for word, count in parts.items() if count]


def _post_item(scope: Scope, page: Page, post: Post, metric: str) -> dict[str, object]:
    if metric == "post_total_media_view_unique" and page.fan_count < LEAST_LIKES:
        raise GraphError(200, "(#200) This metric is not available for this post.")
    period = scope.call.text("period") or "lifetime"
    if period != "lifetime":
        raise invalid_parameter("For field 'insights': Param period must be one of {lifetime}")
    begins_at = post.scheduled_at or post.created_at
    age = max(scope.world.now() - begins_at, timedelta())
    value = post_value(scope.world.settings.insight_seed, page.id, post.id, metric, age / timedelta(hours=1))
    return _item(post.id, metric, period, [{"value": value}])


def _item(node_id: str, metric: str, period: str, values: list[dict[str, object]]) -> dict[str, object]:
    title = metric.replace("_", " ").capitalize()
    return {
        "name": metric,
        "period": period,
        "values": values,
        "title": title,
        "description": f"{title} of the sandbox",
        "id": f"{node_id}/insights/{metric}/{period}",
    }


def _paging(scope: Scope, span: Range) -> dict[str, str]:
    """Links that step the window and never end; they have no cursors (platforms.md 2.2)."""
    width = span.until - span.since if span.is_asked else timedelta(days=2)
    return {
        "previous": link(scope.call, since=_seconds(span.since - width), until=_seconds(span.since)),
        "next": link(scope.call, since=_seconds(span.until), until=_seconds(span.until + width)),
    }


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


@lru_cache(maxsize=2000)
def _end_of(day: date) -> DayEnd:
    end = _midnight(day + timedelta(days=1))
    return DayEnd(end, graph_time(end))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOS_ANGELES)
