"""Insights of Instagram accounts.

Source: developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights, `platforms.md`
3. Most metrics come only as one total of the range that is asked for, so each day is a call of its own; that
also keeps every range below the 30 days at which the platform refuses it. A missing value is an empty set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from kabar.channels.facebook_day import ONE_DAY, end_of
from kabar.channels.facebook_series import Trouble, trouble
from kabar.channels.graph import VERSION
from kabar.channels.measured import Measured, missing
from kabar.channels.transport import HTTPTransport
from kabar.errors import UnreachableError

#: Given only by parts, and these may be missing while the metric is there.
BY_PARTS = {"follows_and_unfollows": "follow_type"}
#: Values come up to 48 hours after the end of their day; one that is missing longer is not just late.
LATEST_VALUE = timedelta(hours=72)


class InstagramInsights:
    """One night's readings with one token; it raises nothing and explains every gap."""

    def __init__(self, transport: HTTPTransport, *, token: str, now: datetime) -> None:
        self._transport = transport
        self._token = token
        self._now = now

    async def account_days(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date]
    ) -> list[Measured]:
        """Every metric on every day, one row each, valued or explained."""
        whole = [metric for metric in metrics if metric not in BY_PARTS]
        rows = []
        for day in days:
            rows += await self._day(account_id, whole, day)
            for metric in metrics:
                if metric in BY_PARTS:
                    rows += await self._once(account_id, [metric], day, breakdown=BY_PARTS[metric])
        return rows

    async def _day(self, account_id: str, metrics: Sequence[str], day: date) -> list[Measured]:
        """All metrics of a day in one call, and one by one when the call fails because of one of them."""
        if not metrics:
            return []
        rows = await self._once(account_id, metrics, day)
        if len(metrics) > 1 and all(row.availability in {"unknown_metric", "failed"} for row in rows):
            rows = [row for metric in metrics for row in await self._once(account_id, [metric], day)]
        return rows

    async def _once(
        self, account_id: str, metrics: Sequence[str], day: date, *, breakdown: str | None = None
    ) -> list[Measured]:
        params = {
            "metric": ",".join(metrics),
            "metric_type": "total_value",
            "period": "day",
            "since": str(int(end_of(day - ONE_DAY).timestamp())),
            "until": str(int(end_of(day).timestamp())),
        } | ({"breakdown": breakdown} if breakdown else {})
        try:
            answer = await self._transport.get(f"/{VERSION}/{account_id}/insights", params, token=self._token)
        except UnreachableError as error:
            return [missing(metric, day, "failed", str(error)) for metric in metrics]
        problem = trouble(answer, token=self._token) or _no_list(answer.json())
        if problem is not None:
            known = problem.availability
            if "must be one of the following values" in problem.reason:
                known = "unknown_metric"
            return [missing(metric, day, known, problem.reason) for metric in metrics]
        return [self._measured(metric, day, _total(answer.json(), metric)) for metric in metrics]

    def _measured(self, metric: str, day: date, total: Mapping[str, Any] | None) -> Measured:
        value, parts = _value(total)
        if value is not None:
            return Measured(metric, day, value, parts, "available", "", end_of(day))
        if self._now - end_of(day) <= LATEST_VALUE:
            return missing(metric, day, "delayed", "Instagram has not given the value of this day yet.")
        return missing(metric, day, "failed", "Instagram gave no value, though the day has long been over.")


def _no_list(body: object) -> Trouble | None:
    if isinstance(body, dict) and isinstance(body.get("data"), list):
        return None
    return Trouble("failed", "object", "Instagram's answer is not a list of metrics.")


def _total(body: Any, metric: str) -> Mapping[str, Any] | None:  # noqa: ANN401 -- A platform's JSON.
    """The `total_value` of a metric; None where the platform gave none."""
    for item in body["data"]:
        if isinstance(item, dict) and item.get("name") == metric:
            total = item.get("total_value")
            return total if isinstance(total, dict) else None
    return None


def _value(total: Mapping[str, Any] | None) -> tuple[int | None, Mapping[str, int] | None]:
    """A total and its parts; without a total of its own it is the sum of its parts."""
    if total is None:
        return None, None
    parts = _parts(total.get("breakdowns"))
    value = total.get("value")
    if isinstance(value, int) and not isinstance(value, bool):
        return value, parts
    return (sum(parts.values()), parts) if parts is not None else (None, None)


def _parts(breakdowns: object) -> Mapping[str, int] | None:
    first = breakdowns[0] if isinstance(breakdowns, list) and breakdowns else None
    results = first.get("results") if isinstance(first, dict) else None
    if not isinstance(results, list):
        return None
    return {
        "/".join(str(name) for name in result.get("dimension_values", ())): result["value"]
        for result in results
        if isinstance(result, dict) and isinstance(result.get("value"), int)
    }
