"""A manual card on a phone: taken, copied, loaded down, posted elsewhere, and its link pasted back."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from browser.conftest import Open
from desk.seeding import NOW, SATKER, Seed, desk_for, seed_package
from kabar.desk.decide import Pin, decide
from kabar.desk.desk import Desk
from kabar.pictures import Pictures
from kabar.store import drafts
from kabar.store.database import Database
from ledger import change

Keep = Callable[[Page, str], None]
SIZES = pytest.mark.parametrize("width", [1200, 360])
LINK = "https://www.tiktok.com/@contoh_3204/photo/7300000000000003204?is_from_webapp=1"
MESSAGE = (
    "Pendaftaran pasangan calon dimulai tujuh hari lagi.\n\n"
    "Partai politik dan calon perseorangan mendaftar di kantor KPU setempat, Selasa, 27 Agustus sampai "
    "Kamis, 29 Agustus 2024. Baca syaratnya sebelum datang.\n\nDasar: Peraturan KPU Nomor 2 Tahun 2024"
)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path)


@pytest.fixture
def desk(db: Database, pictures: Pictures) -> Desk:
    return desk_for(db, now=lambda: NOW, pictures=pictures)


@pytest.fixture
def cards(db: Database, desk: Desk, pictures: Pictures) -> list[int]:
    """Three approved cards: one is due, one is under a stop, one comes later; gives their drafts' numbers."""
    drawn = io.BytesIO()
    Image.new("RGB", (1080, 1350), "#473a6b").save(drawn, "JPEG")
    seed = Seed(
        "3204",
        message=MESSAGE,
        channel="tiktok",
        account_id="contoh_3204",
        by_hand=True,
        usage="real",
        pictures=(pictures.put(drawn.getvalue()),),
        alt_text="Poster KPU Kabupaten Bandung: pendaftaran pasangan calon 27 sampai 29 Agustus 2024.",
        not_after=NOW + timedelta(hours=7),
        publish_at=NOW + timedelta(hours=2),
    )
    stopped = replace(seed, satker_code="1101", channel="whatsapp", account_id="contoh")
    later = replace(seed, satker_code="3273", channel="youtube", account_id="UC" + "a" * 22)
    package_id = seed_package(db, [seed, stopped, later])
    with db.connection() as connection:
        rows = drafts.drafts(connection, package_id)
    decide(
        db,
        desk.tables().officers["humas_ri"],
        [Pin(row["id"], row["content_hash"]) for row in rows],
        verdict="approve",
        reason="",
        request_key="cards",
        satker=SATKER,
    )
    change(
        db, "update kabar.draft set publish_at = %s where channel <> 'youtube'", NOW - timedelta(minutes=5)
    )
    change(
        db,
        "insert into kabar.stop (channel, reason, raised_by) values ('whatsapp', 'Akun diretas', 'humas_ri')",
    )
    number = {row["channel"]: row["id"] for row in rows}
    return [number["tiktok"], number["whatsapp"], number["youtube"]]


@SIZES
@pytest.mark.usefixtures("cards")
def test_a_card_is_posted_by_hand(visit: Open, keep: Keep, width: int) -> None:
    page = visit("/", width=width)
    keep(page, "kartu-beranda")
    page.get_by_role("link", name="Buka kartu manual").click()
    keep(page, "kartu-daftar")
    page.get_by_role("link", name="KPU Kabupaten Bandung").click()
    keep(page, "kartu-sebelum")
    page.get_by_role("button", name="Ambil kartu ini untuk diunggah").click()
    page.evaluate("document.activeElement.blur()")
    keep(page, "kartu-di-tangan")

    expect(page.get_by_label("Teks (ketuk, pilih semua, salin)")).to_have_value(
        f"{MESSAGE}\n{SATKER['3204'].short_name}\n\nhttps://www.kpu.go.id/\n\n#KPUMelayani"
    )
    assert page.locator(".picture img").evaluate("one => one.complete && one.naturalWidth") == 1080
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Unduh gambar 1").click()
    assert downloading.value.suggested_filename.endswith("-1.jpg")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    page.get_by_label("Tautan unggahan di TikTok").fill(LINK)
    keep(page, "kartu-tautan")
    page.get_by_role("button", name="Catat sebagai terbit").click()

    expect(page.get_by_role("status")).to_contain_text("Unggahan dicatat sebagai terbit.")
    keep(page, "kartu-selesai")


@SIZES
def test_no_page_of_cards_is_wider_than_its_window(
    cards: list[int], visit: Open, keep: Keep, width: int
) -> None:
    for path in ("/kartu", *(f"/kartu/{number}" for number in cards)):
        page = visit(path, width=width)
        keep(page, path.strip("/").replace("/", "-"))
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, path
