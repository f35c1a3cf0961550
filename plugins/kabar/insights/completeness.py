"""Whether a harvested day may be called complete: every row that was expected is there or explained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kabar.errors import RefusedError

#: Share of rows that may be missing without an explanation.
UNEXPLAINED_SHARE = 0.01

UNEXPLAINED = "failed"
TOO_SMALL = "under_100_likes"


def judge(day: date, *, expected: int, daily: Mapping[str, int], valued_in_all_days: int) -> str:
    """Say in a sentence how complete `day` is.

    Args:
        day: The platform's day.
        expected: Active accounts times the metrics that are valid on that day.
        daily: Rows of that day by availability.
        valued_in_all_days: Rows with a value on any day that the same night read. The newest day alone may be
            late as a whole; the days before it may not.

    Raises:
        RefusedError: Nothing was expected, no row has a value though some Page is large enough to have one,
            or more than 1 % is neither there nor explained.
    """
    if expected == 0:
        raise RefusedError(
            f"Nothing was harvested for {day}: the registry of accounts has no active account on a platform "
            "that is harvested, or the catalogue has no metric that is valid on that day."
        )
    if valued_in_all_days == 0 and daily.get(TOO_SMALL, 0) < expected:
        raise RefusedError(
            f"Not one value came in for {day} or the days before it; {expected} were expected for {day} "
            f"alone. The reasons stand in insight.daily: {_listed(daily) or 'it has no row of that day'}."
        )
    explained = sum(rows for availability, rows in daily.items() if availability != UNEXPLAINED)
    unexplained = expected - explained
    summary = f"{day}: {expected} rows expected; {_listed(daily)}; {unexplained} unexplained."
    if unexplained > expected * UNEXPLAINED_SHARE:
        raise RefusedError(
            f"{summary} More than {UNEXPLAINED_SHARE:.0%} is unexplained: read the reasons in insight.daily "
            f"where availability is {UNEXPLAINED}, then clear the task `harvest` of this day."
        )
    return summary


def _listed(daily: Mapping[str, int]) -> str:
    return ", ".join(f"{rows} {availability}" for availability, rows in sorted(daily.items()))
