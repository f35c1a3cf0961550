"""How much of its calls a platform says are used up, read from the headers of any answer.

Meta's applications answer with percents (`platforms.md` 1.9): `X-App-Usage` speaks of everything behind the
connection, `X-Business-Use-Case-Usage` of single Pages and accounts by their ids, with the minutes until a
blocked one may call again. The headers may be absent; a limited caller who calls on lengthens the block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

#: From this percentage of any budget publishing rests too, before the platform refuses it.
NEAR_LIMIT_PERCENT: Final = 90
#: How long it rests when the platform does not say. One call after that shows how full the budget is now.
REST_SECONDS: Final = 300.0

_MEASURES = ("call_count", "total_cputime", "total_time")


class Strain(NamedTuple):
    """A budget that is nearly or wholly used up."""

    #: The platform's id of the account; empty for everything behind the connection.
    account: str
    pause_seconds: float
    #: An English sentence for the operator.
    reason: str


def strains(headers: Mapping[str, str], *, at_percent: int) -> Iterator[Strain]:
    """Give every budget of which `at_percent` or more is used; unreadable or absent headers give none."""
    usage = {name.lower(): text for name, text in headers.items()}
    application = [_table(usage.get("x-app-usage"))]
    if _busiest(application) >= at_percent:
        yield Strain("", REST_SECONDS, f"The application has used {_busiest(application)} % of its calls.")
    for account, told in _table(usage.get("x-business-use-case-usage")).items():
        budgets = told if isinstance(told, list) else []
        if _busiest(budgets) >= at_percent:
            seconds = regain_seconds(budgets) or REST_SECONDS
            yield Strain(account, seconds, f"The account has used {_busiest(budgets)} % of its calls.")


def regain_seconds(budgets: Iterable[Any]) -> float:
    """The longest time until one of an account's budgets is open again; 0 when the platform names none."""
    minutes = [
        budget["estimated_time_to_regain_access"]
        for budget in budgets
        if isinstance(budget, dict) and isinstance(budget.get("estimated_time_to_regain_access"), int)
    ]
    return max(minutes, default=0) * 60.0


class UsageBook:
    """What the answers of one round have said, until somebody remembers it for all.

    Only noted while an answer is read: whatever else is done with it, the answer itself comes first.
    """

    def __init__(self) -> None:
        self._new: dict[tuple[str, str], Strain] = {}
        self._told: set[tuple[str, str]] = set()

    def noting(self, connection: str) -> Callable[[Mapping[str, str]], None]:
        """What a transport behind `connection` hands its headers to."""

        def note(headers: Mapping[str, str]) -> None:
            for strain in strains(headers, at_percent=NEAR_LIMIT_PERCENT):
                if (connection, strain.account) not in self._told:
                    self._new[connection, strain.account] = strain

        return note

    def take(self) -> list[tuple[str, Strain]]:
        """What is new, with its connection; each budget is told once a round."""
        taken = [(connection, strain) for (connection, _), strain in self._new.items()]
        self._told.update(self._new)
        self._new.clear()
        return taken


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
