"""Breaking and sizing text: never a word cut, never a line outside its box."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from kabar.content.lettering import WEIGHTS, Lettering, Lines, Piece, TooLongError
from kabar.errors import InputError

FONTS = Path(__file__).resolve().parents[2] / "include" / "posters" / "huruf"
LETTERING = Lettering(FONTS)

words = st.lists(st.text("aiueonKPUmg.-é7", min_size=1, max_size=12), max_size=20).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(text=words, width=st.integers(150, 900), height=st.integers(40, 600), fewest=st.booleans())
def test_what_is_broken_keeps_every_word_and_stays_in_its_box(
    text: str,
    width: int,
    height: int,
    fewest: bool,  # noqa: FBT001  Hypothesis hands it over by name.
) -> None:
    try:
        lines = LETTERING.fit(text, width=width, height=height, largest=90, smallest=20, fewest=fewest)
    except TooLongError:
        return

    assert " ".join(lines.lines).replace("\u00a0", " ") == text
    assert lines.height <= height
    assert all(LETTERING.width(line, size=lines.size, weight=500) <= width for line in lines.lines)
    assert 20 <= lines.size <= 90


@settings(max_examples=100, deadline=None)
@given(first=words, second=words, height=st.integers(80, 600))
def test_texts_that_share_a_room_stay_in_it_together(first: str, second: str, height: int) -> None:
    pieces = [Piece(first, 90, 30, 800, 1.1), Piece(second, 44, 24)]
    try:
        lines = LETTERING.together(pieces, width=600, height=height, gap=20)
    except TooLongError:
        return

    used = [one.height for one in lines if one.lines]
    assert sum(used) + 20 * max(0, len(used) - 1) <= height


def test_the_measure_of_a_line_is_that_of_the_font() -> None:
    text = "KPU Kabupaten Penukal Abab Lematang Ilir"
    for weight, name in WEIGHTS.items():
        layout = ImageFont.Layout.BASIC
        font = ImageFont.truetype(FONTS / f"KabarPoster-{name}.ttf", 1000, layout_engine=layout)
        assert LETTERING.width(text, size=46, weight=weight) == pytest.approx(font.getlength(text) * 0.046)


def test_a_text_is_as_large_as_its_box_allows() -> None:
    large = LETTERING.fit("Coklit", width=900, height=100, largest=120, smallest=20, weight=800)
    narrow = LETTERING.fit("Coklit", width=200, height=100, largest=120, smallest=20, weight=800)

    assert large.size == 120
    assert 20 < narrow.size < 120
    assert LETTERING.width("Coklit", size=narrow.size + 2, weight=800) > 200


def test_lines_are_evened_so_that_no_word_is_left_alone() -> None:
    text = "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas dua belas"
    lines = LETTERING.fit(text, width=900, height=400, largest=40, smallest=40)

    widths = [LETTERING.width(line, size=40, weight=500) for line in lines.lines]
    assert min(widths) > 0.6 * max(widths)


def test_one_line_is_preferred_to_two_larger_ones_where_it_is_asked_for() -> None:
    name = "KPU Kabupaten Penukal Abab Lematang Ilir"
    box = {"width": 912, "height": 96, "largest": 46, "smallest": 38, "weight": 700}

    assert len(LETTERING.fit(name, **box, fewest=True).lines) == 1
    assert len(LETTERING.fit(name, **box).lines) == 2


def test_a_number_stays_with_the_word_that_it_counts() -> None:
    for width in range(340, 900, 20):
        lines = LETTERING.fit(
            "mulai Selasa, 27 Agustus 2024 pukul 07.00 WIB",
            width=width,
            height=900,
            largest=40,
            smallest=40,
        ).lines
        assert not any(line.endswith(("27", "07.00")) for line in lines), lines


def test_a_text_without_words_takes_no_room_and_draws_nothing() -> None:
    lines = LETTERING.fit("  ", width=10, height=0, largest=40, smallest=40)

    assert lines == Lines((), 40, 500, 1.2, 0)
    assert (lines.height, lines.at(0, 0, fill="#000")) == (0, "")


def test_a_word_wider_than_its_box_is_refused_and_not_broken() -> None:
    with pytest.raises(TooLongError, match="finds no room in 60 by 400 pixels"):
        LETTERING.fit("berkesinambungan", width=60, height=400, largest=40, smallest=30)


def test_what_finds_no_room_together_is_refused() -> None:
    with pytest.raises(TooLongError, match="“satu dua” / “tiga empat”"):
        LETTERING.together(
            [Piece("satu dua", 90, 60), Piece("tiga empat", 90, 60)], width=900, height=100, gap=20
        )


@pytest.mark.parametrize("sign", ["\U0001f5f3", "ж", "\x07", "\u200b", "\u202e", "字"])
def test_a_sign_that_the_font_lacks_is_named(sign: str) -> None:
    with pytest.raises(TooLongError, match=rf"U\+{ord(sign):04X}"):
        LETTERING.fit(f"KPU {sign}", width=900, height=100, largest=40, smallest=40)


def test_the_signs_of_official_indonesian_are_all_there() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz éè 0123456789"
    every = f"{letters} .,:;!?()/-'\u2019\u201c\u201d\u2013\u2014&%+\u2026"

    assert LETTERING.fit(every, width=4000, height=400, largest=20, smallest=20).lines


def test_a_font_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"KabarPoster-Medium\.ttf.*Put the file back"):
        Lettering(tmp_path)
