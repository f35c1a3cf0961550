"""The demo's verdict: what is counted on the platform's side decides, whatever the ledger says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from kabar.local.scene import Played, Scene
from kabar.local.verdict import judge
from kabar.store.insights import Extent

SCENE = Scene(
    calendar="pilkada-2024",
    stage="pendaftaran-paslon",
    as_if_at="2024-08-27T00:00:00+07:00",
    waiting_province="32",
    minutes_to_first_wave=1,
    minutes_between_waves=1,
    sandbox_address="",
    database_url="",
    with_kill=False,
)


def row(post_id: int, state: str, *, province: str = "11", by_hand: bool = False) -> dict[str, Any]:
    return {
        "post_id": post_id,
        "state": state,
        "satker_code": f"{province}01",
        "province_code": province,
        "channel": "whatsapp" if by_hand else "facebook",
        "account_external_id": str(post_id),
        "by_hand": by_hand,
    }


GOOD = Played(
    scene=SCENE,
    package_id=1,
    is_first_start=True,
    was_killed=False,
    ledger=(row(1, "published"), row(2, "published"), row(3, "planned", province="32")),
    published_on_sandbox=Counter({"kt1": 1, "kt2": 1}),
    insights=Extent(rows=9, values=8, accounts=3),
    stage_dags=62,
    public_stages=62,
    import_errors=(),
    seconds={"draft": 1.0, "approval wake-up": None},
)


def test_one_post_each_and_none_where_a_visitor_is_awaited_is_good() -> None:
    assert judge(GOOD).is_good


@pytest.mark.parametrize("state", ["withdrawn", "corrected"])
def test_what_a_visitor_has_taken_down_or_corrected_went_out_once_all_the_same(state: str) -> None:
    assert judge(replace(GOOD, ledger=(row(1, state), *GOOD.ledger[1:]))).is_good


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"published_on_sandbox": Counter({"kt1": 2, "kt2": 1})}, "a double"),
        ({"published_on_sandbox": Counter({"kt1": 1})}, "published in the ledger, 0 posts"),
        (
            {"published_on_sandbox": Counter({"kt1": 1, "kt2": 1, "kt3": 1})},
            "planned in the ledger, 1 posts",
        ),
        ({"ledger": (row(1, "published"), row(2, "unconfirmed"))}, "should have been published"),
        ({"insights": Extent(rows=6, values=5, accounts=2)}, "Insights of 2 accounts"),
        ({"insights": Extent(rows=9, values=0, accounts=3)}, "0 values"),
        (
            {
                "ledger": (row(1, "published"), row(3, "published", province="32")),
                "published_on_sandbox": Counter({"kt1": 1, "kt3": 1}),
            },
            "was to wait for you",
        ),
        ({"scene": replace(SCENE, with_kill=True)}, "No publishing process was killed"),
        ({"stage_dags": 61}, "Airflow shows 61 stages"),
        ({"import_errors": ("dags/x.py: broken",)}, "cannot read dags/x.py"),
    ],
)
def test_whatever_is_not_as_it_should_be_is_said(change: dict[str, Any], said: str) -> None:
    verdict = judge(replace(GOOD, **change))

    assert not verdict.is_good
    assert any(said in problem for problem in verdict.problems)


def test_the_table_says_unknown_where_nothing_was_measured() -> None:
    text = " ".join(" ".join(judge(GOOD).table()).split())

    assert "seconds: approval wake-up unknown" in text
    assert "PROBLEM" not in text


def test_insights_are_asked_of_facebook_alone() -> None:
    on_x = row(4, "published") | {"channel": "x"}
    published = GOOD.published_on_sandbox + Counter({"kt4": 1})

    assert judge(replace(GOOD, ledger=(*GOOD.ledger, on_x), published_on_sandbox=published)).is_good


def test_a_card_that_waits_for_a_person_is_counted_and_is_no_problem() -> None:
    verdict = judge(replace(GOOD, ledger=(*GOOD.ledger, row(4, "approved", by_hand=True))))

    assert verdict.is_good
    assert ["manual", "cards", "to", "post", "1"] in [line.split() for line in verdict.table()]
