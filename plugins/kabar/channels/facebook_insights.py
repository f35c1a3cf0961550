"""Insights of Facebook Pages and posts over the Graph API v26.0.

Sources: developers.facebook.com/docs/graph-api/reference/page/insights/ and …/reference/insights;
`platforms.md` 2. One name that Facebook has retired fails the whole call, so a call that fails for one of its
names is asked again name by name.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from kabar.channels.facebook_day import ONE_DAY, day_of, end_of
from kabar.channels.facebook_reads import FacebookReads
from kabar.channels.facebook_series import Point, Trouble, points
from kabar.channels.measured import Availability, Measured, missing
from kabar.channels.transport import Answer

log = logging.getLogger(__name__)

#: Facebook keeps no insights for Pages with fewer likes.
SMALLEST_AUDIENCE = 100
#: Values come up to 48 hours after the end of their day; one that is missing longer is not just late.
LATEST_VALUE = timedelta(hours=72)

Series = list[Point] | Trouble


class FacebookInsights:
    """One night's readings through one application: it remembers the names that were retired."""

    def __init__(self, reads: FacebookReads, *, now: datetime) -> None:
        self._reads = reads
        self._now = now
        self._retired: dict[str, Trouble] = {}

    async def page_days(
        self, page_id: str, *, token: str, metrics: Sequence[str], days: Sequence[date]
    ) -> list[Measured]:
        """Every metric of a Page on every Los Angeles day of `days`, one row each, valued or explained.

        `days` are consecutive and at most 90 (code 100/1504016 beyond). Usually one call.
        """
        # Moments instead of dates: Graph reads a bare date in a zone of its own choice.
        span = {
            "period": "day",
            "since": _seconds(end_of(min(days) - ONE_DAY)),
            "until": _seconds(end_of(max(days))),
        }
        series = await self._ask(page_id, page_id, token, metrics, span)
        values = {
            (metric, day_of(point.ends_at)): point
            for metric, found in series.items()
            if not isinstance(found, Trouble)
            for point in found
            if point.ends_at is not None
        }
        is_silent = not values and any(not isinstance(found, Trouble) for found in series.values())
        small = await self._smallness(page_id, token) if is_silent else None
        rows = []
        for metric, found in series.items():
            for day in days:
                point = values.get((metric, day))
                if point is not None:
                    rows.append(_available(metric, day, point))
                elif isinstance(found, Trouble):
                    rows.append(missing(metric, day, found.availability, found.reason))
                else:
                    rows.append(missing(metric, day, *(small or self._lateness(day))))
        return rows

    async def post_lifetime(
        self, post_id: str, *, page_id: str, token: str, metrics: Sequence[str]
    ) -> list[Measured]:
        """Every metric of a post from its publication until now, one row each, valued or explained."""
        series = await self._ask(post_id, page_id, token, metrics, {"period": "lifetime"})
        return [_lifetime(metric, found) for metric, found in series.items()]

    async def _ask(
        self, node: str, page_id: str, token: str, metrics: Sequence[str], span: Mapping[str, str]
    ) -> dict[str, Series]:
        """Ask for all `metrics` in one call, and one by one when the call fails because of one of them."""
        asked = [metric for metric in metrics if metric not in self._retired]
        answers: dict[str, Series] = {
            metric: self._retired[metric] for metric in metrics if metric not in asked
        }
        if not asked:
            return answers
        found = await self._once(node, page_id, token, asked, span)
        if len(asked) > 1 and any(isinstance(s, Trouble) and s.reach == "metric" for s in found.values()):
            found = {}
            for metric in asked:
                found |= await self._once(node, page_id, token, [metric], span)
        return answers | await self._retired_or_gone(node, page_id, token, found)

    async def _once(
        self, node: str, page_id: str, token: str, metrics: Sequence[str], span: Mapping[str, str]
    ) -> dict[str, Series]:
        """One call for `metrics`."""
        params = {"metric": ",".join(metrics), **span}
        answer = await self._reads.get(f"{node}/insights", params, page_id=page_id, token=token)
        if isinstance(answer, Trouble):
            return dict.fromkeys(metrics, answer)
        body = answer.json()
        return {metric: points(body, metric) for metric in metrics}

    async def _retired_or_gone(
        self, node: str, page_id: str, token: str, found: dict[str, Series]
    ) -> dict[str, Series]:
        """Remember the names that were refused, unless it is the object that Facebook no longer knows.

        The same #100 stands for both (`platforms.md` 2.5). A name is retired only when the object is there:
        it gave another value, or its id can be read.
        """
        unknown = {
            metric: trouble
            for metric, trouble in found.items()
            if isinstance(trouble, Trouble) and trouble.availability == "unknown_metric"
        }
        if unknown and len(unknown) == len(found):
            object_itself = await self._reads.get(node, {"fields": "id"}, page_id=page_id, token=token)
            if isinstance(object_itself, Trouble):
                return dict.fromkeys(found, object_itself)
        for metric, trouble in unknown.items():
            self._retire(metric, trouble)
        return found

    def _retire(self, metric: str, found: Trouble) -> None:
        """Remember a dead name for the rest of the night and say so once."""
        if metric not in self._retired:
            self._retired[metric] = found
            log.error(
                "Facebook no longer knows the metric %s: set `valid_to` in metrics.yaml. %s",
                metric,
                found.reason,
            )

    async def _smallness(self, page_id: str, token: str) -> tuple[Availability, str] | None:
        """Whether a Page without values is too small to have any; None when it is not or nobody can tell."""
        answer = await self._reads.get(page_id, {"fields": "fan_count"}, page_id=page_id, token=token)
        likes = None if isinstance(answer, Trouble) else _fan_count(answer)
        if likes is None or likes >= SMALLEST_AUDIENCE:
            return None
        return "under_100_likes", f"The Page has fewer than {SMALLEST_AUDIENCE} likes."

    def _lateness(self, day: date) -> tuple[Availability, str]:
        if self._now - end_of(day) <= LATEST_VALUE:
            return "delayed", "Facebook has not given the value of this day yet."
        hours = LATEST_VALUE // timedelta(hours=1)
        return "failed", f"Facebook gave no value, though the day has been over for more than {hours} hours."


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _available(metric: str, day: date | None, point: Point) -> Measured:
    return Measured(metric, day, point.value, point.parts, "available", "", point.ends_at)


def _lifetime(metric: str, found: Series) -> Measured:
    if isinstance(found, Trouble):
        return missing(metric, None, found.availability, found.reason)
    if not found:
        return missing(metric, None, "delayed", "Facebook has not given a value of this post yet.")
    return _available(metric, None, found[-1])


def _fan_count(answer: Answer) -> int | None:
    body = answer.json()
    likes = body.get("fan_count") if isinstance(body, dict) else None
    return likes if isinstance(likes, int) else None
