"""Usage headers slow the harvest down before the platform does."""

from __future__ import annotations

import pytest

from kabar.channels.facebook_pace import Pace

PAGE = "X-Business-Use-Case-Usage"
APPLICATION = "X-App-Usage"


def usage(calls: int, seconds: int = 3) -> str:
    return f'{{"101":[{{"type":"pages","call_count":{calls},"total_cputime":1,"total_time":{seconds}}}]}}'


def test_a_page_that_has_used_its_calls_is_left_alone_and_no_other() -> None:
    pace = Pace()

    pace.note({PAGE: usage(75)})

    assert "75 %" in (pace.reason_to_wait("101") or "")
    assert pace.reason_to_wait("102") is None


def test_any_of_the_three_budgets_counts() -> None:
    pace = Pace()

    pace.note({PAGE.lower(): usage(2, seconds=99)})

    assert "99 %" in (pace.reason_to_wait("101") or "")


def test_an_application_that_has_used_its_calls_stops_every_page() -> None:
    pace = Pace()

    pace.note({APPLICATION: '{"call_count":97,"total_time":25,"total_cputime":25}'})

    assert pace.reason_to_wait("101") is not None
    assert pace.reason_to_wait("102") is not None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {PAGE: usage(74)},
        {PAGE: "{"},
        {PAGE: "[]"},
        {PAGE: '{"101": null}'},
        {APPLICATION: '{"call_count":"x"}'},
    ],
)
def test_low_absent_or_unreadable_usage_changes_nothing(headers: dict[str, str]) -> None:
    pace = Pace()

    pace.note(headers)

    assert pace.reason_to_wait("101") is None
