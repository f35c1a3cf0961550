"""The shipped tables, read once, and a way to damage a copy of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from shipped_tables import INCLUDE, Edit

from kabar.calendar import read_calendars
from kabar.election import Calendar
from kabar.satker import Satker, read_satker
from kabar.tonggak import Patterns, read_patterns


@pytest.fixture(scope="session")
def satker() -> tuple[Satker, ...]:
    return read_satker(INCLUDE / "satker.csv")


@pytest.fixture(scope="session")
def by_code(satker: tuple[Satker, ...]) -> dict[str, Satker]:
    return {one.code: one for one in satker}


@pytest.fixture(scope="session")
def patterns() -> Patterns:
    return read_patterns(INCLUDE / "tonggak.yaml")


@pytest.fixture(scope="session")
def calendars(satker: tuple[Satker, ...], patterns: Patterns) -> dict[str, Calendar]:
    found = read_calendars(INCLUDE / "calendars", satker=satker, patterns=patterns.by_name)
    return {calendar.code: calendar for calendar in found}


@pytest.fixture(scope="session")
def pilkada(calendars: dict[str, Calendar]) -> Calendar:
    return calendars["pilkada-2024"]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    def edit(name: str, before: str, after: str) -> Path:
        text = (INCLUDE / name).read_text(encoding="utf-8")
        assert before in text, f"{before!r} does not stand in {name}"
        path = tmp_path / Path(name).name
        path.write_bytes(text.replace(before, after, 1).encode())
        return path

    return edit
