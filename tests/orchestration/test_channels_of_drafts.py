"""Which channels a satker's drafts are written for, and which of them show a poster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kabar.orchestration.drafting import draft_tonggak
from kabar.orchestration.tables import Tables
from kabar.settings import Settings
from kabar.store import drafts
from kabar.store.database import Database
from kabar.tonggak import tonggak_of

HEADER = "kode_satker,kanal,id_akun,nama_akun,pemakaian,koneksi,nomor_sk,tanggal_sk,aktif"
DECREE = "1/HM/2024,2024-01-02"
#: Two channels with a poster, one of them switched off, and Facebook, which previews the link.
ROWS = (
    f"3204,facebook,73204,Uji,nyata,sandbox,{DECREE},ya",
    f"3204,instagram,83204,Uji,nyata,sandbox,{DECREE},ya",
    f"3204,x,93204,Uji,nyata,sandbox,{DECREE},tidak",
    f"1101,facebook,71101,Uji,nyata,sandbox,{DECREE},ya",
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    registry = tmp_path / "accounts.csv"
    registry.write_text("\n".join([HEADER, *ROWS, ""]), encoding="utf-8")
    monkeypatch.setenv("KABAR_ACCOUNTS", str(registry))
    monkeypatch.setenv("KABAR_PICTURES", str(tmp_path / "pictures"))
    return Settings.from_environment()


def drafted(url: str, db: Database, settings: Settings) -> list[dict[str, Any]]:
    """Draft the first day of registration; gives the drafts of the two satker."""
    tables = Tables.read(settings)
    calendar = tables.calendar("pilkada-2024")
    stage = tables.stage(calendar, "pendaftaran-paslon")
    (tonggak,) = [one for one in tonggak_of(calendar, stage, tables.patterns) if one.key.endswith("|H")]
    made = draft_tonggak(
        url,
        tables,
        settings,
        calendar=calendar,
        stage=stage,
        tonggak=tonggak,
        rehearsal=None,
        dag_id="tahapan__pilkada-2024__pendaftaran-paslon",
        run_id="scheduled__H",
    )
    with db.connection() as connection:
        found = drafts.drafts(connection, made.package_id)
    return [one for one in found if one["satker_code"] in {"1101", "3204"}]


def test_a_satker_owes_facebook_and_every_channel_on_which_it_has_an_account(
    db: Database, database_url: str, settings: Settings
) -> None:
    found = drafted(database_url, db, settings)

    assert [(one["satker_code"], one["channel"]) for one in found] == [
        ("1101", "facebook"),
        ("3204", "facebook"),
        ("3204", "instagram"),
        ("3204", "x"),
    ]
    # The account on X is switched off: its silence is seen, and nothing can be approved for it.
    assert [one["satker_code"] for one in found if one["findings"]] == ["3204"]
    assert [one["channel"] for one in found if one["findings"]] == ["x"]


def test_a_channel_with_posters_gets_the_satkers_own_and_says_what_it_says(
    db: Database, database_url: str, settings: Settings
) -> None:
    by_channel = {
        one["channel"]: one for one in drafted(database_url, db, settings) if one["satker_code"] == "3204"
    }

    assert by_channel["facebook"]["pictures"] == []
    assert by_channel["facebook"]["alt_text"] == ""
    (sha256,) = by_channel["instagram"]["pictures"]
    assert by_channel["x"]["pictures"] == [sha256]
    assert "KPU Kabupaten Bandung" in by_channel["instagram"]["alt_text"]
    with Image.open(settings.picture_store.path(sha256)) as poster:
        assert (poster.format, poster.size) == ("JPEG", (1080, 1350))


def test_drafting_again_draws_the_same_picture_and_changes_no_wording(
    db: Database, database_url: str, settings: Settings
) -> None:
    first = drafted(database_url, db, settings)

    again = drafted(database_url, db, settings)

    assert [(one["version"], one["content_hash"]) for one in again] == [
        (one["version"], one["content_hash"]) for one in first
    ]
