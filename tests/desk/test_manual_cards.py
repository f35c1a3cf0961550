"""Manual cards: in one hand at a time, under the rules of every post, counted by their links."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from desk.conftest import Visit
from desk.seeding import NOW, Seed, desk_for, form_of, pins_of, seed_package
from kabar.desk.desk import Desk
from kabar.desk.manual_answers import take
from kabar.desk.refusal import PageRefusal
from kabar.pictures import Pictures
from kabar.store import decisions, drafts, packages, posts
from kabar.store.audit import verify_history
from kabar.store.database import Database
from ledger import change

LINK = "https://www.tiktok.com/@contoh_{code}/photo/73000000000000{code}"
DUE = Seed(
    "3204",
    channel="tiktok",
    account_id="contoh_3204",
    by_hand=True,
    usage="real",
    publish_at=NOW - timedelta(minutes=5),
    says_at=NOW - timedelta(minutes=5),
    not_after=NOW + timedelta(hours=5),
)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "pictures")


@pytest.fixture
def desk(db: Database, pictures: Pictures) -> Desk:
    """A desk that shows the pictures of the test."""
    return desk_for(db, now=lambda: NOW, pictures=pictures)


@pytest.fixture
def card(db: Database, desk: Desk, as_officer: Visit) -> int:
    """An approved card that is due; gives its draft's number."""
    return approved_card(db, desk, as_officer, DUE)


def approved_card(db: Database, desk: Desk, as_officer: Visit, seed: Seed, *, label: str = "H-7") -> int:
    later = replace(seed, publish_at=NOW + timedelta(hours=1), says_at=NOW + timedelta(hours=1))
    package_id = seed_package(db, [later], label=label)
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))
    with db.connection() as connection:
        connection.execute(
            "update kabar.draft set publish_at = %s where package_id = %s", (seed.publish_at, package_id)
        )
        (row,) = drafts.drafts(connection, package_id)
    return int(row["id"])


def act(client: TestClient, desk: Desk, who: str, path: str, **fields: object) -> str:
    """Send a form of a card's page and give the page that follows, or the refusal."""
    token = desk.seal.form_token(desk.tables().officers[who])
    answer = client.post(path, data={"form_token": token, **fields})
    return client.get(answer.headers["location"]).text if answer.status_code == 303 else answer.text


def state(db: Database, card: int) -> str:
    with db.connection() as connection:
        row = drafts.draft(connection, card)
    assert row is not None
    return str(row["state"])


def history(db: Database, card: int) -> list[tuple[str, str, str]]:
    with db.connection() as connection:
        row = drafts.draft(connection, card)
        assert row is not None
        return [
            (e["to_state"], e["changed_by"], e["reason"]) for e in posts.events(connection, row["post_id"])
        ]


def test_a_card_is_taken_posted_and_counted_by_its_link(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    penyusun = as_officer("penyusun_ri")
    act(penyusun, desk, "penyusun_ri", f"/kartu/{card}/ambil")
    page = act(
        penyusun, desk, "penyusun_ri", f"/kartu/{card}/tautan", link=LINK.format(code="3204") + "?si=abc"
    )

    assert "Unggahan dicatat sebagai terbit." in page
    assert LINK.format(code="3204") in page
    assert history(db, card)[-2:] == [
        ("sending", "penyusun_ri", "taken to be posted by hand"),
        ("published", "penyusun_ri", "posted by hand"),
    ]
    with db.connection() as connection:
        assert packages.count_by_state(connection, 1) == {"published": 1}
        assert posts.unread(connection) == []
        assert packages.unsettled_packages(connection) == []
        assert packages.doubles(connection, 1) == []
    with db.connection() as connection:
        assert verify_history(connection).findings == ()


def test_the_page_gives_text_link_hashtags_pictures_and_alt_text_to_copy(
    db: Database, desk: Desk, as_officer: Visit, pictures: Pictures
) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(drawn, "JPEG")
    sha256 = pictures.put(drawn.getvalue())
    seed = replace(DUE, pictures=(sha256,), alt_text="Poster jadwal pendaftaran.")
    card = approved_card(db, desk, as_officer, seed)
    humas = as_officer("humas_3204")

    page = act(humas, desk, "humas_3204", f"/kartu/{card}/ambil")

    copied = re.findall(r"<textarea[^>]* readonly[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    assert copied[0].endswith("https://www.kpu.go.id/\n\n#KPUMelayani")
    assert copied[1] == "Poster jadwal pendaftaran."
    assert "<script" not in page
    picture = humas.get(f"/kartu/{card}/gambar/1.jpg")
    assert picture.content == drawn.getvalue()
    assert picture.headers["content-disposition"] == f'attachment; filename="kartu-{card}-1.jpg"'
    assert humas.get(f"/kartu/{card}/gambar/2.jpg").status_code == 404
    assert as_officer("humas_32").get(f"/kartu/{card}/gambar/1.jpg").status_code == 200


def test_a_card_is_in_one_hand_at_a_time(card: int, db: Database, desk: Desk, as_officer: Visit) -> None:
    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/ambil")
    other = as_officer("humas_32")

    answer = act(other, desk, "humas_32", f"/kartu/{card}/ambil")
    page = other.get(f"/kartu/{card}").text

    assert "tidak dapat diambil" in answer
    assert "Sedang diunggah oleh <b>Humas KPU Kabupaten Bandung</b>" in page
    assert "readonly" not in page
    assert history(db, card)[-1][1] == "humas_3204"


def test_taking_a_card_twice_is_taking_it_once(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    humas = as_officer("humas_3204")
    act(humas, desk, "humas_3204", f"/kartu/{card}/ambil")
    before = history(db, card)

    page = act(humas, desk, "humas_3204", f"/kartu/{card}/ambil")

    assert "di tangan Anda" in page
    assert history(db, card) == before


def test_two_officers_who_press_at_the_same_moment_get_one_card(card: int, db: Database, desk: Desk) -> None:
    together = Barrier(2)
    outcomes: list[str] = []

    def press(username: str) -> None:
        officer = desk.tables().officers[username]
        together.wait()
        try:
            with db.connection() as connection:
                outcomes.append(take(connection, card, officer=officer, tables=desk.tables()) or "taken")
        except PageRefusal:
            outcomes.append("refused")

    threads = [Thread(target=press, args=(name,)) for name in ("humas_32", "humas_3204")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "taken"]


def test_a_card_that_was_given_back_can_be_taken_by_another(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/ambil")
    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/kembalikan", claim_number=1)

    act(as_officer("humas_32"), desk, "humas_32", f"/kartu/{card}/ambil")

    assert [step[:2] for step in history(db, card)[-3:]] == [
        ("sending", "humas_3204"),
        ("approved", "humas_3204"),
        ("sending", "humas_32"),
    ]


def test_nobody_gives_back_what_another_holds(card: int, db: Database, desk: Desk, as_officer: Visit) -> None:
    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/ambil")

    act(as_officer("humas_32"), desk, "humas_32", f"/kartu/{card}/kembalikan", claim_number=1)

    assert state(db, card) == "sending"


def test_a_forgotten_card_becomes_a_question_and_nobody_can_take_it(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/ambil")
    change(db, "update kabar.post set lease_until = now() - interval '1 second'")
    with db.connection() as connection:
        assert packages.unsettled_packages(connection) == [1]
        posts.doubt_lapsed(connection, worker="reconcile")
    humas = as_officer("humas_32")

    refused = act(humas, desk, "humas_32", f"/kartu/{card}/ambil")
    page = humas.get(f"/kartu/{card}").text

    assert "tidak dapat diambil" in refused
    assert "Belum pasti apakah sudah diunggah" in page
    assert "readonly" not in page
    with db.connection() as connection:
        assert posts.unconfirmed(connection) == []
        assert packages.unsettled_packages(connection) == []


def test_an_answered_question_about_a_card_needs_no_reading(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/ambil")
    change(db, "update kabar.post set lease_until = now() - interval '1 second'")
    with db.connection() as connection:
        posts.doubt_lapsed(connection, worker="reconcile")
        row = drafts.draft(connection, card)
        assert row is not None
    humas = as_officer("humas_32")
    page = humas.get("/belum-pasti").text

    form = form_of(desk, "humas_32", answer="absent", claim_number=1, reason="Akunnya sudah dilihat")
    humas.post(f"/belum-pasti/{row['post_id']}", data=form)

    assert "Boleh diunggah lagi" in page
    assert state(db, card) == "approved"


def test_a_late_link_settles_the_question(card: int, db: Database, desk: Desk, as_officer: Visit) -> None:
    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/ambil")
    change(db, "update kabar.post set lease_until = now() - interval '1 second'")
    with db.connection() as connection:
        posts.doubt_lapsed(connection, worker="reconcile")

    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/tautan", link=LINK.format(code="3204"))

    assert state(db, card) == "published"


def test_nobody_keeps_a_card_for_longer_than_its_words_are_true(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    change(db, "update kabar.draft set not_after = now() + interval '4 minutes'")

    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/ambil")

    with db.connection() as connection:
        row = connection.execute(
            "select p.lease_until = d.not_after as is_short from kabar.post p join kabar.draft d on true"
        ).fetchone()
        standing = decisions.package_standing(connection, 1)
    assert row == {"is_short": True}
    assert standing.next_expiry_at is not None
    assert (standing.due, standing.open) == (0, 1)


def test_a_stop_is_shown_and_its_card_cannot_be_taken(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    change(
        db,
        "insert into kabar.stop (channel, reason, raised_by) values ('tiktok', 'Akun diretas', 'humas_ri')",
    )
    humas = as_officer("humas_3204")

    shown = humas.get(f"/kartu/{card}").text
    answer = act(humas, desk, "humas_3204", f"/kartu/{card}/ambil")

    assert "Jangan unggah: dihentikan: Akun diretas" in shown
    assert "Kartu ini tidak boleh diunggah." in answer
    assert state(db, card) == "held"
    assert "jangan diunggah" in humas.get("/kartu").text


def test_a_stop_cannot_reach_a_card_in_hand_and_says_so_to_its_holder(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    humas = as_officer("humas_3204")
    act(humas, desk, "humas_3204", f"/kartu/{card}/ambil")
    change(db, "insert into kabar.stop (reason, raised_by) values ('Akun diretas', 'humas_ri')")

    page = humas.get(f"/kartu/{card}").text
    others = as_officer("humas_32").get(f"/kartu/{card}").text

    assert "Jangan unggah: dihentikan: Akun diretas" in page
    assert "readonly" not in page
    assert "Beri tahu Humas KPU Kabupaten Bandung sekarang" in others


def test_what_citizens_see_is_recorded_also_under_a_stop_and_too_late(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    change(
        db,
        "update kabar.draft set publish_at = now() - interval '2 hours',"
        " not_after = now() - interval '1 minute'",
    )
    change(db, "insert into kabar.stop (reason, raised_by) values ('Akun diretas', 'humas_ri')")
    with db.connection() as connection:
        posts.expire(connection, worker="late")
    assert state(db, card) == "expired"

    act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/tautan", link=LINK.format(code="3204"))

    assert state(db, card) == "published"


def test_a_card_that_nobody_posted_in_time_expires_like_others(
    card: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    change(
        db,
        "update kabar.draft set publish_at = now() - interval '2 hours',"
        " not_after = now() - interval '1 minute'",
    )
    humas = as_officer("humas_3204")

    answer = act(humas, desk, "humas_3204", f"/kartu/{card}/ambil")

    assert "batas akhir terbit lewat" in answer
    assert state(db, card) == "expired"
    assert "kedaluwarsa" in humas.get("/kartu").text


def test_a_card_is_not_posted_before_its_time(db: Database, desk: Desk, as_officer: Visit) -> None:
    early = replace(DUE, publish_at=NOW + timedelta(hours=2))
    card = approved_card(db, desk, as_officer, early)
    humas = as_officer("humas_3204")

    answer = act(humas, desk, "humas_3204", f"/kartu/{card}/ambil")
    link = act(humas, desk, "humas_3204", f"/kartu/{card}/tautan", link=LINK.format(code="3204"))

    assert "tidak dapat diambil" in answer
    assert "tidak dapat dicatat" in link
    assert state(db, card) == "approved"
    assert "Belum waktunya" in humas.get(f"/kartu/{card}").text


def test_one_link_is_one_card(db: Database, desk: Desk, as_officer: Visit) -> None:
    first = approved_card(db, desk, as_officer, DUE)
    second = approved_card(db, desk, as_officer, DUE, label="H-1")
    humas = as_officer("humas_3204")
    act(humas, desk, "humas_3204", f"/kartu/{first}/tautan", link=LINK.format(code="3204"))

    answer = act(humas, desk, "humas_3204", f"/kartu/{second}/tautan", link=LINK.format(code="3204") + "?x=1")

    assert "Tautan ini sudah dipakai" in answer
    assert state(db, second) == "approved"


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://www.tiktok.com/@orang_lain/photo/73000000000000001", "milik akun lain"),
        ("https://www.tiktok.com/@contoh_3204", "tidak menunjuk satu unggahan"),
        ("https://www.youtube.com/post/Ugkx1234567890abc", "bukan dari TikTok"),
        ("sudah saya unggah", "diawali https://"),
    ],
)
def test_a_link_that_cannot_be_it_changes_nothing(
    card: int, db: Database, desk: Desk, as_officer: Visit, link: str, words: str
) -> None:
    answer = act(as_officer("humas_3204"), desk, "humas_3204", f"/kartu/{card}/tautan", link=link)

    assert words in answer
    assert state(db, card) == "approved"


def test_a_supervisor_reads_and_posts_nothing(card: int, db: Database, desk: Desk, as_officer: Visit) -> None:
    pengawas = as_officer("pengawas_ri")

    act(pengawas, desk, "pengawas_ri", f"/kartu/{card}/ambil")

    assert "hanya dapat membaca" in pengawas.get(f"/kartu/{card}").text
    assert state(db, card) == "approved"


def test_a_card_outside_the_scope_does_not_exist(db: Database, desk: Desk, as_officer: Visit) -> None:
    card = approved_card(db, desk, as_officer, replace(DUE, satker_code="1101", account_id="contoh_1101"))
    humas = as_officer("humas_3204")

    assert humas.get(f"/kartu/{card}").status_code == 404
    assert "Tidak ada kartu" in humas.get("/kartu").text
    assert humas.get("/api/kartu").json() == []
    act(humas, desk, "humas_3204", f"/kartu/{card}/ambil")
    assert state(db, card) == "approved"


def test_a_draft_that_a_machine_sends_is_no_card(db: Database, desk: Desk, as_officer: Visit) -> None:
    card = approved_card(db, desk, as_officer, replace(DUE, by_hand=False))

    assert as_officer("humas_ri").get(f"/kartu/{card}").status_code == 404


def test_no_worker_ever_gets_a_card(card: int, db: Database) -> None:
    assert card
    with db.connection() as connection:
        assert posts.due(connection) == []
        assert packages.connections(connection) == []
        assert decisions.package_standing(connection, 1).due == 0


def test_the_form_of_another_site_takes_no_card(card: int, db: Database, as_officer: Visit) -> None:
    answer = as_officer("humas_3204").post(f"/kartu/{card}/ambil", data={"form_token": "x"})

    assert answer.status_code == 403
    assert state(db, card) == "approved"


def test_beranda_says_how_many_cards_wait(card: int, as_officer: Visit) -> None:
    assert card
    assert "1 kartu manual" in as_officer("humas_3204").get("/").text
