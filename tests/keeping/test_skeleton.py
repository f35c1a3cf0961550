from __future__ import annotations

import re
from pathlib import Path

import pytest

from kabar.calendar import read_calendar
from kabar.errors import InputError
from kabar.keeping.remarks import remarks_on
from kabar.keeping.skeleton import BLANK, skeleton
from kabar.pattern import read_patterns
from kabar.satker import read_satker
from kabar.settings import REPOSITORY
from kabar.tonggak import tonggak_of

INCLUDE = REPOSITORY / "include"
PATTERNS = read_patterns(INCLUDE / "tonggak.yaml")
SATKER = read_satker(INCLUDE / "satker.csv")

#: What an editor writes for each blank, in the order in which the blanks stand.
FILLED = (
    "Pemilihan Contoh",
    "Pemilihan Contoh",
    "pemilihan",
    "2029-11-28",
    "null",
    "PKPU 2/2024",
    "Lampiran",
    "'https://www.kpu.go.id'",
    "kpu",
    "pemungutan-suara",
    "Pemungutan suara",
    "PKPU 2/2024",
    "Lampiran",
    "2029-11-28",
    "2029-11-28",
    "satu_hari",
    "Pemilih memberikan suara di TPS.",
    "Datang ke TPS.",
)


def filled(text: str) -> str:
    """Fill the blanks, leaving the comments as they are."""
    answers = iter(FILLED)
    lines = [
        line if line.lstrip().startswith("#") else re.sub(rf"\b{BLANK}\b", lambda _: next(answers), line)
        for line in text.splitlines(keepends=True)
    ]
    assert next(answers, None) is None
    return "".join(lines)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "contoh.yaml"


def test_a_filled_skeleton_is_a_calendar_that_is_spoken_of(file: Path) -> None:
    file.write_text(filled(skeleton("contoh-2029", tuple(PATTERNS.by_name))), encoding="utf-8")

    calendar = read_calendar(file, satker=SATKER, patterns=PATTERNS.by_name)

    assert calendar.code == "contoh-2029"
    assert tonggak_of(calendar, calendar.stages[0], PATTERNS)


def test_nothing_is_wrong_with_a_filled_skeleton(file: Path) -> None:
    file.write_text(filled(skeleton("contoh-2029", tuple(PATTERNS.by_name))), encoding="utf-8")

    remarks = remarks_on(file, satker=SATKER, patterns=PATTERNS)

    assert [one.sentence for one in remarks if one.severity == "wrong"] == []


@pytest.mark.parametrize("left", ["hari_pemungutan_suara", "berlaku_sejak", "mulai", "pola"])
def test_a_blank_left_over_is_named_with_its_line(file: Path, left: str) -> None:
    full = filled(skeleton("contoh-2029", tuple(PATTERNS.by_name)))
    file.write_text(re.sub(rf"^( *{left}: ).*$", rf"\1{BLANK}", full, flags=re.MULTILINE), encoding="utf-8")
    line = next(
        number for number, text in enumerate(full.splitlines(), 1) if text.lstrip().startswith(f"{left}:")
    )

    with pytest.raises(InputError) as raised:
        read_calendar(file, satker=SATKER, patterns=PATTERNS.by_name)

    assert raised.value.line == line


def test_the_comments_name_every_pattern_that_there_is() -> None:
    assert " | ".join(PATTERNS.by_name) in skeleton("contoh-2029", tuple(PATTERNS.by_name))
