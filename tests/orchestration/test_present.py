"""A round follows the files: what an editor saves between two claims counts for the second."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kabar.orchestration.present import calendar_versions, official_names, take_over_registry
from kabar.sandbox.running import RunningSandbox
from kabar.settings import REPOSITORY, Settings
from kabar.store.database import Database
from ledger import CONNECTION, approved, counted, rows
from orchestration.test_publishing import publish

HEADER = "kode_satker,kanal,id_akun,nama_akun,pemakaian,koneksi,nomor_sk,tanggal_sk,aktif"


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped tables that a test may edit."""
    folder = tmp_path / "include"
    shutil.copytree(REPOSITORY / "include", folder)
    monkeypatch.setenv("KABAR_INCLUDE", str(folder))
    return folder


def save(file: Path, old: str, new: str) -> None:
    """An editor saves a file; its time moves on by more than a file system can tell apart."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    later = file.stat().st_mtime_ns + 1_000_000_000
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    os.utime(file, ns=(later, later))


def write_registry(include: Path, sandbox: RunningSandbox, *, active: str) -> None:
    page = sandbox.page_id("3204")
    row = f"3204,facebook,{page},KPU Kabupaten Bandung,gladi,{CONNECTION},,,{active}"
    (include / "accounts.csv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")


def test_an_amended_calendar_is_known_to_the_next_claim(include: Path) -> None:
    versions = calendar_versions(Settings.from_environment())
    assert versions["pilkada-2024"] == 1

    save(include / "calendars" / "pilkada_2024.yaml", "versi: 1", "versi: 2")

    assert versions["pilkada-2024"] == 2


def test_a_calendar_that_cannot_be_read_is_missing(include: Path) -> None:
    versions = calendar_versions(Settings.from_environment())

    save(include / "calendars" / "pilkada_2024.yaml", "versi: 1", "versi: satu")

    assert "pilkada-2024" not in versions
    assert "psu-2025" in versions


def test_a_renamed_satker_is_known_to_the_next_claim(include: Path) -> None:
    names = official_names(Settings.from_environment())
    old = names["3204"]

    save(include / "satker.csv", old, f"{old} Raya")

    assert names["3204"] == f"{old} Raya"
    assert len(names) == 553
    assert set(names) >= {"00", "3204"}


def test_a_table_that_cannot_be_read_any_more_leaves_what_it_said_before(include: Path) -> None:
    names = official_names(Settings.from_environment())
    old = names["3204"]

    save(include / "satker.csv", "\n3204,", "\nxx04,")

    assert names["3204"] == old


def test_a_hand_edit_of_the_registry_is_heeded_by_the_next_round(
    include: Path, warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, ["3204", "1101"])
    write_registry(include, sandbox, active="tidak")

    assert publish(package_id, "WIB") == {"published": 1, "left": 1}

    row = rows(warehouse, package_id)["3204"]
    assert (row.state, row.reason) == ("held", "the satker has no active account on this channel")
    assert counted(sandbox) == (1, 0)


def test_a_registry_that_says_the_same_is_not_written_again(
    include: Path, warehouse: Database, sandbox: RunningSandbox
) -> None:
    approved(warehouse, ["3204"])
    write_registry(include, sandbox, active="ya")
    settings = Settings.from_environment()

    with warehouse.connection() as connection:
        assert take_over_registry(connection, settings) == 1
        assert take_over_registry(connection, settings) == 0


def test_a_registry_that_cannot_be_read_stops_nobody(
    include: Path, warehouse: Database, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    package_id = approved(warehouse, ["3204"])
    write_registry(include, sandbox, active="mungkin")

    assert publish(package_id, "WIB") == {"published": 1}
    assert "accounts.csv" in caplog.text
