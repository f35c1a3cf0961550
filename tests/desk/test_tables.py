from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from kabar.desk.tables import read_tables
from kabar.errors import InputError
from kabar.settings import Settings

HEAD = "nama_pengguna,jabatan,peran,lingkup\n"
ROW = "humas_ri,Humas KPU RI,penyetuju,nasional\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The shipped tables with an officers' file of our own."""
    file = tmp_path / "officers.csv"
    file.write_text(HEAD + ROW)
    return replace(Settings.from_environment(), officers_file=file)


def save(settings: Settings, text: str) -> None:
    """Save as an editor would; file systems may keep coarse times, so the new one is set by hand."""
    settings.officers_file.write_text(text)
    later = settings.officers_file.stat().st_mtime_ns + 1_000_000_000
    os.utime(settings.officers_file, ns=(later, later))


def test_an_officer_whose_row_is_deleted_loses_the_desk_without_a_restart(settings: Settings) -> None:
    assert set(read_tables(settings).officers) == {"humas_ri"}

    save(settings, HEAD)

    assert read_tables(settings).officers == {}


def test_a_file_that_did_not_change_is_not_parsed_again(settings: Settings) -> None:
    assert read_tables(settings).satker is read_tables(settings).satker


def test_a_broken_row_closes_the_desk_instead_of_leaving_officers_out(settings: Settings) -> None:
    save(settings, HEAD + ROW + "humas_99,Humas,penyetuju,provinsi:99\n")

    with pytest.raises(InputError, match=r"officers\.csv:3"):
        read_tables(settings)


def test_a_missing_file_says_so(settings: Settings) -> None:
    settings.officers_file.unlink()

    with pytest.raises(InputError, match=r"officers\.csv"):
        read_tables(settings)
