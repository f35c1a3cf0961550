"""The list of 553 satker: what it holds, and every mistake in it named with its line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from shipped_tables import INCLUDE, Edit, line_of

from kabar.errors import InputError
from kabar.satker import Satker, read_satker

SIAK = "1408,Komisi Pemilihan Umum Kabupaten Siak,KPU Kabupaten Siak,kabupaten,14,Riau"


def test_there_are_one_national_38_provincial_416_kabupaten_and_98_kota_satker(
    satker: tuple[Satker, ...],
) -> None:
    assert Counter(one.kind for one in satker) == {"ri": 1, "provinsi": 38, "kabupaten": 416, "kota": 98}


def test_the_elections_of_2024_are_37_gubernur_415_bupati_93_walikota(satker: tuple[Satker, ...]) -> None:
    counted = Counter(one.own_election for one in satker)
    assert (counted["gubernur"], counted["bupati"], counted["walikota"]) == (37, 415, 93)


def test_zones_are_319_wib_162_wita_71_wit_and_kpu_ri(satker: tuple[Satker, ...]) -> None:
    assert Counter(one.zone for one in satker) == {"WIB": 320, "WITA": 162, "WIT": 71}
    assert satker[0].short_name == "KPU RI"


def test_the_24_satker_of_aceh_are_kip(satker: tuple[Satker, ...]) -> None:
    kip = [one for one in satker if one.is_kip]
    assert len(kip) == 24
    assert all(one.official_name.startswith("Komisi Independen Pemilihan") for one in kip)


def test_satker_come_in_the_order_of_their_codes(satker: tuple[Satker, ...]) -> None:
    codes = [one.code for one in satker]
    assert codes == sorted(codes)


def test_a_satker_knows_its_zone_its_province_and_its_superior(by_code: dict[str, Satker]) -> None:
    buru = by_code["8104"]
    assert (buru.timezone, buru.province_code, buru.parent) == (ZoneInfo("Asia/Jayapura"), "81", "81")
    assert by_code["00"].parent is None


def test_equal_codes_are_the_same_satker_in_a_set(satker: tuple[Satker, ...]) -> None:
    assert len({*satker, *read_satker(INCLUDE / "satker.csv")}) == 553


@pytest.mark.parametrize(
    ("before", "after", "key", "remedy"),
    [
        pytest.param(SIAK, SIAK.replace("1408", "14O8"), "kode", "4 digits", id="letter O for zero"),
        pytest.param(SIAK, SIAK.replace("1408", "140"), "kode", "`0140`", id="a lost digit"),
        pytest.param("\n00,", "\n0,", "kode", "Write `00`", id="Excel drops a zero"),
        pytest.param(SIAK, SIAK.replace("1408", "1407"), "kode_kemendagri", "14.07", id="another code"),
        pytest.param(SIAK, SIAK.replace(",14,", ",15,"), "kode_induk", "Write `14`", id="wrong superior"),
        pytest.param(SIAK, SIAK.replace("kabupaten", "kabupatn"), "jenis", "`kabupaten`", id="typo in kind"),
        pytest.param(SIAK, SIAK.replace("Riau", "Riao"), "provinsi", "Write `Riau`", id="other province"),
        pytest.param(SIAK, f" {SIAK}", "kode", "Remove the blank", id="a blank before the code"),
        pytest.param(SIAK, SIAK.replace("Komisi P", "Kmisi P"), "nama_resmi", "Komisi", id="official name"),
        pytest.param(SIAK, SIAK.replace("KPU Kabupaten Siak", ""), "nama_pendek", "text", id="empty name"),
        pytest.param(
            SIAK,
            SIAK.replace("KPU Kabupaten Siak", "KPU Kabupaten Bengkalis"),
            "nama_pendek",
            "own name",
            id="a name twice",
        ),
        pytest.param(SIAK, SIAK + ",lebih", "row", "double quotes", id="one cell too many"),
        pytest.param(SIAK, '"' + SIAK, "row", "quotes", id="an open quote"),
    ],
)
def test_a_wrong_row_is_named_with_its_line_and_remedy(
    edited: Edit, before: str, after: str, key: str, remedy: str
) -> None:
    path = edited("satker.csv", before, after)
    with pytest.raises(InputError) as caught:
        read_satker(path)
    lines = {line_of("satker.csv", before.strip()), line_of("satker.csv", before.strip()) + 1}
    assert caught.value.file == path
    assert caught.value.line in lines
    assert caught.value.key == key
    assert remedy in caught.value.remedy


def change_row(path: Path, code: str, changes: dict[str, str]) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    header = lines[0].split(",")
    row = next(number for number, line in enumerate(lines) if line.startswith(f"{code},"))
    cells = dict(zip(header, lines[row].split(","), strict=True)) | changes
    lines[row] = ",".join(cells.values())
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "key", "remedy"),
    [
        pytest.param({"zona_singkat": "WIBB"}, "zona_singkat", "`WIB`", id="typo in the zone"),
        pytest.param(
            {"zona_waktu": "Asia/Makassar"}, "zona_waktu", "Asia/Jakarta", id="zone and name differ"
        ),
        pytest.param(
            {"zona_singkat": "WITA", "zona_waktu": "Asia/Makassar"}, "zona_singkat", "`WIB`", id="other zone"
        ),
        pytest.param({"pemilihan_2024": "walikota"}, "pemilihan_2024", "`bupati`", id="another's election"),
        pytest.param(
            {"pemilihan_di_wilayah": "gubernur"}, "pemilihan_di_wilayah", "`;`", id="own election left out"
        ),
        pytest.param(
            {"pemilihan_di_wilayah": "gubernur;bupti"},
            "pemilihan_di_wilayah.2",
            "`bupati`",
            id="election typo",
        ),
        pytest.param({"kode_kemendagri": "14.8"}, "kode_kemendagri", "14.08", id="Excel makes it a number"),
    ],
)
def test_a_cell_that_disagrees_with_the_rest_is_named(
    edited: Edit, changes: dict[str, str], key: str, remedy: str
) -> None:
    path = edited("satker.csv", "kode", "kode")
    change_row(path, "1408", changes)
    with pytest.raises(InputError) as caught:
        read_satker(path)
    assert (caught.value.line, caught.value.key) == (line_of("satker.csv", SIAK), key)
    assert remedy in caught.value.remedy


def test_a_doubled_code_is_named_on_its_second_line(edited: Edit) -> None:
    whole = next(line for line in (INCLUDE / "satker.csv").read_text("utf-8").split("\n") if SIAK in line)
    path = edited("satker.csv", whole, f"{whole}\n{whole}")
    with pytest.raises(InputError, match="stands twice") as caught:
        read_satker(path)
    assert caught.value.line == line_of("satker.csv", SIAK) + 1


def test_a_row_out_of_order_is_named(edited: Edit) -> None:
    whole = next(line for line in (INCLUDE / "satker.csv").read_text("utf-8").split("\n") if SIAK in line)
    path = edited("satker.csv", f"{whole}\n", "")
    path.write_text(path.read_text("utf-8").rstrip("\n") + f"\n{whole}\n", encoding="utf-8")
    with pytest.raises(InputError, match="out of order"):
        read_satker(path)


def test_a_missing_row_is_found_by_counting(edited: Edit) -> None:
    whole = next(line for line in (INCLUDE / "satker.csv").read_text("utf-8").split("\n") if SIAK in line)
    path = edited("satker.csv", f"{whole}\n", "")
    with pytest.raises(InputError, match=r"415 satker have `kabupaten`, but 416 are known"):
        read_satker(path)


def test_a_missing_province_is_named_on_the_row_below_it(edited: Edit) -> None:
    whole = next(
        line for line in (INCLUDE / "satker.csv").read_text("utf-8").split("\n") if line[:3] == "14,"
    )
    path = edited("satker.csv", f"{whole}\n", "")
    with pytest.raises(InputError, match="no row `14` above"):
        read_satker(path)
