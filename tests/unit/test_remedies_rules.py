"""What may be decided about a post that stands, and how packages of corrections are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kabar.officers import Officer
from kabar.posting.remedies import (
    Action,
    AftermathStanding,
    Remediable,
    corrected_tonggak,
    correction_tonggak,
    obstacle_to,
)
from ledger import HUMAS, SATKER

NOW = datetime(2026, 11, 23, tzinfo=UTC)
POST = Remediable(
    post_id=1,
    state="published",
    published_at=NOW,
    package_id=1,
    satker_code="3204",
    province_code="32",
    channel="facebook",
    by_hand=False,
    account_id=1,
    wave="WIB",
    says_at=NOW,
    facts={},
    calendar="pilkada-2024",
    calendar_version=1,
    stage="pendaftaran-paslon",
    tonggak="pendaftaran-paslon|H",
    title="Pendaftaran",
    rehearsal_id=None,
    is_under_way=False,
    has_correction=False,
)


def obstacle(post: Remediable, action: Action = "withdraw", officer: Officer = HUMAS) -> str | None:
    return obstacle_to(post, officer=officer, satker=SATKER, action=action)


def test_a_post_that_stands_may_be_taken_down_and_corrected_by_who_decides_in_its_scope() -> None:
    assert [obstacle(POST, action) for action in ("withdraw", "correct", "replace")] == [None] * 3


@pytest.mark.parametrize("role", ["penyusun", "pengawas"])
def test_who_does_not_decide_drafts_does_not_withdraw(role: str) -> None:
    assert obstacle(POST, officer=HUMAS.model_copy(update={"role": role})) == "role"


def test_another_provinces_officer_withdraws_nothing_here() -> None:
    assert obstacle(POST, officer=HUMAS.model_copy(update={"scope": "provinsi:11"})) == "scope"


@pytest.mark.parametrize("state", ["planned", "approved", "sending", "unconfirmed", "withdrawn", "expired"])
def test_only_what_stands_is_taken_down(state: str) -> None:
    assert obstacle(replace(POST, state=state)) == "not_standing"


def test_a_corrected_post_may_still_be_taken_down() -> None:
    assert obstacle(replace(POST, state="corrected")) is None


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"is_under_way": True}, {"withdraw": "under_way", "correct": None, "replace": "under_way"}),
        (
            {"has_correction": True},
            {"withdraw": None, "correct": "has_correction", "replace": "has_correction"},
        ),
    ],
)
def test_a_post_has_one_withdrawal_and_one_correction_at_a_time(
    known: dict[str, Any], expected: dict[Action, str | None]
) -> None:
    assert {action: obstacle(replace(POST, **known), action) for action in expected} == expected


def test_a_correction_of_a_correction_belongs_to_the_same_tonggak() -> None:
    first = correction_tonggak("pendaftaran-paslon|H", 7)

    assert first != "pendaftaran-paslon|H"
    assert corrected_tonggak(first) == "pendaftaran-paslon|H"
    assert corrected_tonggak(correction_tonggak(first, 8)) == "pendaftaran-paslon|H"
    assert correction_tonggak(first, 8) != first


@pytest.mark.parametrize("due", ["withdrawals", "corrections", "marks"])
def test_anything_due_wakes_the_work(due: str) -> None:
    idle = AftermathStanding(withdrawals=0, corrections=0, marks=0, next_at=NOW, now=NOW)

    assert not idle.is_due
    assert replace(idle, **{due: 1}).is_due
