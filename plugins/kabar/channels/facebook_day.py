"""Facebook's day: it runs from midnight to midnight in Los Angeles, not in Jakarta.

`platforms.md` 2.3: `end_time` is the midnight that ends the day, 07.00 UTC in summer and 08.00 UTC in winter,
and the value belongs to the day before it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
ONE_DAY = timedelta(days=1)


def day_of(end_time: datetime) -> date:
    """The Los Angeles day whose value ends at `end_time` (aware, any zone)."""
    return end_time.astimezone(PACIFIC).date() - ONE_DAY


def end_of(day: date) -> datetime:
    """The moment (UTC) at which the Los Angeles `day` is over."""
    return datetime.combine(day + ONE_DAY, time(), PACIFIC).astimezone(UTC)


def newest_complete_day(now: datetime) -> date:
    """The last Los Angeles day that is over at `now` (aware)."""
    return day_of(now)
