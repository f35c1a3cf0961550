from __future__ import annotations

from pathlib import Path

import pytest
from writing import Find, Write

from kabar.calendar import Calendar, read_calendars
from kabar.content import Rules, Templates, Text, open_templates, read_rules, render
from kabar.plan import Obligation, obligations_of
from kabar.satker import Satker, read_satker
from kabar.tonggak import Patterns, read_patterns, tonggak_of

INCLUDE = Path(__file__).resolve().parents[2] / "include"


@pytest.fixture(scope="session")
def satker() -> dict[str, Satker]:
    return {one.code: one for one in read_satker(INCLUDE / "satker.csv")}


@pytest.fixture(scope="session")
def calendars() -> dict[str, Calendar]:
    return {calendar.code: calendar for calendar in read_calendars(INCLUDE / "calendars")}


@pytest.fixture(scope="session")
def patterns() -> Patterns:
    return read_patterns(INCLUDE / "tonggak.yaml")


@pytest.fixture(scope="session")
def templates() -> Templates:
    return open_templates(INCLUDE / "templates")


@pytest.fixture(scope="session")
def rules() -> Rules:
    return read_rules(INCLUDE / "rules.yaml")


@pytest.fixture(scope="session")
def find(satker: dict[str, Satker], calendars: dict[str, Calendar], patterns: Patterns) -> Find:
    """Find the obligation of a tonggak, by default in Pilkada 2024 for Pegunungan Bintang."""

    def of(key: str, code: str = "9502", calendar: str = "pilkada-2024") -> Obligation:
        election = calendars[calendar]
        stage = election.stage(key.partition("|")[0])
        tonggak = {one.key: one for one in tonggak_of(election, stage, patterns)}[key]
        return obligations_of(election, stage, tonggak, (satker[code],), ("facebook",))[0]

    return of


@pytest.fixture(scope="session")
def write(find: Find, calendars: dict[str, Calendar], templates: Templates) -> Write:
    """Render the message of a tonggak, as `find` finds it."""

    def of(key: str, code: str = "9502", calendar: str = "pilkada-2024") -> Text:
        return render(find(key, code, calendar), calendar=calendars[calendar], templates=templates)

    return of
