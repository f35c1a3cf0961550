"""Insights of the Facebook stand-in: Los Angeles days, ranges, dead metrics, gaps (platforms.md 2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from graph_client import Graph, Office, error_of

from kabar.sandbox.running import RunningSandbox

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def page(sandbox: RunningSandbox, office: Office) -> Callable[..., dict]:
    """The office's insights on 20 November 2026, noon UTC, whatever the day of the test."""
    travel(sandbox, datetime(2026, 11, 20, 12, tzinfo=UTC))
    return lambda metric, **asked: office.read(f"{office.page}/insights", metric=metric, **asked)


def travel(sandbox: RunningSandbox, to: datetime) -> None:
    offset = (to - datetime.now(UTC)).total_seconds()
    sandbox.control("clock", {"clock_offset_seconds": offset})


def ends(answer: dict) -> list[str]:
    return [value["end_time"] for value in answer["data"][0]["values"]]


def values(answer: dict) -> list:
    return [value["value"] for value in answer["data"][0]["values"]]


def test_the_day_of_since_is_in_the_first_value_and_ends_at_midnight_in_los_angeles(
    page: Callable[..., dict],
) -> None:
    answer = page("page_media_view", period="day", since="2026-01-01", until="2026-01-03")
    assert ends(answer) == ["2026-01-02T08:00:00+0000", "2026-01-03T08:00:00+0000"]


def test_days_end_at_seven_in_summer_and_at_eight_in_winter(page: Callable[..., dict]) -> None:
    answer = page("page_media_view", period="day", since="2026-10-31", until="2026-11-03")
    assert ends(answer) == [
        "2026-11-01T07:00:00+0000",
        "2026-11-02T08:00:00+0000",
        "2026-11-03T08:00:00+0000",
    ]


def test_days_across_the_beginning_of_summer_time_are_each_there_once(page: Callable[..., dict]) -> None:
    answer = page("page_media_view", period="day", since="2026-03-07", until="2026-03-10")
    assert ends(answer) == [
        "2026-03-08T08:00:00+0000",
        "2026-03-09T07:00:00+0000",
        "2026-03-10T07:00:00+0000",
    ]


def test_unix_seconds_ask_for_the_same_days(page: Callable[..., dict]) -> None:
    since = int(datetime(2026, 1, 1, tzinfo=LOS_ANGELES).timestamp())
    until = int(datetime(2026, 1, 3, tzinfo=LOS_ANGELES).timestamp())
    by_seconds = page("page_media_view", period="day", since=since, until=until)
    assert (
        by_seconds["data"]
        == page("page_media_view", period="day", since="2026-01-01", until="2026-01-03")["data"]
    )


def test_a_figure_is_the_same_in_every_range(page: Callable[..., dict]) -> None:
    short = page("page_media_view", period="day", since="2026-02-03", until="2026-02-04")
    long = page("page_media_view", period="day", since="2026-02-01", until="2026-02-20")
    assert values(short) == [values(long)[2]]


def test_without_a_range_the_last_days_come(page: Callable[..., dict]) -> None:
    assert ends(page("page_media_view", period="day")) == ["2026-11-19T08:00:00+0000"]


def test_a_finished_day_shows_only_after_the_delay(
    sandbox: RunningSandbox, page: Callable[..., dict]
) -> None:
    sandbox.control("settings", {"insight_delay_hours": 4})
    assert ends(page("page_media_view", period="day"))[-1] == "2026-11-20T08:00:00+0000"
    sandbox.control("settings", {"insight_delay_hours": 5})
    assert ends(page("page_media_view", period="day"))[-1] == "2026-11-19T08:00:00+0000"


def test_more_than_ninety_days_are_refused(page: Callable[..., dict]) -> None:
    assert "data" in page("page_media_view", period="day", since="2026-02-01", until="2026-05-02")
    too_long = page("page_media_view", period="day", since="2026-02-01", until="2026-05-04")
    assert error_of(too_long) == (100, 1504016)


@pytest.mark.parametrize(
    "dead", ["page_fans", "page_impressions", "page_impressions_unique", "page_tab_views_login"]
)
def test_one_dead_metric_loses_the_whole_call(page: Callable[..., dict], dead: str) -> None:
    answer = page(f"page_media_view,{dead}", period="day")
    assert error_of(answer) == (100, None)
    assert "valid insights metric" in answer["error"]["message"]


def test_a_metric_may_die_on_a_day(sandbox: RunningSandbox, page: Callable[..., dict]) -> None:
    sandbox.control("settings", {"dead_metrics": {"page_views_total": "2026-11-21"}})
    assert "data" in page("page_views_total", period="day")
    travel(sandbox, datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert error_of(page("page_views_total", period="day")) == (100, None)


def test_no_metric_is_error_3001(page: Callable[..., dict]) -> None:
    assert error_of(page("", period="day")) == (3001, 1504028)


def test_a_period_that_the_metric_does_not_know_is_refused(page: Callable[..., dict]) -> None:
    assert error_of(page("page_follows", period="week")) == (100, None)


def test_lifetime_of_page_media_view_fails_with_code_1(page: Callable[..., dict]) -> None:
    assert error_of(page("page_media_view", period="lifetime")) == (1, 99)


def test_lifetime_with_a_range_is_empty(page: Callable[..., dict]) -> None:
    answer = page("page_views_total", period="lifetime", since="2026-02-01", until="2026-02-03")
    assert values(answer) == []


def test_money_needs_a_permission(page: Callable[..., dict]) -> None:
    assert error_of(page("content_monetization_earnings", period="day")) == (200, None)


def test_a_page_under_a_hundred_likes_has_no_values_and_no_zero(
    sandbox: RunningSandbox, office: Office, page: Callable[..., dict]
) -> None:
    sandbox.control(f"pages/{office.page}", {"likes": 99})
    answer = page("page_media_view,page_follows", period="day")
    assert [item["values"] for item in answer["data"]] == [[], []]


def test_a_level_moves_by_what_was_won_and_lost(page: Callable[..., dict]) -> None:
    asked = {"period": "day", "since": "2026-02-01", "until": "2026-03-01"}
    level, won, lost = (
        values(page(metric, **asked))
        for metric in ("page_follows", "page_daily_follows_unique", "page_daily_unfollows_unique")
    )
    steps = [after - before for before, after in pairwise(level)]
    assert steps == [plus - minus for plus, minus in zip(won[1:], lost[1:], strict=True)]


def test_unique_views_never_exceed_views(page: Callable[..., dict]) -> None:
    asked = {"period": "day", "since": "2026-02-01", "until": "2026-04-01"}
    views, unique = (
        values(page("page_media_view", **asked)),
        values(page("page_total_media_view_unique", **asked)),
    )
    assert all(0 < person <= view for person, view in zip(unique, views, strict=True))


def test_kinds_of_reactions_come_and_go(page: Callable[..., dict]) -> None:
    found = values(
        page("page_actions_post_reactions_total", period="day", since="2026-02-01", until="2026-04-01")
    )
    assert len({tuple(sorted(value)) for value in found}) > 1
    assert all(count > 0 for value in found for count in value.values())


def test_a_week_is_a_rolling_sum_with_a_point_a_day(page: Callable[..., dict]) -> None:
    days = values(page("page_views_total", period="day", since="2026-02-01", until="2026-02-10"))
    weeks = values(page("page_views_total", period="week", since="2026-02-07", until="2026-02-10"))
    assert weeks == [sum(days[0:7]), sum(days[1:8]), sum(days[2:9])]


def test_a_range_has_one_figure_without_double_persons(page: Callable[..., dict]) -> None:
    asked = {"since": "2026-02-01", "until": "2026-02-11"}
    days = values(page("page_total_media_view_unique", period="day", **asked))
    (whole,) = values(page("page_total_media_view_unique", period="total_over_range", **asked))
    assert max(days) <= whole < sum(days)


def test_a_revision_changes_only_the_day_it_names(
    sandbox: RunningSandbox, office: Office, page: Callable[..., dict]
) -> None:
    asked = {"period": "day", "since": "2026-02-01", "until": "2026-02-04"}
    before = values(page("page_media_view", **asked))
    sandbox.control("revisions", {"factor": 2, "page_id": office.page, "on": "2026-02-02"})
    assert values(page("page_media_view", **asked)) == [before[0], 2 * before[1], before[2]]


def test_metrics_come_in_both_spellings_of_a_list_and_as_a_path(
    office: Office, page: Callable[..., dict]
) -> None:
    both = page('["page_media_view","page_follows"]', period="day")
    assert [item["name"] for item in both["data"]] == ["page_media_view", "page_follows"]
    assert both["data"] == page("page_media_view,page_follows", period="day")["data"]
    path = office.read(f"{office.page}/insights/page_follows", period="day")
    assert path["data"] == both["data"][1:]


def test_insights_may_be_asked_as_a_field(office: Office, page: Callable[..., dict]) -> None:
    asked = "insights.metric(page_media_view,page_follows).period(day)"
    found = office.read(office.page, fields=f"name,{asked}")
    assert found["insights"]["data"] == page("page_media_view,page_follows", period="day")["data"]


def test_links_step_the_window_without_cursors(page: Callable[..., dict]) -> None:
    paging = page("page_media_view", period="day", since="2026-02-01", until="2026-02-03")["paging"]
    assert set(paging) == {"previous", "next"}
    assert "since=" in paging["previous"]


def test_a_user_token_must_be_exchanged_first(sandbox: RunningSandbox, graph: Graph, office: Office) -> None:
    answer = graph.get(f"{office.page}/insights", sandbox.user_token, metric="page_follows", period="day")
    assert error_of(answer) == (190, None)


def test_insights_need_the_analyze_task(
    sandbox: RunningSandbox, office: Office, page: Callable[..., dict]
) -> None:
    sandbox.control(f"pages/{office.page}", {"tasks": ["CREATE_CONTENT"]})
    assert error_of(page("page_follows", period="day")) == (200, None)


def post_views(office: Office, post_id: str) -> int:
    (item,) = office.read(f"{post_id}/insights", metric="post_media_view", period="lifetime")["data"]
    (value,) = item["values"]
    assert "end_time" not in value
    return value["value"]


def test_a_posts_lifetime_figures_grow_with_its_age(sandbox: RunningSandbox, office: Office) -> None:
    post_id = office.publish("Tumbuh")["id"]
    seen = []
    for hours in (0, 1, 6, 24, 24 * 14):
        sandbox.control("clock", {"clock_offset_seconds": hours * 3600})
        seen.append(post_views(office, post_id))
    assert seen == sorted(seen)
    assert seen[0] == 0 < seen[2] < seen[4]


def test_a_posts_clicks_have_kinds_with_spaces(sandbox: RunningSandbox, office: Office) -> None:
    post_id = office.publish("Klik")["id"]
    sandbox.control("clock", {"clock_offset_seconds": 30 * 86400})
    (item,) = office.read(f"{post_id}/insights", metric="post_clicks_by_type")["data"]
    assert set(item["values"][0]["value"]) == {"other", "photo view", "link clicks"}


def test_a_small_pages_post_has_no_unique_views(sandbox: RunningSandbox, office: Office) -> None:
    post_id = office.publish("Kecil")["id"]
    sandbox.control(f"pages/{office.page}", {"likes": 28})
    answer = office.read(f"{post_id}/insights", metric="post_total_media_view_unique")
    assert error_of(answer) == (200, None)


def test_a_page_metric_is_no_post_metric(office: Office) -> None:
    post_id = office.publish("x")["id"]
    assert error_of(office.read(f"{post_id}/insights", metric="page_media_view")) == (100, None)


def test_history_ends_after_two_years(page: Callable[..., dict]) -> None:
    answer = page("page_media_view", period="day", since="2023-01-01")
    first = date.fromisoformat(ends(answer)[0][:10])
    assert first >= date(2026, 11, 20) - timedelta(days=731)
