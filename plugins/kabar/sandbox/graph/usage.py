"""Budgets of calls and the headers that tell of them (platforms.md 1.9).

A Page token draws on its Page's budget of a day, every other token on its app's budget of an hour. Refused
calls count too: going on only lengthens the pause. Counts live in memory and start anew with the process.
"""

from __future__ import annotations

from collections import defaultdict, deque

import orjson

from kabar.sandbox.graph.access import Grant
from kabar.sandbox.graph.errors import GraphError
from kabar.sandbox.graph.settings import GraphSettings

DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600
FULL_PERCENT = 100
PAGE_LIMITS = frozenset({32, 80001})
INSTAGRAM_LIMIT = 80002
APP_LIMITS = frozenset({4, 17})


class Usage:
    """Counts calls per Page and per app on the platform's clock."""

    def __init__(self) -> None:
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def count(self, grant: Grant, settings: GraphSettings, now_seconds: float) -> dict[str, str]:
        """Count one call and give the usage headers; may be none, as on the platform."""
        key, window, budget = _account(grant, settings)
        calls = self._calls[key]
        calls.append(now_seconds)
        while calls and calls[0] <= now_seconds - window:
            calls.popleft()
        after = settings.usage_headers_after
        if after is None or len(calls) < after:
            return {}
        percent = FULL_PERCENT * len(calls) // budget
        figures = {"call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2}
        if grant.page is None:
            return {"X-App-Usage": orjson.dumps(figures).decode()}
        pause = self.pause_minutes(grant, settings, now_seconds)
        report = {grant.page.id: [{"type": "pages", **figures, "estimated_time_to_regain_access": pause}]}
        return {"X-Business-Use-Case-Usage": orjson.dumps(report).decode()}

    def pause_minutes(self, grant: Grant, settings: GraphSettings, now_seconds: float) -> int:
        """Minutes until the budget has room again; 0 while it has."""
        key, window, budget = _account(grant, settings)
        calls = self._calls[key]
        if len(calls) <= budget:
            return 0
        freed_at = calls[len(calls) - budget - 1] + window
        return max(1, -int((now_seconds - freed_at) // 60))

    def check(self, grant: Grant, settings: GraphSettings, now_seconds: float) -> None:
        """Raise 80001 for a Page and 4 for an app whose budget is spent."""
        if self.pause_minutes(grant, settings, now_seconds) == 0:
            return
        if grant.page is not None:
            raise GraphError(
                80001,
                "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
            )
        raise GraphError(4, "(#4) Application request limit reached", is_transient=True)

    def clear(self) -> None:
        """Forget all counts."""
        self._calls.clear()


def spent_headers(code: int, page_id: str | None, minutes: int) -> dict[str, str]:
    """The usage header that comes with a planted limit error, at 100 percent; none with other errors."""
    figures = {"call_count": FULL_PERCENT, "total_cputime": FULL_PERCENT, "total_time": FULL_PERCENT}
    if code in {*PAGE_LIMITS, INSTAGRAM_LIMIT} and page_id is not None:
        kind = "instagram" if code == INSTAGRAM_LIMIT else "pages"
        report = {page_id: [{"type": kind, **figures, "estimated_time_to_regain_access": minutes}]}
        return {"X-Business-Use-Case-Usage": orjson.dumps(report).decode()}
    return {"X-App-Usage": orjson.dumps(figures).decode()} if code in APP_LIMITS else {}


def _account(grant: Grant, settings: GraphSettings) -> tuple[str, int, int]:
    if grant.page is not None:
        return f"page:{grant.page.id}", DAY_SECONDS, settings.page_calls_a_day
    return f"app:{grant.app.id}", HOUR_SECONDS, settings.app_calls_an_hour
