"""Calendars: what the shipped ones say, whom a stage binds, and every mistake in one named with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from shipped_tables import INCLUDE, Edit, line_of

from kabar.calendar import binds, read_calendar, read_calendars, readable_calendars
from kabar.election import Calendar
from kabar.errors import InputError
from kabar.satker import Satker
from kabar.tonggak import Patterns

PILKADA = "calendars/pilkada_2024.yaml"
ELECTIONS = {"gubernur": 37, "bupati": 415, "walikota": 93}


def test_four_elections_are_shipped(calendars: dict[str, Calendar]) -> None:
    assert set(calendars) == {"pemilu-2024", "pilkada-2024", "psu-2025", "pemilihan-ulang-2025"}


def test_pilkada_has_38_stages_and_pemilu_25(calendars: dict[str, Calendar]) -> None:
    assert (len(calendars["pilkada-2024"].stages), len(calendars["pemilu-2024"].stages)) == (38, 25)


def test_a_calendar_says_how_many_areas_vote(pilkada: Calendar) -> None:
    assert pilkada.counts is not None
    assert pilkada.counts.model_dump() == ELECTIONS | {"total": 545}


def test_a_calendar_knows_its_version_and_when_its_law_took_effect(pilkada: Calendar) -> None:
    assert (pilkada.version, pilkada.takes_effect_on) == (1, date(2024, 1, 26))


def test_psu_names_24_areas_on_the_dates_of_the_sources(calendars: dict[str, Calendar]) -> None:
    stages = calendars["psu-2025"].stages
    codes = [code for stage in stages for code in stage.satker_codes]
    assert len(codes) == len(set(codes)) == 24
    assert {stage.begins_on for stage in stages} == {
        date(2025, 3, 22),
        date(2025, 4, 5),
        date(2025, 4, 9),
        date(2025, 4, 16),
        date(2025, 4, 19),
        date(2025, 5, 24),
        date(2025, 8, 6),
    }


def test_an_area_whose_psu_date_is_only_remembered_stands_apart(calendars: dict[str, Calendar]) -> None:
    remembered = [stage for stage in calendars["psu-2025"].stages if stage.status == "ingatan"]
    assert {code for stage in remembered for code in stage.satker_codes} == {"7201", "8208", "7208"}


def test_the_re_election_binds_bangka_and_pangkalpinang_alone(
    calendars: dict[str, Calendar], satker: tuple[Satker, ...]
) -> None:
    stage = calendars["pemilihan-ulang-2025"].stage("pemungutan-suara")
    assert [one.code for one in satker if binds(stage, one)] == ["1901", "1971"]


def test_no_stage_of_2025_names_hours_that_no_source_has(calendars: dict[str, Calendar]) -> None:
    later = (*calendars["psu-2025"].stages, *calendars["pemilihan-ulang-2025"].stages)
    assert [stage.slug for stage in later if stage.local_hours] == []


@pytest.mark.parametrize(
    ("slug", "number"),
    [
        pytest.param("pendaftaran-paslon", 545, id="all who run an election of their own"),
        pytest.param("pemungutan-suara", 553, id="all, since residents everywhere vote for something"),
        pytest.param("pemutakhiran-daftar-pemilih", 553, id="all"),
        pytest.param("rekrutmen-ppk", 514, id="kabupaten and kota, those of DKI too"),
        pytest.param("rekap-provinsi", 37, id="provinces with a gubernur's election"),
        pytest.param("kampanye", 546, id="those 545 and KPU RI, which the stage names"),
        pytest.param("penyerahan-dp4", 1, id="KPU RI"),
        pytest.param("pembentukan-panwas", 0, id="nobody: Bawaslu's own task"),
    ],
)
def test_a_stage_of_pilkada_binds(
    pilkada: Calendar, satker: tuple[Satker, ...], slug: str, number: int
) -> None:
    assert sum(binds(pilkada.stage(slug), one) for one in satker) == number


@pytest.mark.parametrize(
    ("code", "registers", "votes"),
    [
        pytest.param("31", True, True, id="DKI Jakarta runs the gubernur's election"),
        pytest.param("3171", False, True, id="Jakarta Pusat has no election of its own but TPS"),
        pytest.param("3101", False, True, id="Kepulauan Seribu likewise"),
        pytest.param("34", False, True, id="DIY has no gubernur's election"),
        pytest.param("3471", True, True, id="Kota Yogyakarta has a walikota's election"),
        pytest.param("1101", True, True, id="a KIP registers like any KPU"),
        pytest.param("00", False, True, id="KPU RI registers no candidates of a pilkada"),
    ],
)
def test_registration_and_polling_bind(
    pilkada: Calendar, by_code: dict[str, Satker], code: str, *, registers: bool, votes: bool
) -> None:
    assert binds(pilkada.stage("pendaftaran-paslon"), by_code[code]) is registers
    assert binds(pilkada.stage("pemungutan-suara"), by_code[code]) is votes


@pytest.mark.parametrize(
    ("before", "after", "key", "says"),
    [
        pytest.param("pola: rentang_pendek", "polla: rentang_pendek", "polla", "`pola`", id="key typo"),
        pytest.param(
            "    catatan: Pelantikan KPPS", "    catatn: Pelantikan KPPS", "catatn", "`catatan`", id="own key"
        ),
        pytest.param("pola: rentang_pendek", "pola: rentang_pendk", "pola", "`rentang_pendek`", id="pattern"),
        pytest.param(
            "induk: pemungutan-suara", "induk: pemungutan-sura", "induk", "`pemungutan-suara`", id="parent"
        ),
        pytest.param(
            "sumber: [sabangmerauke, narasi, sumeks",
            "sumber: [sabangmerauke, narasi, sumek",
            "sumber.3",
            "`sumeks`",
            id="source",
        ),
        pytest.param(
            "sumber: [sabangmerauke, narasi]",
            "sumber: [narasi, narasi]",
            "sumber.2",
            "Keep one",
            id="source twice",
        ),
        pytest.param(
            "sumber: [rdp-kpu-2021]",
            "sumber: [rdp-kpu-2012]",
            "sumber.1",
            "`rdp-kpu-2021`",
            id="source of law",
        ),
        pytest.param("  - id: coklit", "  - id: penyerahan-dp4", "id", "first in line", id="id twice"),
        pytest.param("  - id: coklit", "  - id: Coklit", "id", "small letters", id="capital in a slug"),
        pytest.param(
            "syarat: punya_pemilihan", "syarat: punya_pilkada", "syarat", "`punya_pemilihan`", id="condition"
        ),
        pytest.param("[kabupaten, kota]", "[kabupten, kota]", "berlaku_untuk.1", "`kabupaten`", id="kind"),
        pytest.param(
            "[kabupaten, kota]", "kabupaten", "berlaku_untuk", "square brackets", id="text for a list"
        ),
        pytest.param(
            "nama: Masa tenang", "nama: [Masa, tenang]", "nama", "a list where a text", id="list for a text"
        ),
        pytest.param("nama: Masa tenang", "nama: 2024", "nama", "in quotes: '2024'", id="number for a text"),
        pytest.param("nama: Masa tenang", "nama: ' '", "nama", "is empty", id="a blank text"),
        pytest.param(
            "mulai: 2024-11-24", "mulai: 2024-11-31", "mulai", "not a day of the calendar", id="31 November"
        ),
        pytest.param("mulai: 2024-11-24", "mulai: 24-11-2024", "mulai", "2024-11-27", id="day first"),
        pytest.param(
            "mulai: 2024-11-24", "mulai: 24 November 2024", "mulai", "2024-11-27", id="month in words"
        ),
        pytest.param("mulai: 2024-11-24", "mulai: '2024-11-24'", "mulai", "without quotes", id="quoted date"),
        pytest.param(
            "mulai: 2024-11-24", "mulai: 2204-11-24", "mulai", "improbable year", id="swapped digits"
        ),
        pytest.param(
            "mulai: 2024-11-24", "mulai: 2024-11-28", "selesai", "lies before the beginning", id="end first"
        ),
        pytest.param(
            "status: satu_sumber\n  - id: pel",
            "status: satu_sumbr\n  - id: pel",
            "status",
            "`satu_sumber`",
            id="status",
        ),
        pytest.param("selesai: '13:00'", "selesai: '25:00'", "selesai", "as in '08:00'", id="hour 25"),
        pytest.param(
            "selesai: '13:00'", "selesai: '13.00'", "selesai", "as in '08:00'", id="a dot in the hour"
        ),
        pytest.param(
            "https://cekdptonline.kpu.go.id",
            "https://cekdptonline-kpu.go.id",
            "tautan",
            "kpu.go.id",
            id="false host",
        ),
        pytest.param(
            "https://cekdptonline.kpu.go.id",
            "http://cekdptonline.kpu.go.id",
            "tautan",
            "https://",
            id="no https",
        ),
        pytest.param("versi: 1\n", "versi: 0\n", "versi", "greater than", id="version 0"),
        pytest.param("versi: 1\n", "versi: '1'\n", "versi", "without quotes", id="version as text"),
        pytest.param(
            "hari_pemungutan_suara: 2024-11-27",
            "hari_pemungutan_suara: 2024-11-26",
            "hari_pemungutan_suara",
            "the same day",
            id="two polling days",
        ),
        pytest.param(
            "pola: bersyarat",
            "pola: bersyarat\n    mulai: 2025-01-09",
            "mulai",
            "stands twice",
            id="key twice",
        ),
    ],
)
def test_a_mistake_in_a_calendar_is_one_error_with_line_key_and_remedy(
    edited: Edit, satker: tuple[Satker, ...], patterns: Patterns, before: str, after: str, key: str, says: str
) -> None:
    path = edited(PILKADA, before, after)
    with pytest.raises(InputError) as caught:
        read_calendar(path, satker=satker, patterns=patterns.by_name)
    assert caught.value.file == path
    assert caught.value.key.endswith(key)
    assert says in str(caught.value)
    changed = line_of(PILKADA, before)
    assert caught.value.line is not None
    assert changed <= caught.value.line <= changed + 3


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param("'1408'", "'1498'", "`1498` is not known", id="a code that does not exist"),
        pytest.param("'1408'", "1408", "in quotes: '1408'", id="a code without quotes"),
        pytest.param("'1408'", "'148'", "two or four digits", id="a code of three digits"),
        pytest.param("'1408'", "'6205'", "stands twice", id="a code twice"),
        pytest.param("'1408'", "'1172'", "`berlaku_untuk` does not name", id="a kota in a list of kabupaten"),
    ],
)
def test_a_wrong_satker_code_is_named(
    edited: Edit, satker: tuple[Satker, ...], before: str, after: str, says: str
) -> None:
    path = edited("calendars/psu_2025.yaml", before, after)
    with pytest.raises(InputError, match=says) as caught:
        read_calendar(path, satker=satker)
    assert caught.value.line is not None
    assert caught.value.line - line_of("calendars/psu_2025.yaml", before) in {0, 1}


def test_a_key_left_out_is_named_with_its_stage(edited: Edit) -> None:
    path = edited(PILKADA, "    ajakan: Kenali PPK di kecamatanmu untuk bertanya soal Pemilihan.\n", "")
    with pytest.raises(InputError, match=r"tahapan\.pelantikan-ppk\.ajakan: is missing\. Add `ajakan`"):
        read_calendar(path)


def test_a_comma_that_splits_a_text_is_explained(edited: Edit) -> None:
    path = edited(
        PILKADA, "'MK membacakan putusan 40 perkara; 26 dikabulkan, 24 di antaranya PSU'", "26 kabul, 24 PSU"
    )
    with pytest.raises(InputError, match="put that text in quotes"):
        read_calendar(path)


def test_a_stage_that_depends_on_an_event_may_not_have_a_date(edited: Edit) -> None:
    path = edited(
        PILKADA,
        "    mulai: null\n    selesai: null\n    tenggat",
        "    mulai: 2025-01-09\n    selesai: null\n    tenggat",
    )
    with pytest.raises(InputError, match="has no date of its own"):
        read_calendar(path)


def test_stages_may_not_be_each_others_parents(edited: Edit) -> None:
    path = edited(PILKADA, "induk: null", "induk: rekrutmen-ppk")
    path.write_text(
        path.read_text("utf-8").replace(
            "induk: pembentukan-badan-adhoc", "induk: perencanaan-program-anggaran", 1
        ),
        "utf-8",
    )
    with pytest.raises(InputError, match="is its own parent"):
        read_calendar(path)


def test_a_mistake_in_one_calendar_stops_the_strict_reading_of_all(edited: Edit) -> None:
    path = edited(PILKADA, "pola: induk", "plo: induk")
    (path.parent / "pemilu_2024.yaml").write_bytes((INCLUDE / "calendars/pemilu_2024.yaml").read_bytes())
    with pytest.raises(InputError, match="`pola`"):
        read_calendars(path.parent)


def test_the_lenient_reading_leaves_only_the_broken_calendar_out(edited: Edit) -> None:
    path = edited(PILKADA, "pola: induk", "plo: induk")
    (path.parent / "pemilu_2024.yaml").write_bytes((INCLUDE / "calendars/pemilu_2024.yaml").read_bytes())
    assert [calendar.code for calendar in readable_calendars(path.parent)] == ["pemilu-2024"]


def test_one_code_in_two_files_is_refused(edited: Edit) -> None:
    path = edited(PILKADA, "versi: 1", "versi: 2")
    (path.parent / "salinan.yaml").write_bytes(path.read_bytes())
    with pytest.raises(InputError, match="`pilkada-2024` is already the code"):
        read_calendars(path.parent)


@pytest.mark.parametrize("name", ["pilkada_2029.yml", "pilkada_2029.yaml.txt", "pilkada_2029.YAML"])
def test_a_calendar_that_would_be_overlooked_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("kode: x\n", encoding="utf-8")
    with pytest.raises(InputError, match="would be overlooked"):
        read_calendars(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_calendars(tmp_path / "calendars")


def test_a_new_election_is_a_new_file_and_nothing_else(edited: Edit, calendars: dict[str, Calendar]) -> None:
    path = edited("calendars/psu_2025.yaml", "kode: psu-2025", "kode: psu-2031")
    (calendar,) = read_calendars(path.parent)
    assert calendar.code == "psu-2031"
    assert calendar.stages == calendars["psu-2025"].stages
