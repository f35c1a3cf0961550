"""When to leave Facebook alone: what its usage headers and its limit errors say.

`platforms.md` 1.9: the headers carry percents and may be absent; a limited caller who calls on lengthens the
block. Publishing needs the same budget, so reading stops before the limit is reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

#: At this percentage of any budget we stop asking.
BUSY_PERCENT = 95

_MEASURES = ("call_count", "total_cputime", "total_time")


class Pace:
    """Which accounts, or the whole application, are to be left alone for the rest of this night."""

    def __init__(self) -> None:
        self._accounts: dict[str, str] = {}
        self._application: str | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        """Read the usage headers of an answer; unreadable or absent ones change nothing."""
        usage = {name.lower(): text for name, text in headers.items()}
        application = _table(usage.get("x-app-usage"))
        if _busiest([application]) >= BUSY_PERCENT:
            self.pause_application(f"The application has used {_busiest([application])} % of its calls.")
        for account, budgets in _table(usage.get("x-business-use-case-usage")).items():
            used = _busiest(budgets if isinstance(budgets, list) else [])
            if used >= BUSY_PERCENT:
                self.pause_account(account, f"The Page has used {used} % of its calls.")

    def pause_account(self, account: str, reason: str) -> None:
        """Leave one Page alone for the rest of the night; the first reason stays."""
        self._accounts.setdefault(account, reason)

    def pause_application(self, reason: str) -> None:
        """Leave every Page alone for the rest of the night; the first reason stays."""
        self._application = self._application or reason

    def reason_to_wait(self, account: str) -> str | None:
        """Why `account` is not to be asked now; None when it may be."""
        return self._application or self._accounts.get(account)


def _table(text: str | None) -> dict[str, Any]:
    """Read a header's JSON object; anything else is an empty one."""
    try:
        content = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _busiest(budgets: Iterable[Any]) -> int:
    """The highest percentage of any budget."""
    shares = [
        budget[measure]
        for budget in budgets
        if isinstance(budget, dict)
        for measure in _MEASURES
        if isinstance(budget.get(measure), int)
    ]
    return max(shares, default=0)
