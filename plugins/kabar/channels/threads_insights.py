"""Insights of Threads accounts.

Source: developers.facebook.com/documentation/threads/insights; `platforms.md` 4.2. `views` come as a series
of days; the others as one total of the range that is asked for, so each day is a call of its own; the number
of followers is today's, whatever is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from kabar.channels.facebook_day import ONE_DAY, end_of, newest_complete_day
from kabar.channels.facebook_series import Trouble, points, trouble
from kabar.channels.measured import Measured, missing
from kabar.channels.transport import Answer, HTTPTransport
from kabar.errors import UnreachableError

SERIES = "views"
LEVEL = "followers_count"
#: One that is missing longer is not just late; the platform gives no figure, Instagram's is 48 hours.
LATEST_VALUE = timedelta(hours=72)


class ThreadsInsights:
    """One night's readings of one account; it raises nothing and explains every gap."""

    def __init__(self, transport: HTTPTransport, *, version: str, token: str, now: datetime) -> None:
        self._transport = transport
        self._version = version
        self._token = token
        self._now = now

    async def account_days(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date]
    ) -> list[Measured]:
        """Every metric on every day, one row each, valued or explained."""
        rows = []
        for metric in metrics:
            if metric == LEVEL:
                rows += [await self._level(account_id, day) for day in days]
            else:
                rows += [await self._flow(account_id, metric, day) for day in days]
        return rows

    async def _flow(self, account_id: str, metric: str, day: date) -> Measured:
        span = {
            "since": str(int(end_of(day - ONE_DAY).timestamp())),
            "until": str(int(end_of(day).timestamp())),
        }
        found = await self._ask(account_id, metric, span)
        if isinstance(found, Trouble):
            return missing(metric, day, found.availability, found.reason)
        value = _day_value(found, metric, day) if metric == SERIES else _total(found.json(), metric)
        if isinstance(value, Trouble):
            return missing(metric, day, value.availability, value.reason)
        if value is not None:
            return Measured(metric, day, value, None, "available", "", end_of(day))
        if self._now - end_of(day) <= LATEST_VALUE:
            return missing(metric, day, "delayed", "Threads has not given the value of this day yet.")
        return missing(metric, day, "failed", "Threads gave no value, though the day has long been over.")

    async def _level(self, account_id: str, day: date) -> Measured:
        """Today's number stands for the newest day that is over, and for no other."""
        if day != newest_complete_day(self._now):
            return missing(LEVEL, day, "failed", "Threads tells how many follow today, not on another day.")
        found = await self._ask(account_id, LEVEL, {})
        value = found if isinstance(found, Trouble) else _total(found.json(), LEVEL)
        if isinstance(value, Trouble):
            return missing(LEVEL, day, value.availability, value.reason)
        if value is None:
            return missing(LEVEL, day, "delayed", "Threads has not given the number of followers.")
        return Measured(LEVEL, day, value, None, "available", "", end_of(day))

    async def _ask(self, account_id: str, metric: str, span: dict[str, str]) -> Answer | Trouble:
        path = f"/{self._version}/{account_id}/threads_insights"
        try:
            answer = await self._transport.get(path, {"metric": metric, **span}, token=self._token)
        except UnreachableError as error:
            return Trouble("failed", "moment", str(error))
        problem = trouble(answer, token=self._token)
        if problem is not None and "must be one of the following values" in problem.reason:
            return problem._replace(availability="unknown_metric")
        return problem or answer


def _day_value(answer: Answer, metric: str, day: date) -> int | Trouble | None:
    """The point of the series that ends with this day; None where there is none."""
    found = points(answer.json(), metric)
    if isinstance(found, Trouble):
        return found
    return next((point.value for point in found if point.ends_at == end_of(day)), None)


def _total(body: Any, metric: str) -> int | Trouble | None:  # noqa: ANN401 -- A platform's JSON.
    """The total of a range; None where the platform gave none."""
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list):
        return Trouble("failed", "object", "Threads' answer is not a list of metrics.")
    for item in data:
        total = item.get("total_value") if isinstance(item, dict) and item.get("name") == metric else None
        value = total.get("value") if isinstance(total, dict) else None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
