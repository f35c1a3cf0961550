"""Who may decide which draft, and when it then goes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from kabar.officers import Officer
from kabar.posting.approval import Decidable, Decided, Denial, Denied, judge
from kabar.posting.states import State
from ledger import SATKER

NOW = datetime(2024, 8, 26, 23, 0, tzinfo=UTC)
OFFICER = Officer(username="humas_32", title="Humas Jawa Barat", role="penyetuju", scope="provinsi:32")
HASH = "a" * 64
BLOCK = {"rule": "netral", "severity": "block", "message": "…", "legal_basis": "…"}
WARN = BLOCK | {"severity": "warn"}
DRAFT = Decidable(
    draft_id=5,
    package_id=1,
    satker_code="3204",
    publish_at=NOW + timedelta(hours=1),
    not_after=NOW + timedelta(hours=10),
    author="mesin",
    content_hash=HASH,
    findings=[],
    post_id=9,
    state="planned",
    claim_number=0,
    late_delay_seconds=1800,
    now=NOW,
    is_repeated=False,
)


def given(
    draft: Decidable = DRAFT, *, officer: Officer = OFFICER, verdict: str = "approve", seen: str = HASH
) -> Decided | Denied:
    return judge(draft, officer=officer, satker=SATKER, verdict=verdict, seen_hash=seen)  # type: ignore[arg-type]


def test_an_approval_in_time_keeps_the_publishing_time() -> None:
    assert given() == Decided(5, 1, HASH, DRAFT.publish_at)


@pytest.mark.parametrize(
    ("changed", "officer", "seen", "why"),
    [
        ({"is_repeated": True}, {}, HASH, "repeated"),
        ({}, {"role": "penyusun"}, HASH, "role"),
        ({}, {"role": "pengawas"}, HASH, "role"),
        ({}, {"scope": "provinsi:33"}, HASH, "scope"),
        ({}, {"scope": "satker:3205"}, HASH, "scope"),
        ({}, {}, "b" * 64, "changed"),
        ({"author": "humas_32"}, {}, HASH, "own_words"),
        ({"findings": [WARN, BLOCK]}, {}, HASH, "findings"),
        ({"not_after": NOW}, {}, HASH, "too_late"),
    ],
)
def test_each_reason_against_an_approval_is_named(
    changed: dict[str, Any], officer: dict[str, str], seen: str, why: Denial
) -> None:
    verdict = given(replace(DRAFT, **changed), officer=OFFICER.model_copy(update=officer), seen=seen)

    assert verdict == Denied(5, why)


def test_every_reason_is_in_the_tables_of_this_file() -> None:
    named = {"repeated", "role", "scope", "changed", "own_words", "findings", "too_late", "not_open"}

    assert named == set(get_args(Denial))


@pytest.mark.parametrize("state", sorted(set(get_args(State)) - {"planned", "approved", "refused", "held"}))
def test_what_is_sent_or_over_is_not_approved_any_more(state: str) -> None:
    assert given(replace(DRAFT, state=state)) == Denied(5, "not_open")


@pytest.mark.parametrize(
    "state", sorted(set(get_args(State)) - {"planned", "approved", "refused", "held", "sending"})
)
def test_what_has_left_or_is_over_is_not_refused_any_more(state: str) -> None:
    assert given(replace(DRAFT, state=state), verdict="refuse") == Denied(5, "not_open")


def test_a_refusal_is_taken_down_while_a_post_is_being_sent() -> None:
    decided = given(replace(DRAFT, state="sending"), verdict="refuse")

    assert decided == Decided(5, 1, HASH, DRAFT.publish_at, is_being_sent=True)


@pytest.mark.parametrize("state", ["planned", "approved", "refused", "held"])
def test_what_has_not_been_sent_may_be_decided_again(state: str) -> None:
    assert isinstance(given(replace(DRAFT, state=state)), Decided)


@pytest.mark.parametrize(
    "changed",
    [
        {"author": "humas_32"},
        {"findings": [BLOCK]},
        {"not_after": NOW},
        {"publish_at": NOW - timedelta(days=1)},
    ],
)
def test_a_refusal_needs_no_other_author_no_clean_text_and_no_time(changed: dict[str, Any]) -> None:
    draft = replace(DRAFT, **changed)

    assert given(draft, verdict="refuse") == Decided(5, 1, HASH, draft.publish_at)


def test_a_refusal_too_is_about_the_wording_that_was_seen() -> None:
    assert given(verdict="refuse", seen="b" * 64) == Denied(5, "changed")


def test_a_warning_does_not_keep_anyone_from_approving() -> None:
    assert isinstance(given(replace(DRAFT, findings=[WARN])), Decided)


def test_another_officer_approves_what_one_has_written() -> None:
    assert isinstance(given(replace(DRAFT, author="humas_3204")), Decided)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=3)])
def test_a_late_approval_moves_the_publishing_time_by_the_delay(late: timedelta) -> None:
    verdict = given(replace(DRAFT, publish_at=NOW - late))

    assert verdict == Decided(5, 1, HASH, NOW + timedelta(seconds=1800))


def test_a_late_approval_whose_delay_would_pass_the_not_after_time_is_too_late() -> None:
    draft = replace(DRAFT, publish_at=NOW, not_after=NOW + timedelta(seconds=1800))

    assert given(draft) == Denied(5, "too_late")


def test_approving_once_more_what_is_due_does_not_put_it_off() -> None:
    draft = replace(DRAFT, state="approved", publish_at=NOW - timedelta(seconds=3))

    assert given(draft) == Decided(5, 1, HASH, draft.publish_at)
