from __future__ import annotations

from pathlib import Path

import pytest

from kabar.keeping.remarks import Remark, remarks_on
from kabar.pattern import read_patterns
from kabar.satker import read_satker
from kabar.settings import REPOSITORY

INCLUDE = REPOSITORY / "include"
PATTERNS = read_patterns(INCLUDE / "tonggak.yaml")
SATKER = read_satker(INCLUDE / "satker.csv")
SHIPPED = (INCLUDE / "calendars/pilkada_2024.yaml").read_text(encoding="utf-8")


def remarks(tmp_path: Path, text: str) -> list[Remark]:
    """What is said about a text that is not said about the shipped calendar."""
    shipped, amended = tmp_path / "shipped.yaml", tmp_path / "amended.yaml"
    shipped.write_text(SHIPPED, encoding="utf-8")
    amended.write_text(text, encoding="utf-8")
    known = {one.sentence for one in remarks_on(shipped, satker=SATKER, patterns=PATTERNS)}
    found = remarks_on(amended, satker=SATKER, patterns=PATTERNS)
    return [one for one in found if one.sentence not in known]


def in_stage(slug: str, old: str, new: str) -> str:
    """The shipped calendar with other words in one stage."""
    head, mark, rest = SHIPPED.partition(f"  - id: {slug}\n")
    body, more, tail = rest.partition("\n  - id: ")
    assert body.count(old) >= 1, body
    return head + mark + body.replace(old, new, 1) + more + tail


@pytest.mark.parametrize(
    ("slug", "old", "new", "law"),
    [
        ("pindah-memilih-h30", "selesai: 2024-10-28", "selesai: 2024-10-27", "H-30"),
        ("pindah-memilih-h7", "selesai: 2024-11-20", "selesai: 2024-11-21", "H-7"),
        ("masa-tenang", "mulai: 2024-11-24", "mulai: 2024-11-25", "three days"),
        ("masa-tenang", "selesai: 2024-11-26", "selesai: 2024-11-25", "day before polling"),
        ("kampanye", "selesai: 2024-11-23", "selesai: 2024-11-22", "before masa tenang"),
        ("pembagian-c-pemberitahuan", "selesai: 2024-11-24", "selesai: 2024-11-25", "notified"),
    ],
)
def test_a_day_that_the_distance_from_polling_refuses_is_wrong(
    tmp_path: Path, slug: str, old: str, new: str, law: str
) -> None:
    found = remarks(tmp_path, in_stage(slug, old, new))

    assert [one.severity for one in found if law in one.sentence] == ["wrong"]


def test_notices_may_be_delivered_earlier_than_the_last_day(tmp_path: Path) -> None:
    text = in_stage("pembagian-c-pemberitahuan", "selesai: 2024-11-24", "selesai: 2024-11-20")

    assert remarks(tmp_path, text) == []


def test_a_stage_that_begins_before_the_one_it_follows_is_over_is_wrong(tmp_path: Path) -> None:
    text = in_stage("pindah-memilih-h7", "mulai: 2024-10-29", "mulai: 2024-10-28")

    found = remarks(tmp_path, text)

    assert [one.severity for one in found] == ["wrong"]
    assert "before pindah-memilih-h30 is over (2024-10-28)" in found[0].sentence


def test_a_child_that_leaves_its_parent_is_doubtful(tmp_path: Path) -> None:
    text = in_stage("coklit", "mulai: 2024-06-24", "mulai: 2024-05-24")

    found = remarks(tmp_path, text)

    assert [(one.severity, "begins before its parent" in one.sentence) for one in found] == [
        ("doubtful", True)
    ]


def test_a_source_that_nothing_cites_is_doubtful(tmp_path: Path) -> None:
    text = SHIPPED.replace(
        "sumber:\n", "sumber:\n  tak-dipakai: {url: 'https://www.kpu.go.id/x', jenis: kpu}\n", 1
    )

    found = remarks(tmp_path, text)

    assert [one.severity for one in found] == ["doubtful"]
    assert "tak-dipakai vouches for nothing" in found[0].sentence
    assert text.splitlines()[(found[0].line or 0) - 1].startswith("  tak-dipakai")


def test_one_page_under_two_names_is_wrong(tmp_path: Path) -> None:
    page = SHIPPED.partition("  sabangmerauke: ")[2].partition("\n")[0]
    text = SHIPPED.replace("  sabangmerauke: ", f"  kembar: {page}\n  sabangmerauke: ", 1)

    found = remarks(tmp_path, text)

    assert {"one page is one source" in one.sentence for one in found if one.severity == "wrong"} == {True}


def test_a_status_takes_as_many_pages_as_it_promises(tmp_path: Path) -> None:
    text = in_stage(
        "rekap-dpt-provinsi", "status: satu_sumber\n    catatan", "status: terverifikasi\n    catatan"
    )

    found = remarks(tmp_path, text)

    assert len(found) == 1
    assert "takes 2 pages; it names 1" in found[0].sentence


def test_a_stage_that_only_memory_knows_is_doubtful(tmp_path: Path) -> None:
    text = in_stage("rekap-dpt-provinsi", "status: satu_sumber\n    catatan", "status: ingatan\n    catatan")

    assert ["memory only" in one.sentence for one in remarks(tmp_path, text)] == [True]


def test_a_deadline_of_days_needs_what_it_counts_from(tmp_path: Path) -> None:
    text = SHIPPED.replace(", hari: 5, acuan: pemberitahuan_brpk}", ", hari: 5}", 1)

    assert ["needs both" in one.sentence for one in remarks(tmp_path, text)] == [True]


def test_the_same_stage_twice_is_doubtful(tmp_path: Path) -> None:
    stage = (
        "  - id: rekap-provinsi\n"
        + SHIPPED.partition("  - id: rekap-provinsi\n")[2].partition("\n  - id: ")[0]
    )
    text = SHIPPED.replace(
        "  - id: rekap-provinsi\n",
        stage.replace("rekap-provinsi", "rekap-kembar", 1) + "\n  - id: rekap-provinsi\n",
        1,
    )

    found = remarks(tmp_path, text)

    assert [one.severity for one in found if "says the same as" in one.sentence] == ["doubtful"]


def test_polling_without_masa_tenang_is_doubtful(tmp_path: Path) -> None:
    text = SHIPPED.replace("  - id: masa-tenang\n", "  - id: hari-hening\n", 1)

    assert any("no stage masa-tenang" in one.sentence for one in remarks(tmp_path, text))


def test_an_hour_after_the_tps_have_closed_is_wrong(tmp_path: Path) -> None:
    text = in_stage("pemungutan-suara", "selesai: '13:00'", "selesai: '11:30'")

    (remark,) = remarks(tmp_path, text)

    assert remark.severity == "wrong"
    assert "`H.1200` at 12.00 is never said: it is over at 11.30" in remark.sentence
