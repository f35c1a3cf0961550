"""The desk holds the shipped rules against what an officer writes, in the shipped calendars."""

from __future__ import annotations

from typing import Any

import pytest

from desk.seeding import SATKER
from kabar.calendar import readable_calendars
from kabar.content import render
from kabar.desk.checking import MOVED, rules_check
from kabar.desk.desk import Check
from kabar.pattern import read_patterns
from kabar.plan import obligations_of
from kabar.settings import Settings
from kabar.tonggak import tonggak_of


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.from_environment()


@pytest.fixture(scope="module")
def check(settings: Settings) -> Check:
    return rules_check(settings)


@pytest.fixture(scope="module")
def row(settings: Settings) -> dict[str, Any]:
    """The first draft of a real stage for one satker, as the store would give it."""
    calendar = next(one for one in readable_calendars(settings.calendars) if one.code == "pilkada-2024")
    stage = calendar.stage("pendaftaran-paslon")
    tonggak = tonggak_of(calendar, stage, read_patterns(settings.include / "tonggak.yaml"))[0]
    obligation = obligations_of(calendar, stage, tonggak, [SATKER["3204"]], ["facebook"])[0]
    text = render(obligation, calendar=calendar, templates=settings.templates)
    return text._asdict() | {
        "calendar": calendar.code,
        "stage": stage.slug,
        "tonggak": tonggak.key,
        "satker_code": "3204",
        "channel": "facebook",
    }


def test_the_machines_own_wording_passes(check: Check, row: dict[str, Any]) -> None:
    assert [one for one in check(row, row["message"]) if one.severity == "block"] == []


def test_a_word_for_a_candidate_is_blocked_with_its_legal_basis(check: Check, row: dict[str, Any]) -> None:
    findings = check(row, f"{row['message']}\n\nPilih nomor urut 1.")

    blocked = [one for one in findings if one.severity == "block"]
    assert blocked
    assert all(one.message and one.legal_basis for one in blocked)


@pytest.mark.parametrize(
    "change",
    [{"calendar": "pilkada-1999"}, {"stage": "tahapan-lama"}, {"tonggak": "pendaftaran-paslon|H-400"}],
)
def test_a_draft_whose_tonggak_left_the_calendar_is_blocked(
    check: Check, row: dict[str, Any], change: dict[str, str]
) -> None:
    assert check(row | change, row["message"]) == (MOVED,)
