"""A night is complete when every expected row is there or explained, and never when there is nothing."""

from __future__ import annotations

from datetime import date

import pytest

from kabar.errors import RefusedError
from kabar.insights.completeness import judge

DAY = date(2026, 11, 20)


def test_late_small_and_refused_rows_are_explained() -> None:
    daily = {
        "available": 900,
        "delayed": 60,
        "under_100_likes": 20,
        "no_permission": 10,
        "unknown_metric": 10,
    }

    assert "0 unexplained" in judge(DAY, expected=1000, daily=daily, valued_in_all_days=2700)


@pytest.mark.parametrize(
    "daily",
    [
        {"available": 989},
        {"available": 989, "failed": 11},
        {"available": 989, "failed": 5},
    ],
)
def test_more_than_one_percent_unexplained_fails_with_a_sentence(daily: dict[str, int]) -> None:
    with pytest.raises(RefusedError, match=r"11 unexplained\. More than 1% is unexplained: read the reasons"):
        judge(DAY, expected=1000, daily=daily, valued_in_all_days=989)


def test_exactly_one_percent_passes() -> None:
    assert "10 unexplained" in judge(DAY, expected=1000, daily={"available": 990}, valued_in_all_days=990)


def test_a_night_without_any_account_fails() -> None:
    with pytest.raises(RefusedError, match="no active account"):
        judge(DAY, expected=0, daily={}, valued_in_all_days=0)


@pytest.mark.parametrize("daily", [{}, {"delayed": 1000}, {"no_permission": 999, "under_100_likes": 1}])
def test_a_night_without_any_value_fails_even_when_explained(daily: dict[str, int]) -> None:
    with pytest.raises(RefusedError, match="Not one value came in for 2026-11-20"):
        judge(DAY, expected=1000, daily=daily, valued_in_all_days=0)


def test_a_newest_day_that_is_late_as_a_whole_passes_when_the_days_before_have_values() -> None:
    assert judge(DAY, expected=1000, daily={"delayed": 1000}, valued_in_all_days=2000)


def test_pages_that_are_all_too_small_are_no_outage() -> None:
    assert judge(DAY, expected=8, daily={"under_100_likes": 8}, valued_in_all_days=0)
