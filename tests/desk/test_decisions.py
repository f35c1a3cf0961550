from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from desk.conftest import Visit
from desk.seeding import BLOCK, NOW, SATKER, Seed, form_of, pins_of, seed_nation, seed_package, states
from kabar.desk.decide import Outcome, Pin, decide
from kabar.desk.desk import Desk
from kabar.store import drafts
from kabar.store.database import Database

JSON = {"accept": "application/json"}


def decisions_in(db: Database) -> Sequence[dict[str, Any]]:
    with db.connection() as connection:
        return connection.execute("select * from kabar.decision order by id").fetchall()


def test_ticked_drafts_are_approved_and_the_others_wait(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204"), Seed("3205"), Seed("3206")])
    humas = as_officer("humas_ri")
    pins = pins_of(humas, package_id)

    answer = humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins[:2]), headers=JSON)

    assert answer.json() | {"decided": 2, "denied": {}} == answer.json()
    assert states(humas, package_id) == ["approved", "approved", "planned"]


def test_a_person_is_led_back_to_the_page_with_the_result_on_top(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    form = form_of(desk, "humas_ri", item=pins_of(humas, package_id), back=f"paket/{package_id}?provinsi=32")

    answer = humas.post("/putusan", data=form)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/paket/{package_id}?provinsi=32&hasil=")
    assert "1 naskah disetujui." in humas.get(answer.headers["location"]).text


def test_the_button_of_one_draft_decides_that_draft_alone(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204"), Seed("3205")])
    humas = as_officer("humas_ri")
    first, second = pins_of(humas, package_id)
    form = form_of(desk, "humas_ri", approve_one=second, item=[first])
    del form["verdict"]

    humas.post("/putusan", data=form)

    assert states(humas, package_id) == ["planned", "approved"]


def test_a_refusal_keeps_its_reason(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    form = form_of(
        desk, "humas_ri", verdict="refuse", reason="Jam layanan keliru", items=pins_of(humas, package_id)[0]
    )

    humas.post("/putusan", data=form)

    assert states(humas, package_id) == ["refused"]
    assert decisions_in(db)[0]["reason"] == "Jam layanan keliru"
    assert "Jam layanan keliru" in humas.get(f"/paket/{package_id}").text


def test_a_refusal_without_a_reason_decides_nothing(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    form = form_of(desk, "humas_ri", verdict="refuse", reason="  ", item=pins_of(humas, package_id))

    answer = humas.post("/putusan", data=form)

    assert answer.status_code == 422
    assert "Alasan belum diisi" in answer.text
    assert decisions_in(db) == []


def test_the_same_form_decides_once_however_often_it_arrives(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204"), Seed("3205")])
    humas = as_officer("humas_ri")
    form = form_of(desk, "humas_ri", item=pins_of(humas, package_id))

    first = humas.post("/putusan", data=form, headers=JSON)
    second = humas.post("/putusan", data=form, headers=JSON)
    page = humas.get(humas.post("/putusan", data=form | {"back": f"paket/{package_id}"}).headers["location"])

    assert first.json()["decided"] == 2
    assert (second.status_code, second.json()["decided"], second.json()["denied"]) == (
        200,
        0,
        {"repeated": 2},
    )
    assert "Putusan ini sudah tercatat." in page.text
    assert len(decisions_in(db)) == 2


def test_two_clicks_at_the_same_moment_decide_once(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204"), Seed("3205")])
    pins = [pin.split(":") for pin in pins_of(as_officer("humas_ri"), package_id)]

    def click(_: int) -> Outcome:
        return decide(
            db,
            desk.tables().officers["humas_ri"],
            [Pin(int(number), digest) for number, digest in pins],
            verdict="approve",
            reason="",
            request_key="one form",
            satker=SATKER,
        )

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(click, range(8)))

    assert sorted(len(outcome.decided) for outcome in outcomes) == [0] * 7 + [2]
    assert len(decisions_in(db)) == 2


@pytest.mark.parametrize(("username", "decided"), [("humas_ri", 4), ("humas_32", 2), ("humas_3204", 1)])
def test_an_officer_decides_inside_the_scope_alone(
    db: Database, desk: Desk, as_officer: Visit, username: str, decided: int
) -> None:
    package_id = seed_package(db, [Seed("11"), Seed("3201"), Seed("3204"), Seed("7301")])
    pins = pins_of(as_officer("humas_ri"), package_id)

    answer = as_officer(username).post("/putusan", data=form_of(desk, username, item=pins), headers=JSON)

    assert answer.json()["decided"] == decided
    assert answer.json()["denied"] == ({"scope": 4 - decided} if decided < 4 else {})


@pytest.mark.parametrize("username", ["penyusun_ri", "pengawas_ri"])
def test_writers_and_watchers_decide_nothing(
    db: Database, desk: Desk, as_officer: Visit, username: str
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    client = as_officer(username)

    answer = client.post(
        "/putusan", data=form_of(desk, username, item=pins_of(client, package_id)), headers=JSON
    )

    assert (answer.status_code, answer.json()["denied"]) == (409, {"role": 1})
    assert decisions_in(db) == []
    assert "Setujui yang dipilih" not in client.get(f"/paket/{package_id}").text


def test_a_wording_that_changed_after_it_was_shown_is_not_decided(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    pins = pins_of(as_officer("humas_ri"), package_id)
    writer = form_of(desk, "penyusun_ri", message="Lain dari tadi.", version=1)
    as_officer("penyusun_ri").post(f"/draf/{pins[0].split(':')[0]}/naskah", data=writer)

    humas = as_officer("humas_ri")
    answer = humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins), headers=JSON)

    assert (answer.status_code, answer.json()["denied"]) == (409, {"changed": 1})
    assert states(humas, package_id) == ["planned"]


def test_a_block_finding_is_approved_by_nobody(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204", findings=(BLOCK,))])
    humas = as_officer("humas_ri")

    answer = humas.post(
        "/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)), headers=JSON
    )

    assert answer.json()["denied"] == {"findings": 1}


def test_a_late_approval_is_put_off_and_says_until_when(db: Database, desk: Desk, as_officer: Visit) -> None:
    late = Seed("3204", publish_at=NOW - timedelta(minutes=5), says_at=NOW - timedelta(minutes=5))
    package_id = seed_package(db, [late])
    humas = as_officer("humas_ri")
    form = form_of(desk, "humas_ri", item=pins_of(humas, package_id), back=f"paket/{package_id}")

    answer = humas.post("/putusan", data=form)

    text = humas.get(answer.headers["location"]).text
    assert "1 naskah sudah melewati jam terbitnya dan dijadwalkan ulang pukul" in text
    with db.connection() as connection:
        assert drafts.drafts(connection, package_id)[0]["publish_at"] > NOW + timedelta(minutes=29)


def test_drafts_that_do_not_exist_are_counted_and_harmless(desk: Desk, as_officer: Visit) -> None:
    form = form_of(desk, "humas_ri", items=f"999999:{'a' * 64}")

    answer = as_officer("humas_ri").post("/putusan", data=form, headers=JSON)

    assert (answer.status_code, answer.json()["unknown"]) == (409, 1)


@pytest.mark.parametrize(
    "broken",
    [
        {"items": "1:abc"},
        {"items": "x" * 70},
        {"verdict": "publish"},
        {"request_key": "twice"},
        {"back": "https://example.org/"},
        {"back": "//example.org"},
        {"approve_one": f"1:{'a' * 64}"},
        {"reason": "a" * 1001},
    ],
)
def test_a_form_that_no_page_of_ours_made_is_refused(
    desk: Desk, as_officer: Visit, broken: dict[str, str]
) -> None:
    answer = as_officer("humas_ri").post("/putusan", data=form_of(desk, "humas_ri", **broken))

    assert answer.status_code == 422
    assert "Isian tidak lengkap" in answer.text


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"sec-fetch-site": "cross-site"}, None),
        ({"sec-fetch-site": "same-site"}, None),
        ({"sec-fetch-site": "none"}, None),
        ({"sec-fetch-site": "same-origin"}, "0" * 32),
        ({"sec-fetch-site": "same-origin"}, ""),
    ],
)
def test_a_form_from_elsewhere_is_refused(
    db: Database, desk: Desk, as_officer: Visit, headers: dict[str, str], token: str | None
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    form = form_of(desk, "humas_ri", item=pins_of(humas, package_id))

    answer = humas.post(
        "/putusan", data=form if token is None else form | {"form_token": token}, headers=headers
    )

    assert answer.status_code == 403
    assert decisions_in(db) == []


def test_another_officers_token_does_not_fit(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")

    answer = humas.post("/putusan", data=form_of(desk, "humas_32", item=pins_of(humas, package_id)))

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("origin", "status"), [("http://testserver", 303), ("http://elsewhere", 403), ("null", 403)]
)
def test_an_old_browser_shows_its_origin_instead(
    db: Database, desk: Desk, as_officer: Visit, origin: str, status: int
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    form = form_of(desk, "humas_ri", item=pins_of(humas, package_id))
    del humas.headers["sec-fetch-site"]

    assert humas.post("/putusan", data=form, headers={"origin": origin}).status_code == status


def test_a_form_without_any_sign_of_its_origin_is_refused(desk: Desk, as_officer: Visit) -> None:
    humas = as_officer("humas_ri")
    del humas.headers["sec-fetch-site"]

    assert humas.post("/putusan", data=form_of(desk, "humas_ri")).status_code == 403


def test_a_result_that_somebody_else_wrote_is_not_shown(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")])

    text = as_officer("humas_ri").get(f"/paket/{package_id}?hasil=eyJoZWFkaW5nIjoiaGkifQ").text

    assert 'role="status"' not in text


def test_a_decision_wakes_who_waits_for_its_package(
    db: Database, database_url: str, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    with Connection.connect(database_url, autocommit=True) as listener:
        listener.execute("listen kabar_decision")
        humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))

        notices = [notice.payload for notice in listener.notifies(timeout=5, stop_after=1)]

    assert notices == [str(package_id)]


def test_one_request_decides_a_package_of_the_whole_nation(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_nation(db, Seed(""))
    humas = as_officer("humas_ri")
    form = form_of(desk, "humas_ri", items=" ".join(pins_of(humas, package_id)))

    answer = humas.post("/putusan", data=form, headers=JSON)

    assert answer.json()["decided"] == 552
    assert set(states(humas, package_id)) == {"approved"}
