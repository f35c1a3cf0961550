"""A night against the sandbox: every account has its rows, every gap its reason, nothing is doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from nights import CODES, Night

from kabar.channels import facebook_reads
from kabar.channels.facebook_day import end_of
from kabar.errors import UnreachableError
from kabar.insights.catalogue import asked_on
from kabar.insights.facebook import posts_can_be_read

PAGE_METRICS = 9
DAYS = 3


def test_every_account_has_a_row_for_every_metric_and_day(night: Night) -> None:
    harvested, merged = night.harvest()

    assert harvested.rows == {"available": len(CODES) * PAGE_METRICS * DAYS}
    assert merged.added == len(CODES) * PAGE_METRICS * DAYS
    counted = night.rows(
        "select day, count(distinct account_id) as a, count(*) as n from insight.daily group by 1"
    )
    assert {row["day"]: (row["a"], row["n"]) for row in counted} == {
        night.day - timedelta(days=back): (len(CODES), len(CODES) * PAGE_METRICS) for back in range(DAYS)
    }


def test_the_values_are_those_that_the_platform_shows_for_that_day(night: Night) -> None:
    night.harvest()

    answer = requests.get(
        f"{night.sandbox.url}/v26.0/{night.sandbox.page_id('3273')}/insights",
        params={
            "metric": "page_media_view,page_actions_post_reactions_total",
            "period": "day",
            "since": int(end_of(night.day - timedelta(days=1)).timestamp()),
            "until": int(end_of(night.day).timestamp()),
        },
        headers={"Authorization": f"Bearer {page_token(night, '3273')}"},
        timeout=5,
    ).json()
    shown = {series["name"]: series["values"] for series in answer["data"]}
    kept = {
        row["metric"]: row
        for row in night.rows(
            "select metric, value, parts, ends_at"
            " from insight.daily d join kabar.account a on a.id = d.account_id"
            " where satker_code = '3273' and day = %s",
            night.day,
        )
    }
    assert [v["value"] for v in shown["page_media_view"]] == [kept["page_media_view"]["value"]]
    reactions = kept["page_actions_post_reactions_total"]
    assert [v["value"] for v in shown["page_actions_post_reactions_total"]] == [reactions["parts"]]
    assert reactions["value"] == sum(reactions["parts"].values())
    assert {row["ends_at"] for row in kept.values()} == {end_of(night.day)}


def page_token(night: Night, code: str) -> str:
    answer = requests.get(
        f"{night.sandbox.url}/v26.0/{night.sandbox.page_id(code)}",
        params={"fields": "access_token", "access_token": night.sandbox.user_token},
        timeout=5,
    )
    return str(answer.json()["access_token"])


def physical_rows(night: Night) -> list[tuple[object, ...]]:
    """Every row with the transaction that wrote it."""
    found = night.rows("select *, xmin::text, ctid::text from insight.daily order by account_id, metric, day")
    return [tuple(row.values()) for row in found]


def test_a_second_harvest_rewrites_no_row(night: Night) -> None:
    night.harvest()
    before = physical_rows(night)

    _, merged = night.harvest(now=night.now + timedelta(minutes=5))

    assert physical_rows(night) == before
    assert merged == (0, 0, 0, 0, 0)
    assert night.rows("select * from insight.restatement") == []


def test_a_late_value_is_a_gap_first_and_filled_by_the_next_night(night: Night) -> None:
    hours = (night.now - end_of(night.day)) / timedelta(hours=1)
    night.sandbox.control("settings", {"insight_delay_hours": hours + 1})
    harvested, _ = night.harvest()
    late = night.gaps("11")["page_media_view"]
    night.sandbox.control("settings", {"insight_delay_hours": 0})

    _, merged = night.harvest()

    assert late == ("delayed", "Facebook has not given the value of this day yet.")
    assert harvested.rows["delayed"] == len(CODES) * PAGE_METRICS
    assert merged.filled == len(CODES) * PAGE_METRICS
    assert night.gaps("11")["page_media_view"] == ("available", "")
    assert night.rows("select * from insight.restatement") == []


def test_a_day_that_stays_without_a_value_is_not_called_late_for_ever(night: Night) -> None:
    day = night.day - timedelta(days=5)
    night.sandbox.control("settings", {"insight_delay_hours": 24 * 30})

    night.harvest(day)

    availability, reason = night.gaps("11", day)["page_media_view"]
    assert availability == "failed"
    assert "more than 72 hours" in reason


def test_a_changed_value_is_updated_once_and_its_history_kept(night: Night) -> None:
    night.harvest()
    before = night.rows(
        "select value from insight.daily where metric = 'page_media_view' and day = %s", night.day
    )
    revision = {"factor": 2, "metric": "page_media_view", "on": night.day.isoformat()}
    night.sandbox.control("revisions", revision)

    _, merged = night.harvest()
    _, again = night.harvest()

    after = night.rows(
        "select value from insight.daily where metric = 'page_media_view' and day = %s", night.day
    )
    assert sum(row["value"] for row in after) == 2 * sum(row["value"] for row in before)
    history = night.rows("select * from insight.restatement")
    assert len(history) == merged.restated == len(CODES)
    assert {(row["metric"], row["day"], row["old_value"] * 2 == row["new_value"]) for row in history} == {
        ("page_media_view", night.day, True)
    }
    assert again.restated == 0


def test_a_value_once_given_is_never_replaced_by_a_gap(night: Night) -> None:
    night.harvest()
    before = physical_rows(night)
    night.sandbox.control(f"pages/{night.sandbox.page_id('11')}", {"token_subcode": 463})

    _, merged = night.harvest()

    assert physical_rows(night) == before
    assert merged.kept == PAGE_METRICS * DAYS


def test_a_dead_name_is_found_by_one_account_and_costs_no_other_value(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    night.sandbox.control("settings", {"dead_metrics": {"page_views_total": "2026-01-01"}})

    harvested, _ = night.harvest()

    assert harvested.rows["unknown_metric"] == len(CODES) * DAYS
    assert harvested.rows["available"] == len(CODES) * (PAGE_METRICS - 1) * DAYS
    said = [record.getMessage() for record in caplog.records if "page_views_total" in record.getMessage()]
    assert len(said) == 1
    assert "set `valid_to` in metrics.yaml" in said[0]


def test_an_ordinary_night_costs_each_account_one_call_and_a_dead_name_only_the_first_one_more(
    night: Night,
) -> None:
    night.sandbox.plant("latency", seconds=0, edge="insights", times=None)
    night.harvest()
    ordinary = calls_hit(night)
    night.sandbox.control("settings", {"dead_metrics": {"page_views_total": "2026-01-01"}})

    night.harvest()

    assert ordinary == len(CODES)
    assert calls_hit(night) - ordinary == len(CODES) + PAGE_METRICS


def test_names_that_are_all_dead_are_not_taken_for_deleted_pages(night: Night) -> None:
    dead = {metric.name: "2026-01-01" for metric in night.metrics}
    night.sandbox.control("settings", {"dead_metrics": dead})

    harvested, _ = night.harvest()

    assert harvested.rows == {"unknown_metric": len(CODES) * PAGE_METRICS * DAYS}


def test_a_metric_refused_for_one_page_alone_costs_it_no_other_value(night: Night) -> None:
    page = night.sandbox.page_id("3273")
    refusal = {"code": 200, "message": "(#200) Not available", "edge": "insights", "page": page}
    # The whole group first, then the first name when it is asked alone.
    night.sandbox.plant("error", **refusal, times=2)

    night.harvest()

    gaps = {metric: gap[0] for metric, gap in night.gaps("3273").items() if gap[0] != "available"}
    assert gaps == {"page_media_view": "no_permission"}
    assert {gap[0] for gap in night.gaps("6471").values()} == {"available"}


def test_a_page_under_100_likes_has_no_values_and_no_zeros(night: Night) -> None:
    night.sandbox.control(f"pages/{night.sandbox.page_id('1101')}", {"likes": 99})

    night.harvest()

    assert set(night.gaps("1101").values()) == {("under_100_likes", "The Page has fewer than 100 likes.")}
    assert night.rows("select * from insight.daily where value = 0 and availability <> 'available'") == []


@pytest.mark.parametrize(
    ("change", "availability", "reason"),
    [
        ({"token_subcode": 463}, "no_permission", "190/463"),
        ({"tasks": ["CREATE_CONTENT"]}, "no_permission", "no ANALYZE task"),
        ({"is_in_roster": False}, "no_permission", "token does not reach this Page"),
    ],
)
def test_an_account_that_cannot_be_read_says_why_and_hurts_no_other(
    night: Night, change: dict[str, object], availability: str, reason: str
) -> None:
    night.sandbox.control(f"pages/{night.sandbox.page_id('6471')}", change)

    harvested, _ = night.harvest()

    gaps = set(night.gaps("6471").values())
    assert {gap[0] for gap in gaps} == {availability}
    assert all(reason in gap[1] for gap in gaps)
    assert harvested.rows["available"] == (len(CODES) - 1) * PAGE_METRICS * DAYS


def test_a_deleted_page_is_called_deleted(night: Night) -> None:
    missing = {"code": 100, "subcode": 33, "message": "Unsupported get request. Object does not exist"}
    night.sandbox.plant("error", **missing, page=night.sandbox.page_id("6471"), edge="insights", times=None)

    night.harvest()

    assert {gap[0] for gap in night.gaps("6471").values()} == {"deleted"}


def test_a_dead_user_token_explains_every_row(night: Night) -> None:
    night.sandbox.control("tokens", {"subcode": 460})
    try:
        harvested, _ = night.harvest()
    finally:
        night.sandbox.control("tokens", {"subcode": 0})

    assert harvested.rows == {"no_permission": len(CODES) * PAGE_METRICS * DAYS}
    assert "190/460" in night.gaps("00")["page_follows"][1]


def test_a_passing_fault_is_asked_again(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facebook_reads, "PAUSES", (0.0, 0.0))
    page = night.sandbox.page_id("9171")
    night.sandbox.plant("error", code=2, status=500, message="(#2) Unavailable", edge="insights", page=page)
    night.sandbox.plant("reset_mid_body", edge="insights", page=page)

    harvested, _ = night.harvest()

    assert harvested == ({"available": len(CODES) * PAGE_METRICS * DAYS}, 0, {})


def test_an_account_that_never_answers_fails_alone_and_is_counted(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facebook_reads, "PAUSES", (0.0, 0.0))
    night.sandbox.plant("cut_after", edge="insights", page=night.sandbox.page_id("9171"), times=None)

    harvested, _ = night.harvest()

    assert {gap[0] for gap in night.gaps("9171").values()} == {"failed"}
    assert harvested.rows["available"] == (len(CODES) - 1) * PAGE_METRICS * DAYS
    assert harvested.unanswered == 1


def test_a_platform_that_lists_no_pages_leaves_the_warehouse_alone(night: Night) -> None:
    night.sandbox.plant(
        "error", code=2, status=500, message="(#2) Unavailable", edge="me/accounts", times=None
    )

    with pytest.raises(UnreachableError):
        night.harvest()

    assert night.rows("select * from insight.daily") == []


def test_a_page_whose_calls_are_used_up_is_left_for_another_night(night: Night) -> None:
    page = night.sandbox.page_id("3273")
    limit = {"code": 80001, "message": "(#80001) There have been too many calls to this Page account."}
    night.sandbox.plant("error", **limit, edge="insights", page=page, times=None)

    harvested, _ = night.harvest()

    assert {gap[0] for gap in night.gaps("3273").values()} == {"delayed"}
    assert "80001" in night.gaps("3273")["page_follows"][1]
    assert harvested.rows["available"] == (len(CODES) - 1) * PAGE_METRICS * DAYS
    assert calls_hit(night) == 1


def test_an_application_limit_stops_all_asking(night: Night) -> None:
    night.sandbox.plant(
        "error", code=4, message="(#4) Application request limit reached", edge="insights", times=None
    )

    harvested, _ = night.harvest()

    assert harvested.rows == {"delayed": len(CODES) * PAGE_METRICS * DAYS}
    assert calls_hit(night) == 1


def calls_hit(night: Night) -> int:
    planted = night.sandbox.control("faults")["data"]
    assert isinstance(planted, list)
    return sum(fault["hits"] for fault in planted)


def test_posts_are_read_on_the_night_that_has_just_ended_only(night: Night) -> None:
    assert posts_can_be_read(night.day, now=night.now)
    assert not posts_can_be_read(night.day - timedelta(days=1), now=night.now)


def test_a_name_is_not_asked_about_days_on_which_it_was_not_valid(night: Night) -> None:
    first, second = night.metrics[:2]
    until_yesterday = first.model_copy(update={"valid_to": night.day - timedelta(days=1)})
    night.metrics = (until_yesterday, second)

    night.harvest()

    assert set(night.gaps("00")) == {second.name}
    assert set(night.gaps("00", night.day - timedelta(days=1))) == {first.name, second.name}
    assert asked_on(night.metrics, [night.day], of="page") == (second,)
