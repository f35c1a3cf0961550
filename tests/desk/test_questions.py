from __future__ import annotations

import pytest
from psycopg import Connection

from desk.conftest import Visit
from desk.seeding import Seed, form_of, leave_unconfirmed, pins_of, seed_package
from kabar.channels.account_address import account_address
from kabar.desk.desk import Desk
from kabar.desk.questions import Place, place_of
from kabar.desk.refusal import PageRefusal
from kabar.store import drafts, posts
from kabar.store.database import Database
from ledger import change


@pytest.fixture
def ask(db: Database, desk: Desk, as_officer: Visit) -> int:
    """An approved post that went into doubt and was looked for twice; gives the post's number."""
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))
    return leave_unconfirmed(db, 1, looks=2)


def state(db: Database) -> tuple[str, str | None, str | None]:
    with db.connection() as connection:
        row = drafts.draft(connection, 1)
        assert row is not None
        events = posts.events(connection, row["post_id"])
        return row["state"], row["permalink"], events[-1]["reason"]


def test_a_question_is_shown_in_its_scope_alone(ask: int, as_officer: Visit) -> None:
    assert f"kiriman-{ask}" in as_officer("humas_3204").get("/belum-pasti").text
    assert [item["post_id"] for item in as_officer("humas_32").get("/api/belum-pasti").json()] == [ask]


def test_no_question_is_a_page_of_its_own(as_officer: Visit) -> None:
    assert "Semua kiriman sudah jelas" in as_officer("humas_ri").get("/belum-pasti").text


def test_a_post_that_an_officer_saw_is_published(
    ask: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    humas = as_officer("humas_ri")
    link = "https://www.facebook.com/100200/posts/300400500"

    answer = humas.post(
        f"/belum-pasti/{ask}", data=form_of(desk, "humas_ri", answer="published", claim_number=1, place=link)
    )

    assert state(db)[:2] == ("published", link)
    assert "Kiriman dicatat sebagai terbit." in humas.get(answer.headers["location"]).text


def test_a_post_that_is_not_there_goes_out_again_with_its_reason_kept(
    ask: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    form = form_of(desk, "humas_ri", answer="absent", claim_number=1, reason="Halaman sudah dilihat")

    as_officer("humas_ri").post(f"/belum-pasti/{ask}", data=form)

    assert state(db) == ("approved", None, "Halaman sudah dilihat")


def test_past_its_time_a_post_that_is_not_there_is_closed_and_not_sent_again(
    ask: int, db: Database, desk: Desk, as_officer: Visit
) -> None:
    with db.connection() as connection:
        connection.execute(
            "update kabar.draft set publish_at = now() - interval '2 hours',"
            " not_after = now() - interval '1 hour'"
        )
    humas = as_officer("humas_ri")
    page = humas.get("/belum-pasti").text

    form = form_of(desk, "humas_ri", answer="absent", claim_number=1, reason="Halaman sudah dilihat")
    answer = humas.post(f"/belum-pasti/{ask}", data=form)

    assert "Catat sebagai tidak terbit" in page
    assert "Kirim ulang" not in page
    assert state(db)[0] == "expired"
    assert "Kiriman dicatat sebagai tidak terbit." in humas.get(answer.headers["location"]).text


def test_absent_is_no_answer_before_the_machine_has_looked_twice(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))
    post_id = leave_unconfirmed(db, 1, looks=1)
    form = form_of(desk, "humas_ri", answer="absent", claim_number=1, reason="Tidak sabar")

    answer = humas.post(f"/belum-pasti/{post_id}", data=form)

    assert answer.status_code == 409
    assert state(db)[0] == "unconfirmed"
    assert "Kirim ulang" not in humas.get("/belum-pasti").text


@pytest.mark.parametrize(
    ("username", "fields", "status"),
    [
        ("penyusun_ri", {"answer": "published", "place": "300400500"}, 403),
        ("humas_ri", {"answer": "published", "place": "javascript:alert(1)"}, 422),
        ("humas_ri", {"answer": "published", "place": "https://www.facebook.com/kpu"}, 422),
        ("humas_ri", {"answer": "published", "place": ""}, 422),
        ("humas_ri", {"answer": "absent", "reason": " "}, 422),
        ("humas_ri", {"answer": "maybe"}, 422),
        ("humas_ri", {"answer": "absent", "reason": "Dilihat", "claim_number": 7}, 409),
    ],
)
def test_an_answer_that_cannot_stand_changes_nothing(
    ask: int,
    db: Database,
    desk: Desk,
    as_officer: Visit,
    username: str,
    fields: dict[str, object],
    status: int,
) -> None:
    form = form_of(desk, username, **({"claim_number": 1} | fields))

    answer = as_officer(username).post(f"/belum-pasti/{ask}", data=form)

    assert answer.status_code == status
    assert state(db)[0] == "unconfirmed"


def test_a_question_outside_the_scope_cannot_be_answered(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("1101")])
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))
    post_id = leave_unconfirmed(db, 1, looks=2)
    form = form_of(desk, "humas_32", answer="absent", claim_number=1, reason="Bukan daerah saya")

    answer = as_officer("humas_32").post(f"/belum-pasti/{post_id}", data=form)

    assert answer.status_code == 404
    assert state(db)[0] == "unconfirmed"


def test_an_answer_wakes_the_run_that_waits_for_it(
    ask: int, database_url: str, desk: Desk, as_officer: Visit
) -> None:
    form = form_of(desk, "humas_ri", answer="absent", claim_number=1, reason="Halaman sudah dilihat")
    with Connection.connect(database_url, autocommit=True) as listener:
        listener.execute("listen kabar_decision")
        as_officer("humas_ri").post(f"/belum-pasti/{ask}", data=form)

        assert [notice.payload for notice in listener.notifies(timeout=5, stop_after=1)] == ["1"]


@pytest.mark.parametrize(
    ("pasted", "number"),
    [
        ("300400500", "300400500"),
        (" 100200_300400 ", "100200_300400"),
        ("https://www.facebook.com/100200/posts/300400500", "300400500"),
        ("https://www.facebook.com/permalink.php?story_fbid=300400500&id=100200", "300400500"),
        ("http://127.0.0.1:8090/100200_300400", "100200_300400"),
        ("https://x.com/i/web/status/1900000000000000001", "1900000000000000001"),
        ("https://t.me/sandbox_32/7", "7"),
    ],
)
def test_the_number_of_a_post_is_read_from_what_was_pasted(pasted: str, number: str) -> None:
    permalink = pasted if "://" in pasted else ""

    assert place_of(pasted) == Place(platform_id=number, permalink=permalink)


@pytest.mark.parametrize("pasted", ["", "kpu", "ftp://host/300400500", "https://www.facebook.com/kpu/", "12"])
def test_what_holds_no_number_of_a_post_is_refused(pasted: str) -> None:
    with pytest.raises(PageRefusal):
        place_of(pasted)


def test_the_evidence_stands_beside_the_question(ask: int, db: Database, as_officer: Visit) -> None:
    change(
        db,
        'update kabar.post p set handle = \'{"container": "17900", "status": "FINISHED"}\','
        " handle_of = v.content_hash || '@' || a.external_id,"
        ' evidence = \'[{"by": "answer", "said": "no answer in time"},'
        ' {"by": "reading", "found": false, "since": "2026-11-23T01:00:00+00:00",'
        ' "at": "2026-11-23T01:10:00+00:00"}]\''
        " from kabar.draft d join kabar.draft_version v on v.draft_id = d.id"
        " join kabar.account a on a.id = d.account_id where d.id = p.draft_id and p.id = %s",
        ask,
    )

    page = as_officer("humas_3204").get("/belum-pasti").text

    assert "<dt>container</dt><dd><code>17900</code></dd>" in page
    assert "<dt>status</dt><dd><code>FINISHED</code></dd>" in page
    assert "Jawaban platform: no answer in time" in page
    assert "Dicari sejak Senin, 23 November 2026 pukul 08.00 WIB: akunnya dibaca" in page
    assert "Sedang dikirim, sistem: mulai dikirim." in page
    assert "pencarian ke-2: tidak ditemukan di platform" in page
    assert 'href="https://www.facebook.com/' not in page


def test_the_accounts_own_page_is_one_press_away_where_it_is_real(
    ask: int, db: Database, as_officer: Visit
) -> None:
    assert ask
    change(db, "update kabar.account set usage = 'real'")

    assert 'href="https://www.facebook.com/73204"' in as_officer("humas_3204").get("/belum-pasti").text


@pytest.mark.parametrize(
    ("channel", "account_id", "address"),
    [
        ("x", "12", "https://x.com/i/user/12"),
        ("telegram", "@contoh", "https://t.me/contoh"),
        ("telegram", "-1001234", None),
        ("youtube", "UC" + "a" * 22, "https://www.youtube.com/channel/UC" + "a" * 22),
        ("youtube", "@contoh", "https://www.youtube.com/@contoh"),
        ("instagram", "17841", None),
        ("tiktok", "a/../b", "https://www.tiktok.com/@a%2F..%2Fb"),
    ],
)
def test_an_account_is_looked_at_where_its_id_leads(
    channel: str, account_id: str, address: str | None
) -> None:
    assert account_address(channel, account_id) == address
