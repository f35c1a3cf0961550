from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from desk.seeding import BLOCK, FIRST_DAY, NOW, SATKER, WARN, Seed, leave_unconfirmed, seed_package
from kabar.desk.decide import Pin, decide
from kabar.desk.desk import Desk
from kabar.store import drafts
from kabar.store.database import Database

Keep = Callable[[Page, str], None]
DESKTOP, PHONE = 1200, 360
SIZES = pytest.mark.parametrize("width", [DESKTOP, PHONE])
MESSAGE = (
    "Pendaftaran pasangan calon dimulai tujuh hari lagi.\n\n"
    "Partai politik dan calon perseorangan mendaftar di kantor KPU setempat, Selasa, 27 Agustus sampai "
    "Kamis, 29 Agustus 2024. Baca syaratnya sebelum datang.\n\nDasar: Peraturan KPU Nomor 2 Tahun 2024"
)
EVERY_PAGE = (
    "/",
    "/paket/1",
    "/paket/1/setujui-semua",
    "/draf/30",
    "/belum-pasti",
    "/setelah-terbit",
    "/ralat/pilih?fakta=dasar",
)


@pytest.fixture
def package(db: Database, desk: Desk) -> int:
    """A rehearsal of the whole nation with four exceptions and one post in doubt."""
    played = Seed("", message=MESSAGE, says_at=FIRST_DAY, publish_at=NOW + timedelta(hours=3, minutes=10))
    odd = {"3204": (WARN,), "3273": (BLOCK,), "1101": (WARN,), "8101": (BLOCK, WARN)}
    seeds = [replace(played, satker_code=code, findings=odd.get(code, ())) for code in SATKER if code != "00"]
    number = seed_package(db, seeds, as_rehearsal=True)
    with db.connection() as connection:
        first = drafts.drafts(connection, number, at_most=1)[0]
    decide(
        db,
        desk.tables().officers["humas_ri"],
        [Pin(first["id"], first["content_hash"])],
        verdict="approve",
        reason="",
        request_key="package",
        satker=SATKER,
    )
    leave_unconfirmed(db, first["id"], looks=2)
    return number


def provinces(page: Page) -> set[str]:
    return {text.split("\n")[0] for text in page.locator(".drafts section > h2").all_inner_texts()}


def press_until_focused(page: Page, key: str, selector: str) -> None:
    """Walk the page by keyboard until an element has the focus, as somebody without a mouse would."""
    for _ in range(120):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached by {key}")


@SIZES
def test_a_province_is_approved_by_filter_and_one_confirmation(
    package: int, visit: Open, keep: Keep, width: int
) -> None:
    page = visit("/", width=width)
    keep(page, "beranda")
    page.get_by_role("link", name="Pendaftaran pasangan calon: H-7").click()
    page.get_by_label("Provinsi", exact=True).select_option("32")
    page.get_by_role("button", name="Terapkan").click()
    assert page.url.endswith(f"/paket/{package}?provinsi=32&keadaan=&temuan=")
    keep(page, "paket")
    page.get_by_role("link", name="Setujui semua yang bebas temuan (26)").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Setujui 26 naskah?")
    keep(page, "setujui-semua")
    page.get_by_role("button", name="Ya, setujui 26 naskah").click()

    expect(page.get_by_role("status")).to_contain_text("26 naskah disetujui.")
    keep(page, "hasil")


@SIZES
def test_a_draft_is_approved_by_keyboard_alone(package: int, visit: Open, width: int) -> None:
    page = visit(f"/paket/{package}?provinsi=32&temuan=ada", width=width)

    press_until_focused(page, "Tab", "input[type=checkbox]")
    page.keyboard.press("Space")
    press_until_focused(page, "Tab", "button[value=approve]")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("1 naskah disetujui.")


def test_the_enter_key_on_a_box_decides_nothing(package: int, visit: Open) -> None:
    page = visit(f"/paket/{package}?provinsi=32", width=DESKTOP)

    press_until_focused(page, "Tab", "input[type=checkbox]")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_count(0)
    expect(page.locator(".draft .state.planned").first).to_be_visible()


@SIZES
def test_a_refusal_asks_for_its_reason_first(package: int, visit: Open, keep: Keep, width: int) -> None:
    page = visit(f"/paket/{package}?provinsi=32&temuan=ada", width=width)
    page.get_by_role("checkbox").first.check()
    page.get_by_text("Tolak yang dipilih …").click()
    page.get_by_role("button", name="Tolak yang dipilih").click()
    expect(page.get_by_label("Alasan penolakan")).to_be_focused()
    expect(page.get_by_role("status")).to_have_count(0)

    page.get_by_label("Alasan penolakan").fill("Kalimatnya terlalu panjang.")
    keep(page, "tolak")
    page.get_by_role("button", name="Tolak yang dipilih").click()

    expect(page.get_by_role("status")).to_contain_text("1 naskah ditolak.")
    expect(page.get_by_text("Kalimatnya terlalu panjang.")).to_be_visible()


@SIZES
@pytest.mark.usefixtures("package")
def test_a_draft_is_rewritten_and_waits_for_another_officer(visit: Open, keep: Keep, width: int) -> None:
    page = visit("/draf/30", width=width)
    page.get_by_label("Naskah", exact=True).fill("Naskah yang lebih pendek.")
    page.get_by_role("button", name="Simpan sebagai versi 2").click()

    expect(page.get_by_role("status")).to_contain_text("Pejabat lain yang harus menyetujuinya.")
    expect(page.get_by_role("button", name="Setujui naskah ini")).to_have_count(0)
    keep(page, "draf")


@SIZES
@pytest.mark.usefixtures("package")
def test_a_question_is_answered(visit: Open, keep: Keep, width: int) -> None:
    page = visit("/belum-pasti", width=width)
    keep(page, "belum-pasti")
    page.get_by_label("Tautan atau nomor kiriman").fill("https://www.facebook.com/100200/posts/300400500")
    page.get_by_role("button", name="Catat sebagai terbit").click()

    expect(page.get_by_role("status")).to_contain_text("Kiriman dicatat sebagai terbit.")


@SIZES
@pytest.mark.usefixtures("package")
def test_no_page_is_wider_than_its_window(visit: Open, width: int) -> None:
    widths = {}
    for path in EVERY_PAGE:
        page = visit(path, width=width)
        widths[path] = page.evaluate("document.scrollingElement.scrollWidth")

    assert all(found <= width for found in widths.values()), widths


@pytest.mark.usefixtures("package")
def test_every_target_on_a_phone_is_large_enough_for_a_thumb(visit: Open) -> None:
    page = visit("/paket/1?provinsi=32", width=PHONE)

    heights = page.locator("button:visible, .button:visible, select, input[type=checkbox]").evaluate_all(
        "all => all.map(one => Math.round(one.getBoundingClientRect().height))"
    )

    assert min(heights) >= 24


def test_an_empty_desk_says_what_will_come(visit: Open, keep: Keep) -> None:
    page = visit("/", width=PHONE)

    expect(page.get_by_role("heading", name="Belum ada paket naskah")).to_be_visible()
    keep(page, "kosong")


@pytest.fixture
def standing(package: int, db: Database) -> int:
    """The same package with two posts that stand, one of them not found again."""
    with db.connection() as connection:
        connection.execute(
            "update kabar.post set state = 'approved', lease_until = now() where draft_id in (40, 41)"
        )
        connection.execute(
            "update kabar.post set state = 'published', platform_id = '10_' || id, published_at = now(),"
            " permalink = 'https://www.facebook.com/10/posts/' || id, changed_by = 'worker-1',"
            " reason = 'the platform named the post in its answer' where draft_id in (40, 41)"
        )
        connection.execute("update kabar.post set missing_at = now() where draft_id = 41")
        connection.execute("update kabar.post set confirmed_at = now() where draft_id = 40")
    return package


@SIZES
@pytest.mark.usefixtures("standing")
def test_every_post_with_a_wrong_fact_is_withdrawn_and_corrected_in_one_decision(
    db: Database, visit: Open, keep: Keep, width: int
) -> None:
    page = visit("/setelah-terbit", width=width)
    expect(page.get_by_text("tidak terlihat lagi di akunnya")).to_be_visible()
    keep(page, "setelah-terbit")
    page.get_by_role("link", name="Tarik atau ralat banyak kiriman").click()
    page.get_by_label("Fakta yang keliru").select_option("dasar")
    page.get_by_role("button", name="Lihat isinya").click()
    keep(page, "ralat-pilih")
    page.get_by_role("link", name="Peraturan KPU Nomor 2 Tahun 2024").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tarik atau ralat 2 kiriman?")
    page.get_by_label("Alasan").fill("Dasar hukumnya keliru.")
    keep(page, "ralat")
    page.get_by_role("button", name="Tarik saja").click()

    expect(page.get_by_role("status")).to_contain_text("2 kiriman sedang ditarik.")
    with db.connection() as connection:
        connection.execute(
            "update kabar.withdrawal set state = 'manual',"
            " said = 'Nothing is taken down on telegram by machine.' where id = 1"
        )
    page.reload()
    keep(page, "setelah-terbit-tugas")
    page.get_by_label("Sudah Anda hapus?").fill("Sudah tidak ada di akun.")
    page.get_by_role("button", name="Tandai sudah ditarik").click()
    expect(page.get_by_role("status")).to_contain_text("Kiriman dicatat sebagai ditarik.")
