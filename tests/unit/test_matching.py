"""Pages are matched to satker by name: sure only to the letter, and never guessed."""

from __future__ import annotations

from collections import Counter

import pytest

from kabar.matching import Names, match_pages, visible
from kabar.satker import Satker


@pytest.fixture(scope="session")
def names(satker: tuple[Satker, ...]) -> Names:
    return Names(satker)


def test_every_satker_is_sure_by_its_full_and_by_its_short_name(satker: tuple[Satker, ...]) -> None:
    for pages in (
        {one.code: one.official_name for one in satker},
        {one.code: one.short_name for one in satker},
    ):
        matching = match_pages(pages, satker)

        assert {match.page_id: match.candidates for match in matching.of("sure")} == {
            code: (code,) for code in pages
        }
        assert matching.missing == ()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("kpu kota bandung", "3273", id="small letters"),
        pytest.param("KPU Kab. Bandung", "3204", id="Kab."),
        pytest.param("KPU  Kota   Medan", "1271", id="double blanks"),
        pytest.param("KPU Kota Medan\u200b", "1271", id="a character that cannot be seen"),
        pytest.param("KPU Kabupaten Tolitoli", "7204", id="punctuation"),
        pytest.param("KPU Bandung Barat", "3217", id="without Kabupaten"),
        pytest.param("KPU OKU Timur", "1608", id="an alias of the area"),
        pytest.param("KPU Kabupaten OKU", "1601", id="an alias with its kind"),
        pytest.param("KPU Babel", "19", id="an alias of the office"),
        pytest.param("KPUD Kabupaten Garut", "3205", id="the office's old name"),
        pytest.param("KPU Kota Jakarta Pusat", "3171", id="without Administrasi"),
        pytest.param("KPU Republik Indonesia", "00", id="half long, half short"),
        pytest.param("KPU Kota Bandung Official", "3273", id="official"),
        pytest.param("KPU Kabupaten Bireuen", "1111", id="KPU for a KIP in Aceh"),
        pytest.param("KIP Bireuen", "1111", id="a KIP without Kabupaten"),
    ],
)
def test_another_spelling_or_an_alias_is_likely(names: Names, name: str, code: str) -> None:
    match = names.judge("1", name)

    assert (match.verdict, match.candidates) == ("likely", (code,))


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        pytest.param("KPU Bandung", ("3204", "3273"), id="kabupaten or kota"),
        pytest.param("KPU Gorontalo", ("75", "7501", "7571"), id="province, kabupaten or kota"),
        pytest.param("KPU Kabupaten Sukabumy", ("3202",), id="one wrong letter"),
        pytest.param("KIP Kota Bandung", ("3273",), id="a KIP outside Aceh may be the Komisi Informasi"),
    ],
)
def test_what_several_may_be_or_what_only_resembles_a_name_is_doubtful(
    names: Names, name: str, codes: tuple[str, ...]
) -> None:
    match = names.judge("1", name)

    assert (match.verdict, match.candidates) == ("doubtful", codes)
    assert match.reason


@pytest.mark.parametrize("name", ["Warung Kopi", "Kota Bandung", "PPK Kecamatan Coblong KPU", "!!!", ""])
def test_a_name_of_nobody_is_a_stranger(names: Names, name: str) -> None:
    match = names.judge("1", name)

    assert (match.verdict, match.candidates) == ("stranger", ())


def test_two_pages_with_one_official_name_are_both_doubtful(satker: tuple[Satker, ...]) -> None:
    matching = match_pages({"1": "KPU Kota Bandung", "2": "Komisi Pemilihan Umum Kota Bandung"}, satker)

    assert {match.reason for match in matching.of("doubtful")} == {"two Pages bear this official name"}
    assert len(matching.of("doubtful")) == 2


def test_two_pages_that_may_be_one_satkers_are_both_doubtful(satker: tuple[Satker, ...]) -> None:
    matching = match_pages({"1": "kpu kota bandung", "2": "KPU Kota Bandung Official"}, satker)

    assert [match.reason for match in matching.of("doubtful")] == ["two Pages may be this satker's"] * 2


def test_the_official_name_stays_sure_beside_an_alias_that_becomes_doubtful(
    satker: tuple[Satker, ...],
) -> None:
    matching = match_pages({"1": "KPU Kota Bandung", "2": "kpu kota bandung"}, satker)

    assert [match.page_id for match in matching.of("sure")] == ["1"]
    assert [(match.page_id, match.reason) for match in matching.of("doubtful")] == [
        ("2", "another Page bears the official name")
    ]


def test_a_satker_is_missing_when_no_page_may_be_its_own(satker: tuple[Satker, ...]) -> None:
    pages = {"1": "KPU Kota Bandung", "2": "KPU Gorontalo", "3": "Warung Kopi"}

    missing = set(match_pages(pages, satker).missing)

    assert len(missing) == 553 - 4
    assert missing.isdisjoint({"3273", "75", "7501", "7571"})


def test_no_key_of_one_satker_hides_another(satker: tuple[Satker, ...]) -> None:
    shortened = {
        one.code: one.short_name.replace("Kabupaten", "Kab.").replace("Kota ", "kota ") for one in satker
    }

    matching = match_pages(shortened, satker)

    assert all(match.candidates == (match.page_id,) for match in matching.matches)
    assert Counter(match.verdict for match in matching.matches).keys() == {"sure", "likely"}


def test_a_name_is_shown_without_what_cannot_be_seen() -> None:
    assert visible(" KPU\u00a0Kota\u200b  Bandung\n") == "KPU Kota Bandung"
