"""The last look before a claim: what was true at approval is compared with what is true now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kabar.posting.claiming import ACCOUNT_PAUSE_SECONDS, Go, Leave, PutOff, TurnedDown, judge
from kabar.posting.states import Claimable

READY = Claimable(
    state="approved",
    is_due=True,
    is_too_late=False,
    is_approved_as_it_stands=True,
    is_refused=False,
    satker_code="3204",
    official_name="Komisi Pemilihan Umum Kabupaten Bandung",
    calendar="pilkada-2024",
    calendar_version=3,
    rehearsal_id=None,
    account_is_active=True,
    account_is_its_own=True,
    account_usage="real",
    account_trouble=None,
    account_trouble_seconds=None,
    stopped_because=None,
    stop_has_ended=None,
)
NOW = {
    "calendar_versions": {"pilkada-2024": 3},
    "official_names": {"3204": "Komisi Pemilihan Umum Kabupaten Bandung"},
}


def test_what_is_still_as_it_was_approved_goes() -> None:
    assert judge(READY, **NOW) == Go()


@pytest.mark.parametrize(
    "changed",
    [
        *(
            {"state": state}
            for state in (
                "planned",
                "sending",
                "published",
                "refused",
                "unconfirmed",
                "held",
                "expired",
                "withdrawn",
                "corrected",
            )
        ),
        {"is_due": False},
    ],
)
def test_what_is_not_approved_or_not_due_is_left_alone(changed: dict[str, object]) -> None:
    assert judge(replace(READY, **changed), **NOW) == Leave()


@pytest.mark.parametrize(
    ("changed", "state", "reason"),
    [
        ({"is_too_late": True}, "expired", "not-after"),
        ({"is_too_late": True, "is_due": False}, "expired", "not-after"),
        ({"is_approved_as_it_stands": False}, "planned", "wording"),
        ({"stopped_because": "gempa bumi"}, "held", "stopped: gempa bumi"),
        ({"calendar_version": 2}, "held", "version 2"),
        ({"calendar": "psu-2025"}, "held", "psu-2025"),
        ({"account_is_active": False}, "held", "active account"),
        ({"account_is_active": None, "account_usage": None, "account_is_its_own": None}, "held", "active"),
        ({"account_is_its_own": False}, "held", "another satker"),
        ({"account_usage": "rehearsal"}, "held", "rehearsal"),
        ({"rehearsal_id": 7}, "held", "rehearsal"),
    ],
)
def test_what_is_no_longer_true_turns_a_post_down_and_says_why(
    changed: dict[str, object], state: str, reason: str
) -> None:
    verdict = judge(replace(READY, **changed), **NOW)

    assert isinstance(verdict, TurnedDown)
    assert verdict.state == state
    assert reason in verdict.reason


def test_a_rehearsal_goes_to_a_rehearsal_account() -> None:
    post = replace(READY, rehearsal_id=7, account_usage="rehearsal")

    assert judge(post, **NOW) == Go()


def test_an_edited_text_needs_a_decision_even_while_a_stop_stands() -> None:
    post = replace(READY, is_approved_as_it_stands=False, stopped_because="gempa bumi")

    assert judge(post, **NOW) == TurnedDown("planned", "the wording is no longer the approved one")


@pytest.mark.parametrize(
    ("seconds", "left"), [(0, ACCOUNT_PAUSE_SECONDS), (600, 300), (ACCOUNT_PAUSE_SECONDS, None)]
)
def test_an_account_in_trouble_is_left_alone_for_its_pause(seconds: float, left: float | None) -> None:
    post = replace(READY, account_trouble="Cannot publish: token.", account_trouble_seconds=seconds)

    wanted = Go() if left is None else PutOff("waits for its account: Cannot publish: token.", left)
    assert judge(post, **NOW) == wanted


def test_a_stop_comes_before_an_account_in_trouble() -> None:
    post = replace(READY, account_trouble="x", account_trouble_seconds=0, stopped_because="salah")

    assert judge(post, **NOW) == TurnedDown("held", "stopped: salah")
