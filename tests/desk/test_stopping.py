"""Stops in Meja Humas: raised and lifted by those who may, seen by all, plain about what they cannot hold."""

from __future__ import annotations

import html
import threading
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from desk.conftest import Visit
from desk.seeding import NOW, Seed, form_of, leave_unconfirmed, pins_of, seed_package, states
from kabar.desk.desk import Desk
from kabar.posting.states import Claim
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY
from kabar.store import posts, stops
from kabar.store.database import Database
from kabar.store.ledger import PostgresLedger
from kabar.store.stops import StopScope
from ledger import SATKER, Worker, approved, counted, due
from ledger import states as ledger_states

NATION = "seluruh Indonesia"
JSON = {"accept": "application/json"}


def stop_form(desk: Desk, username: str, **fields: object) -> dict[str, object]:
    usual = {"typed": NATION, "reason": "gempa bumi"} | fields
    return {key: value for key, value in form_of(desk, username, **usual).items() if key != "verdict"}


def standing(db: Database) -> list[StopScope]:
    with db.connection() as connection:
        return [StopScope.of(row) for row in stops.standing_stops(connection)]


def raised(db: Database, **scope: str) -> int:
    with db.connection() as connection:
        return stops.raise_stop(connection, StopScope(**scope), reason="gempa bumi", raised_by="humas_ri")


def approve_all(desk: Desk, humas: TestClient, package_id: int) -> None:
    form = form_of(desk, "humas_ri", item=pins_of(humas, package_id))
    assert humas.post("/putusan", data=form).status_code == 303


def test_a_stop_is_asked_for_in_words_and_numbers_before_it_is_raised(
    db: Database, as_officer: Visit
) -> None:
    seed_package(db, [Seed("3204"), Seed("1101")])
    humas = as_officer("humas_ri")
    chosen = "wilayah=provinsi:32&tahapan=pilkada-2024|pendaftaran-paslon&kanal=facebook"

    text = html.unescape(humas.get(f"/hentikan/konfirmasi?{chosen}").text)

    assert "Hentikan Jawa Barat, Pilkada Serentak 2024, Pendaftaran pasangan calon, Facebook?" in text
    assert "<b>1</b> menunggu" in text
    assert standing(db) == []


@pytest.mark.parametrize(
    ("chosen", "typed", "scope"),
    [
        ({}, NATION, StopScope()),
        ({"wilayah": "provinsi:32"}, "jawa  BARAT", StopScope(province_code="32")),
        ({"wilayah": "satker:3204"}, SATKER["3204"].short_name, StopScope(satker_code="3204")),
        (
            {"tahapan": "pilkada-2024"},
            f"{NATION}, Pilkada Serentak 2024",
            StopScope(calendar="pilkada-2024"),
        ),
        (
            {"tahapan": "pilkada-2024|pendaftaran-paslon", "kanal": "x"},
            f"{NATION}, Pilkada Serentak 2024, Pendaftaran pasangan calon, X",
            StopScope(calendar="pilkada-2024", stage="pendaftaran-paslon", channel="x"),
        ),
    ],
)
def test_an_officer_who_types_the_scope_stops_it(
    db: Database, desk: Desk, as_officer: Visit, chosen: dict[str, str], typed: str, scope: StopScope
) -> None:
    form = stop_form(desk, "humas_ri", typed=typed, **chosen)

    answer = as_officer("humas_ri").post("/hentikan", data=form)

    assert answer.status_code == 303
    assert standing(db) == [scope]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"typed": "Jawa Barat"}, 422),
        ({"typed": ""}, 422),
        ({"reason": "  "}, 422),
        ({"ends": "2020-01-01T10:00"}, 422),
        ({"ends": "besok"}, 422),
        ({"wilayah": "provinsi:99"}, 422),
        ({"tahapan": "pilkada-2024|tidak-ada"}, 422),
        ({"tahapan": "pilkada-1999"}, 422),
        ({"kanal": "radio"}, 422),
        ({"form_token": "lain"}, 403),
    ],
)
def test_a_stop_that_is_not_meant_or_stops_nobody_is_refused(
    db: Database, desk: Desk, as_officer: Visit, changed: dict[str, str], status: int
) -> None:
    form = stop_form(desk, "humas_ri") | changed

    assert as_officer("humas_ri").post("/hentikan", data=form).status_code == status
    assert standing(db) == []


@pytest.mark.parametrize(
    ("username", "place", "words", "status"),
    [
        ("penyusun_ri", "", NATION, 403),
        ("pengawas_ri", "", NATION, 403),
        ("humas_32", "", NATION, 403),
        ("humas_32", "provinsi:33", "Jawa Tengah", 403),
        ("humas_32", "satker:3301", SATKER["3301"].short_name, 403),
        ("humas_3204", "provinsi:32", "Jawa Barat", 403),
        ("humas_3204", "satker:3273", SATKER["3273"].short_name, 403),
        ("humas_32", "provinsi:32", "Jawa Barat", 303),
        ("humas_32", "satker:3204", SATKER["3204"].short_name, 303),
        ("humas_3204", "satker:3204", SATKER["3204"].short_name, 303),
    ],
)
def test_an_officer_stops_only_what_is_theirs(
    db: Database, desk: Desk, as_officer: Visit, username: str, place: str, words: str, status: int
) -> None:
    form = stop_form(desk, username, wilayah=place, typed=words)

    assert as_officer(username).post("/hentikan", data=form).status_code == status
    assert len(standing(db)) == (status == 303)


def test_the_form_offers_an_officer_only_what_is_theirs(as_officer: Visit) -> None:
    text = as_officer("humas_32").get("/hentikan").text

    assert 'value="provinsi:32"' in text
    assert 'value="satker:3204"' in text
    assert 'value="provinsi:33"' not in text
    assert "Seluruh Indonesia" not in text
    assert 'value="satker:3273"' not in as_officer("humas_3204").get("/hentikan").text


def test_a_double_click_raises_one_stop(db: Database, desk: Desk, as_officer: Visit) -> None:
    humas, form = as_officer("humas_ri"), stop_form(desk, "humas_ri")

    first, second = (humas.post("/hentikan", data=form) for _ in range(2))

    assert len(standing(db)) == 1
    assert first.headers["location"].split("?")[0] == second.headers["location"].split("?")[0]


def test_an_end_is_read_on_the_officers_own_clock(db: Database, desk: Desk, as_officer: Visit) -> None:
    at = (NOW + timedelta(days=1)).replace(hour=3, minute=0, second=0, microsecond=0)
    form = stop_form(desk, "humas_ri", ends=f"{at:%Y-%m-%d}T10:00")

    as_officer("humas_ri").post("/hentikan", data=form)

    with db.connection() as connection:
        (stop,) = stops.standing_stops(connection)
    assert stop["ends_at"] == at


@pytest.mark.parametrize("path", ["/", "/belum-pasti", "/hentikan", "/paket/{}"])
def test_every_page_says_what_is_stopped(db: Database, as_officer: Visit, path: str) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_3204")
    assert "Dihentikan" not in humas.get(path.format(package_id)).text

    raised(db, province_code="32")

    text = humas.get(path.format(package_id)).text
    assert "<b>Dihentikan: Jawa Barat</b>" in text
    assert "gempa bumi" in text


def test_a_stop_of_others_is_not_an_officers_business(db: Database, as_officer: Visit) -> None:
    number = raised(db, province_code="33")
    humas = as_officer("humas_3204")

    assert "Dihentikan" not in humas.get("/").text
    assert humas.get(f"/hentikan/{number}").status_code == 404


def test_a_reason_is_shown_as_text(db: Database, as_officer: Visit) -> None:
    with db.connection() as connection:
        stops.raise_stop(connection, StopScope(), reason="<script>alert(1)</script>", raised_by="humas_ri")

    assert "<script>" not in as_officer("humas_ri").get("/hentikan").text


def test_lifting_needs_the_scope_typed_and_the_right_to_it(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    number = raised(db, province_code="32")
    place = f"/hentikan/{number}/cabut"

    assert (
        as_officer("pengawas_ri")
        .post(place, data=stop_form(desk, "pengawas_ri", typed="Jawa Barat"))
        .status_code
        == 403
    )
    assert (
        as_officer("humas_3204")
        .post(place, data=stop_form(desk, "humas_3204", typed="Jawa Barat"))
        .status_code
        == 403
    )
    assert (
        as_officer("humas_32").post(place, data=stop_form(desk, "humas_32", typed="Jabar")).status_code == 422
    )
    assert len(standing(db)) == 1

    humas = as_officer("humas_32")
    assert humas.post(place, data=stop_form(desk, "humas_32", typed="Jawa Barat")).status_code == 303
    assert standing(db) == []
    text = humas.get("/hentikan").text
    assert "Sudah berakhir" in text
    assert "Dicabut Humas KPU Provinsi Jawa Barat" in text


def test_a_stop_says_what_it_cannot_reach(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204"), Seed("3273"), Seed("1101"), Seed("3301")])
    humas = as_officer("humas_ri")
    approve_all(desk, humas, package_id)
    numbers = {item["satker_code"]: item["id"] for item in humas.get(f"/api/paket/{package_id}").json()}
    leave_unconfirmed(db, numbers["3273"], looks=0)
    with db.connection() as connection:
        sending = posts.take_claim(connection, _post(db, numbers["3204"]), worker="w", lease_seconds=60)
        published = posts.take_claim(connection, _post(db, numbers["1101"]), worker="w", lease_seconds=60)
        posts.record_published(
            connection,
            post_id=published.post_id,
            claim_number=1,
            platform_id="10_1",
            permalink=None,
            published_at=NOW,
            worker="w",
            reason="found by reading",
            evidence=[],
        )

    answer = humas.post("/hentikan", data=stop_form(desk, "humas_ri"), headers=JSON).json()

    assert answer["being_sent"] == [sending.post_id]
    assert answer["in_doubt"] == [_post(db, numbers["3273"])]
    assert (answer["in_hand"], answer["published"]) == ([], 1)
    text = humas.get(f"/hentikan/{answer['stop_id']}").text
    assert "Sedang dikirim (1)" in text
    assert "Belum pasti terbit (1)" in text
    assert "1 kiriman</b> di lingkup ini sudah terbit" in text


def test_a_card_in_somebodys_hand_is_out_of_reach(db: Database, as_officer: Visit, desk: Desk) -> None:
    package_id = seed_package(db, [Seed("3204")])
    approve_all(desk, as_officer("humas_ri"), package_id)
    with db.connection() as connection:
        connection.execute("update kabar.draft set channel = 'tiktok', by_hand = true, publish_at = now()")
        connection.execute("update kabar.post set state = 'sending', lease_until = now() + interval '1 hour'")

    answer = as_officer("humas_ri").post("/hentikan", data=stop_form(desk, "humas_ri"), headers=JSON).json()

    assert (len(answer["in_hand"]), answer["being_sent"]) == (1, [])


def _post(db: Database, draft_id: int) -> int:
    with db.connection() as connection:
        row = connection.execute("select id from kabar.post where draft_id = %s", (draft_id,)).fetchone()
    assert row is not None
    return int(row["id"])


@pytest.fixture(scope="module")
def slow_sandbox() -> object:
    """A platform that takes a fifth of a second for each post."""
    with running_sandbox(
        satker_csv=REPOSITORY / "include" / "satker.csv", refuse_duplicates=False
    ) as sandbox:
        sandbox.control("settings", {"latency_ms": 200})
        yield sandbox


def test_a_stop_in_the_middle_of_a_wave_leaves_to_the_wave_what_was_claimed_and_nothing_else(
    db: Database, desk: Desk, as_officer: Visit, slow_sandbox: RunningSandbox
) -> None:
    codes = [code for code in SATKER if code.startswith("32") and len(code) == 4]
    package_id = approved(db, codes)
    humas, form = as_officer("humas_ri"), stop_form(desk, "humas_ri")
    middle = threading.Event()

    class Watched(PostgresLedger):
        async def claim(self, post_id: int) -> Claim | None:
            claim = await super().claim(post_id)
            middle.set()
            return claim

    worker = Worker(db, slow_sandbox, package_id, ledger=Watched)
    numbers = due(db, package_id)
    wave = threading.Thread(target=lambda: worker.publish(numbers))
    wave.start()
    assert middle.wait(timeout=20)
    answer = humas.post("/hentikan", data=form, headers=JSON).json()
    wave.join()

    with db.connection() as connection:
        late = connection.execute(
            "select e.post_id from kabar.post_event e, kabar.stop s"
            " where e.to_state = 'sending' and e.at > s.raised_at + interval '1 second'"
        ).fetchall()
        assert late == []
        stood = {
            row["id"] for row in connection.execute("select id from kabar.post where state = 'published'")
        }
    assert ledger_states(db, package_id).keys() <= {"published", "held"}
    assert ledger_states(db, package_id)["held"] > 0
    assert counted(slow_sandbox) == (len(stood), 0)
    assert len(stood) <= answer["published"] + len(answer["being_sent"])


def test_what_a_stop_has_held_waits_for_a_decision_after_it_is_lifted(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    approve_all(desk, humas, package_id)
    with db.connection() as connection:
        connection.execute("update kabar.draft set publish_at = now()")
    number = raised(db)
    humas.post(f"/hentikan/{number}/cabut", data=stop_form(desk, "humas_ri"))
    with db.connection() as connection:
        (post_id,) = posts.due(connection, package_id=package_id)
        held = posts.lock(connection, post_id)

    assert (held.stopped_because, held.stop_has_ended) == ("gempa bumi", True)
    assert states(humas, package_id) == ["approved"]
