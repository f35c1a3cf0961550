"""Stopping and amending in a real browser: readable on a phone, plain about what they do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from desk.seeding import Seed, seed_package
from desk.test_amending import approve_in_store, desk, draft, include, publish, put_off, rows
from kabar.desk.desk import Desk
from kabar.store import stops
from kabar.store.database import Database
from kabar.store.stops import StopScope

#: This desk reads tables that a test may edit; the browser visits it.
__all__ = ["desk", "include"]

Keep = Callable[[Page, str], None]
SIZES = pytest.mark.parametrize("width", [1200, 360])


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@SIZES
def test_a_stop_is_raised_by_typing_its_scope_and_stands_on_every_page(
    db: Database, visit: Open, keep: Keep, width: int
) -> None:
    seed_package(db, [Seed("3204"), Seed("3273"), Seed("1101")])
    page = visit("/hentikan", width=width)
    keep(page, "hentikan")
    assert fits(page)
    page.get_by_label("Wilayah atau satker").select_option("provinsi:32")
    page.get_by_role("button", name="Lanjut ke konfirmasi").click()
    page.get_by_label("Alasan (wajib)").fill("Gempa bumi di Bandung")
    page.get_by_label("Ketik lingkupnya").fill("jawa barat")
    keep(page, "hentikan-konfirmasi")
    assert fits(page)
    page.get_by_role("button", name="Hentikan sekarang").click()

    expect(page.get_by_role("alert")).to_contain_text("Dihentikan: Jawa Barat")
    expect(page.get_by_role("status")).to_contain_text("Penghentian berlaku sekarang")
    keep(page, "penghentian")
    assert fits(page)
    page.get_by_role("link", name="Beranda").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Gempa bumi di Bandung")
    keep(page, "beranda-dihentikan")
    with db.connection() as connection:
        assert [StopScope.of(row) for row in stops.standing_stops(connection)] == [
            StopScope(province_code="32")
        ]


@SIZES
def test_an_amended_calendar_is_read_and_applied(
    db: Database, desk: Desk, database_url: str, include: Path, visit: Open, keep: Keep, width: int
) -> None:
    first, last = draft(database_url, "H"), draft(database_url, "H-7")
    approve_in_store(db, desk, first)
    publish(db, rows(db, first)["3520"]["post_id"])
    put_off(include)
    page = visit("/", width=width)
    keep(page, "beranda-kalender")
    page.get_by_role("link", name="Lihat perubahannya").click()
    page.get_by_role("link", name="PSU Pilkada 2024").click()
    # The page renders every draft of the calendar anew, and there is no document to measure before it comes.
    expect(page.get_by_label("Ketik untuk memastikan")).to_be_visible()
    keep(page, "kalender")
    assert fits(page)
    page.get_by_label("Ketik untuk memastikan").fill("versi 2")
    page.get_by_role("button", name="Terapkan versi 2").click()

    expect(page.get_by_role("status")).to_contain_text("Kalender versi 2 diterapkan")
    expect(page.get_by_role("heading", name="Perlu ralat atau penarikan (1)")).to_be_visible()
    keep(page, "kalender-diterapkan")
    assert fits(page)
    assert {row["state"] for row in rows(db, last).values()} == {"planned"}


@SIZES
def test_what_did_not_go_out_is_listed_with_its_reason(
    db: Database, visit: Open, keep: Keep, width: int
) -> None:
    seed_package(db, [Seed("3204"), Seed("3273")])
    with db.connection() as connection:
        connection.execute(
            "update kabar.post set state = 'expired', reason = 'nobody decided before the not-after time'"
        )
    page = visit("/tidak-terbit", width=width)
    expect(page.get_by_role("heading", name="Kedaluwarsa (2)")).to_be_visible()
    expect(page.get_by_text("tidak ada putusan sampai batas akhir terbit").first).to_be_visible()
    keep(page, "tidak-terbit")
    assert fits(page)
