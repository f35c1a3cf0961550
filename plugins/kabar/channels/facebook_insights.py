"""Insights of Facebook Pages and posts over the Graph API v26.0.

Sources: developers.facebook.com/docs/graph-api/reference/page/insights/ and …/reference/insights;
`platforms.md` 2. One name that Facebook has retired fails the whole call, so a call that fails for one of its
names is asked again name by name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from kabar.channels.facebook import VERSION
from kabar.channels.facebook_day import ONE_DAY, day_of, end_of
from kabar.channels.facebook_pace import Pace
from kabar.channels.facebook_series import Point, Trouble, points, trouble
from kabar.channels.measured import Availability, Measured, missing
from kabar.channels.transport import Answer
from kabar.errors import UnreachableError

log = logging.getLogger(__name__)

#: Facebook keeps no insights for Pages with fewer likes.
SMALLEST_AUDIENCE = 100
#: Values come up to 48 hours after the end of their day; one that is missing longer is not just late.
LATEST_VALUE = timedelta(hours=72)
#: Seconds before a read that met a passing fault is asked again.
PAUSES = (1.0, 4.0)
#: So many reads without an answer, one after the other, are an outage: the rest waits for another night.
OUTAGE = 50

Series = list[Point] | Trouble


class Reader(Protocol):
    """The reading half of a transport."""

    async def get(self, path: str, params: Mapping[str, str], *, token: str) -> Answer:
        """Read, or raise UnreachableError."""
        ...


class FacebookInsights:
    """One night's readings through one application: it remembers retired names and spent budgets."""

    def __init__(
        self, reader: Reader, *, now: datetime, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._reader = reader
        self._now = now
        self._pause = pause
        self._pace = Pace()
        self._retired: dict[str, Trouble] = {}
        self._unanswered_in_a_row = 0
        #: Reads that got no usable answer, however often they were asked.
        self.unanswered = 0

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
        whole = await self._once(node, page_id, token, asked, span)
        if len(asked) > 1 and any(isinstance(s, Trouble) and s.reach == "metric" for s in whole.values()):
            whole = {}
            for metric in asked:
                whole |= await self._once(node, page_id, token, [metric], span)
        return answers | whole

    async def _once(
        self, node: str, page_id: str, token: str, metrics: Sequence[str], span: Mapping[str, str]
    ) -> dict[str, Series]:
        """One call, asked again after a passing fault only."""
        answer = await self._get(f"{node}/insights", page_id, token, {"metric": ",".join(metrics), **span})
        if isinstance(answer, Trouble):
            if answer.availability == "unknown_metric" and len(metrics) == 1:
                self._retire(metrics[0], answer)
            return dict.fromkeys(metrics, answer)
        body = answer.json()
        return {metric: points(body, metric) for metric in metrics}

    async def _get(self, path: str, page_id: str, token: str, params: Mapping[str, str]) -> Answer | Trouble:
        """Read one address of a Page within its budget; after a passing fault ask again."""
        found = await self._read(path, page_id, token, params)
        for pause_seconds in PAUSES:
            if not isinstance(found, Trouble) or found.reach != "moment":
                break
            await self._pause(pause_seconds)
            found = await self._read(path, page_id, token, params)
        self._learn(page_id, found)
        return found

    async def _read(self, path: str, page_id: str, token: str, params: Mapping[str, str]) -> Answer | Trouble:
        """Read once, unless this Page or the whole application is to be left alone."""
        wait = self._pace.reason_to_wait(page_id)
        if wait is not None:
            return Trouble("delayed", "account", wait)
        try:
            answer = await self._reader.get(f"/{VERSION}/{path}", params, token=token)
        except UnreachableError as error:
            return Trouble("failed", "moment", str(error))
        self._pace.note(answer.headers)
        return trouble(answer, token=token) or answer

    def _learn(self, page_id: str, found: Answer | Trouble) -> None:
        """Draw the consequence of one reading for those that follow."""
        if not isinstance(found, Trouble):
            self._unanswered_in_a_row = 0
        elif found.reach == "application":
            self._pace.pause_application(found.reason)
        elif found.reach == "account":
            self._pace.pause_account(page_id, found.reason)
        elif found.reach == "moment":
            self.unanswered += 1
            self._unanswered_in_a_row += 1
            if self._unanswered_in_a_row >= OUTAGE:
                self._pace.pause_application(
                    f"Facebook did not answer {OUTAGE} reads in a row. {found.reason}"
                )

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
        answer = await self._get(page_id, page_id, token, {"fields": "fan_count"})
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
