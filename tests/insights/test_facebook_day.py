"""Facebook's day is a Los Angeles day; its value is stamped with the midnight that ends it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from kabar.channels.facebook_day import day_of, end_of, newest_complete_day

WIB = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    ("end_time", "day"),
    [
        # The documentation's own example: since 1 January 2018, first end_time 2 January 08:00 GMT.
        (datetime(2018, 1, 2, 8, tzinfo=UTC), date(2018, 1, 1)),
        (datetime(2026, 7, 15, 7, tzinfo=UTC), date(2026, 7, 14)),
        # The day on which Los Angeles puts its clocks forward has 23 hours, the one back 25.
        (datetime(2026, 3, 9, 7, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 11, 2, 8, tzinfo=UTC), date(2026, 11, 1)),
    ],
)
def test_a_value_belongs_to_the_day_before_its_end_time(end_time: datetime, day: date) -> None:
    assert day_of(end_time) == day
    assert end_of(day) == end_time


def test_every_day_of_two_years_ends_where_the_next_begins() -> None:
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(730)]

    assert [day_of(end_of(day)) for day in days] == days
    lengths = {end_of(day) - end_of(day - timedelta(days=1)) for day in days}
    assert lengths == {timedelta(hours=23), timedelta(hours=24), timedelta(hours=25)}


@pytest.mark.parametrize(
    ("now", "day"),
    [
        # The nightly hour, in winter and in summer.
        (datetime(2026, 1, 20, 2, 30, tzinfo=WIB), date(2026, 1, 18)),
        (datetime(2026, 7, 20, 2, 30, tzinfo=WIB), date(2026, 7, 18)),
        # An afternoon in Jakarta: one minute before and at midnight in Los Angeles.
        (datetime(2026, 7, 20, 13, 59, tzinfo=WIB), date(2026, 7, 18)),
        (datetime(2026, 7, 20, 14, 0, tzinfo=WIB), date(2026, 7, 19)),
    ],
)
def test_the_newest_complete_day_ended_in_los_angeles(now: datetime, day: date) -> None:
    assert newest_complete_day(now) == day
