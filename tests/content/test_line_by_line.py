from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kabar.content.abbreviations import Abbreviations
from kabar.content.line_by_line import found_in
from kabar.content.machine_checks import _BARE_HOST, _HASHTAG, _MENTION, _SATKER, _URL
from kabar.content.reading_text import _folded
from kabar.content.rules import Rules
from kabar.content.word_checks import _CAPITALS, Explanations, ForbiddenPatterns, ForbiddenWords

#: Texts in which something is to be found near, at and across line ends.
TEXTS = (
    "",
    "\n\n",
    "Ikuti @akun.lain\n@lain di contoh.com\nhttps://a.example.com/x) dan KPU Kabupaten\nKeerom #Satu\n#dua",
    "KPU Kota Jayapura\nKPU KPPS PPS\nTPS\nDPT (DPT)\nNIK 3204 1234 5678 9012",
    "Pilih nomor\nurut 1. Coblos\n\nnomor 2, salam dua jari!",
    "p\u0131l\u0131h nomor urut 1; hitung\u00adcepat; ﬁnal; Kelvin \u212a; straße",
    "Hitung cepat, HITUNG-CEPAT, hitung_cepat dan exit\npoll di jadwal debatan visi",
)


@pytest.mark.parametrize("pattern", [_BARE_HOST, _MENTION, _SATKER, _URL, _HASHTAG, _CAPITALS])
@pytest.mark.parametrize("text", TEXTS)
def test_line_by_line_finds_what_the_whole_text_holds(pattern: re.Pattern[str], text: str) -> None:
    whole = tuple(dict.fromkeys(found[0] for found in pattern.finditer(text)))

    assert found_in(text.split("\n"), pattern) == whole


def checks(rules: Rules, kind: type) -> Iterator[object]:
    return (one for rule in rules.rules for one in rule.checks if isinstance(one, kind))


@pytest.mark.parametrize("text", TEXTS)
def test_joined_patterns_let_through_exactly_what_none_of_them_matches(rules: Rules, text: str) -> None:
    patterns = [one for one in checks(rules, ForbiddenPatterns) if isinstance(one, ForbiddenPatterns)]
    folded = _folded(text)

    assert patterns
    for one in patterns:
        assert one._any is not None, "The shipped patterns can be joined."
        assert one._may_match(folded) == any(pattern.search(folded) for pattern in one._compiled)


@pytest.mark.parametrize("pattern", [r"(a)\1", r"(?i)abc"])
def test_patterns_that_cannot_be_joined_are_still_searched_for(pattern: str) -> None:
    one = ForbiddenPatterns(cara="pola", patterns=(r"x\d", pattern), message="Jangan.")

    assert one._any is None
    assert one._may_match("anything")


@pytest.mark.parametrize("text", TEXTS)
def test_the_first_words_of_phrases_never_hide_a_phrase(rules: Rules, text: str) -> None:
    words = [one for one in checks(rules, ForbiddenWords) if isinstance(one, ForbiddenWords)]
    folded = _folded(text)

    assert words
    for one in words:
        if one._compiled.search(folded):
            assert any(word in folded for word in one._first_words)


@pytest.mark.parametrize("text", TEXTS)
def test_unexplained_abbreviations_are_found_line_by_line(rules: Rules, text: str) -> None:
    for one in checks(rules, Explanations):
        assert isinstance(one, Explanations)
        whole = tuple(dict.fromkeys(one._compiled.findall(text)))
        assert found_in(text.split("\n"), one._compiled) == whole


def test_an_abbreviation_is_explained_on_the_first_line_that_has_it_only() -> None:
    table = Abbreviations({"TPS": "tempat pemungutan suara", "DPT": "daftar pemilih tetap"})

    explained = table.explain("TPS dibuka.\nDatang ke TPS.\n\nCek DPT dan TPS.")

    assert explained == (
        "Tempat pemungutan suara (TPS) dibuka.\nDatang ke TPS.\n\nCek daftar pemilih tetap (DPT) dan TPS."
    )


def test_what_one_text_has_explained_is_explained_again_in_the_next() -> None:
    table = Abbreviations({"TPS": "tempat pemungutan suara"})

    first, second = table.explain("Ke TPS.\nDi TPS."), table.explain("Di TPS.\nKe TPS.")

    assert first == "Ke tempat pemungutan suara (TPS).\nDi TPS."
    assert second == "Di tempat pemungutan suara (TPS).\nKe TPS."
