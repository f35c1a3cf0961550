"""Dates, hours, counts and regulations as official Indonesian writes them."""

from __future__ import annotations

import re
from datetime import date, time
from functools import lru_cache

from babel.dates import format_date

_ONES = (
    "nol",
    "satu",
    "dua",
    "tiga",
    "empat",
    "lima",
    "enam",
    "tujuh",
    "delapan",
    "sembilan",
    "sepuluh",
    "sebelas",
)
#: From here on a round number is written as a multiple of ten; 99 is the largest that may be spelled.
_TWENTY, _HUNDRED = 20, 100

#: Short forms of regulations in the calendars, and what a citizen reads instead.
_REGULATIONS = {
    "PKPU": "Peraturan KPU",
    "UU": "Undang-Undang",
    "Keppres": "Keputusan Presiden",
    "Perpres": "Peraturan Presiden",
    "Keputusan KPU": "Keputusan KPU",
}
_NUMBERED = re.compile(r"\b(PKPU|UU|Keppres|Perpres|Keputusan KPU) (\d+)/(\d{4})")
_NEXT_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_ASIDE = re.compile(r"\s*\([^)]*\)|\s+tentang\s.*$")


@lru_cache(maxsize=4096)
def long_date(day: date) -> str:
    """Write a day out with its weekday: `Selasa, 27 Agustus 2024`."""
    return format_date(day, "EEEE, d MMMM y", locale="id")


@lru_cache(maxsize=4096)
def short_date(day: date) -> str:
    """Write a day out without its weekday: `27 Agustus 2024`."""
    return format_date(day, "d MMMM y", locale="id")


@lru_cache(maxsize=4096)
def date_range(first: date, last: date) -> str:
    """Write a period out, the year once if it is one year; a single day is that day alone.

    `Selasa, 27 Agustus sampai Kamis, 29 Agustus 2024`
    """
    if first == last:
        return long_date(first)
    pattern = "EEEE, d MMMM" if first.year == last.year else "EEEE, d MMMM y"
    return f"{format_date(first, pattern, locale='id')} sampai {long_date(last)}"


def clock(hour: time, zone: str) -> str:
    """Write an hour of the day with a full stop and its zone: `pukul 08.00 WIB`."""
    return f"pukul {hour:%H.%M} {zone}"


def count(number: int) -> str:
    """Write a number from zero upwards, in letters where one or two words are enough (EYD V)."""
    if number < len(_ONES):
        return _ONES[number]
    if number < _TWENTY:
        return f"{_ONES[number - 10]} belas"
    tens, ones = divmod(number, 10)
    if number < _HUNDRED and ones == 0:
        return f"{_ONES[tens]} puluh"
    return "seratus" if number == _HUNDRED else str(number)


def days_away(days: int) -> str:
    """Say how far a day lies ahead: `hari ini`, `besok`, `tujuh hari lagi`; empty for the past."""
    if days < 0:
        return ""
    if days == 0:
        return "hari ini"
    return "besok" if days == 1 else f"{count(days)} hari lagi"


@lru_cache(maxsize=512)
def regulation(rule: str) -> str:
    """Write a regulation in full, without asides: `PKPU 2/2024` is `Peraturan KPU Nomor 2 Tahun 2024`."""
    return _NUMBERED.sub(
        lambda found: f"{_REGULATIONS[found[1]]} Nomor {found[2]} Tahun {found[3]}", _ASIDE.sub("", rule)
    )


def sentence_case(text: str) -> str:
    """Begin with a capital and leave the rest as it is; `capitalize` would write `Dpt`."""
    return text[:1].upper() + text[1:]


def inner_case(text: str) -> str:
    """Begin with a small letter, as inside a sentence, unless the first word is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def first_sentence(text: str) -> str:
    """Give the first sentence of a text on one line: a poster has room for one fact."""
    return _NEXT_SENTENCE.split(" ".join(text.split()), maxsplit=1)[0]
