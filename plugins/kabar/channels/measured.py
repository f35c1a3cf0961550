"""What a platform tells about one metric, in the same shape from every channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

#: Why there is a value, or why there is none. Missing is never zero.
#:
#: * `delayed`: the platform has not given it yet, or we were asked to slow down; a later night asks again.
#: * `under_100_likes`: Facebook keeps no insights for a Page as small as this.
#: * `no_permission`: the token may not read it (task, permission, dead token).
#: * `deleted`: the Page or post is gone, or no longer visible to us.
#: * `unknown_metric`: the platform has retired this name; the catalogue needs an edit.
#: * `failed`: an answer that nobody foresaw; it counts as unexplained.
Availability = Literal[
    "available", "delayed", "under_100_likes", "no_permission", "deleted", "unknown_metric", "failed"
]


class Measured(NamedTuple):
    """One value of one metric, or the reason why there is none."""

    metric: str
    #: The platform's own day; None for the lifetime value of a post.
    day: date | None
    #: A count; of a metric with parts, their sum.
    value: int | None
    #: The parts of a metric whose answer is a table, as `{"like": 3}`; kinds that did not occur are left out.
    parts: Mapping[str, int] | None
    availability: Availability
    #: One English sentence where there is no value; empty where there is one.
    reason: str
    #: When the platform says that the day ended.
    ends_at: datetime | None


def missing(metric: str, day: date | None, availability: Availability, reason: str) -> Measured:
    """Say why there is no value."""
    return Measured(metric, day, None, None, availability, reason, None)


def present_levels(
    levels: Mapping[str, int], *, metrics: Sequence[str], days: Sequence[date], now: datetime, platform: str
) -> list[Measured]:
    """Levels that a platform tells only for the present moment, as rows of the days that were asked for.

    The day of `now` (UTC) gets the value. What stood there on an earlier day nobody can ask any more.
    """
    today = now.astimezone(UTC).date()
    rows = []
    for metric in metrics:
        for day in days:
            if metric not in levels:
                rows.append(missing(metric, day, "unknown_metric", f"{platform} has no figure {metric}."))
            elif day == today:
                rows.append(Measured(metric, day, levels[metric], None, "available", "", None))
            else:
                told = f"{platform} tells {metric} as it is now and not as it was on another day."
                rows.append(missing(metric, day, "no_permission", told))
    return rows
