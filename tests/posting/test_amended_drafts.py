"""What an amended calendar means for one draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from kabar.posting.amending import CHANGEABLE, OUT, Drafted, Redrafted, Verdict, judge
from kabar.posting.states import State

DAY = timedelta(days=1)
SAYS_AT = datetime(2027, 3, 22, 1, 0, tzinfo=UTC)
FACTS = {"mulai": "Senin, 22 Maret 2027", "jadwal_berikut": "mulai 1 April 2027", "fase": "mulai"}
BLOCK = {"rule": "masa-tenang", "severity": "block"}
WARN = {"rule": "panjang", "severity": "warn"}
DRAFTED = Drafted(
    draft_id=5,
    state="approved",
    says_at=SAYS_AT,
    not_after=SAYS_AT + DAY,
    message="PSU dimulai Senin, 22 Maret 2027.",
    facts=FACTS,
    findings=[],
    content_hash="a" * 64,
    is_by_hand=False,
)
SAME = Redrafted(says_at=SAYS_AT, not_after=SAYS_AT + DAY, facts=FACTS, findings=[], content_hash="a" * 64)
ANOTHER_DAY = FACTS | {"mulai": "Selasa, 23 Maret 2027"}


def effect(drafted: Drafted, now: Redrafted | None) -> str:
    verdict = judge(drafted, now)
    assert isinstance(verdict, Verdict)
    return verdict.effect


@pytest.mark.parametrize("state", sorted(CHANGEABLE))
@pytest.mark.parametrize(
    ("changed", "becomes"),
    [
        ({}, "kept"),
        ({"says_at": SAYS_AT + DAY}, "moved"),
        ({"not_after": SAYS_AT + 2 * DAY}, "moved"),
        ({"content_hash": "b" * 64}, "reworded"),
        ({"content_hash": "b" * 64, "facts": ANOTHER_DAY}, "reworded"),
        ({"findings": [BLOCK]}, "reworded"),
        ({"findings": [WARN]}, "kept"),
    ],
)
def test_what_has_not_left_follows_the_calendar(state: str, changed: dict[str, Any], becomes: str) -> None:
    assert effect(replace(DRAFTED, state=state), replace(SAME, **changed)) == becomes


@pytest.mark.parametrize("state", sorted(CHANGEABLE))
def test_what_is_not_owed_any_more_is_gone(state: str) -> None:
    assert effect(replace(DRAFTED, state=state), None) == "gone"


@pytest.mark.parametrize("state", sorted(OUT))
@pytest.mark.parametrize(
    ("changed", "becomes"),
    [
        ({}, "kept"),
        ({"content_hash": "b" * 64}, "kept"),
        ({"findings": [BLOCK]}, "kept"),
        ({"not_after": SAYS_AT + 2 * DAY}, "kept"),
        ({"says_at": SAYS_AT + DAY}, "wrong"),
        ({"facts": ANOTHER_DAY}, "wrong"),
        ({"facts": FACTS | {"jadwal_berikut": "mulai 5 April 2027"}}, "kept"),
        ({"facts": FACTS | {"fase": "berjalan"}}, "kept"),
    ],
)
def test_what_has_left_is_wrong_only_if_it_says_what_is_not_so(
    state: str, changed: dict[str, Any], becomes: str
) -> None:
    assert effect(replace(DRAFTED, state=state), replace(SAME, **changed)) == becomes


@pytest.mark.parametrize("state", sorted(OUT))
def test_what_has_left_and_is_not_owed_should_not_stand(state: str) -> None:
    assert effect(replace(DRAFTED, state=state), None) == "wrong_and_gone"


@pytest.mark.parametrize("state", ["expired", "withdrawn"])
@pytest.mark.parametrize("now", [SAME, None])
def test_what_is_over_is_left_alone(state: str, now: Redrafted | None) -> None:
    assert judge(replace(DRAFTED, state=state), now) is None


def test_every_state_has_its_place() -> None:
    assert set(get_args(State)) == CHANGEABLE | OUT | {"expired", "withdrawn"}


@pytest.mark.parametrize(
    ("changed", "becomes"),
    [
        ({"content_hash": "b" * 64}, "kept"),
        ({"facts": FACTS | {"jadwal_berikut": "mulai 5 April 2027"}}, "kept"),
        ({"facts": ANOTHER_DAY}, "reworded"),
        ({"says_at": SAYS_AT + DAY}, "moved"),
        ({"findings": [BLOCK]}, "reworded"),
    ],
)
def test_what_a_person_has_written_stays_as_long_as_the_facts_in_it_are_so(
    changed: dict[str, Any], becomes: str
) -> None:
    assert effect(replace(DRAFTED, is_by_hand=True), replace(SAME, **changed)) == becomes


def test_a_finding_that_was_there_before_is_no_reason() -> None:
    assert effect(replace(DRAFTED, findings=[BLOCK]), replace(SAME, findings=[BLOCK])) == "kept"


def test_the_changes_name_what_was_said_and_what_is_so() -> None:
    verdict = judge(DRAFTED, replace(SAME, says_at=SAYS_AT + DAY, facts=ANOTHER_DAY, content_hash="b" * 64))

    assert verdict is not None
    assert [change.what for change in verdict.changes] == ["says_at", "mulai"]
    assert verdict.changes[1][1:] == ("Senin, 22 Maret 2027", "Selasa, 23 Maret 2027")
