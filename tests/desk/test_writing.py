from __future__ import annotations

import pytest

from desk.conftest import Visit
from desk.seeding import FORBIDDEN_WORD, Seed, form_of, leave_unconfirmed, pins_of, seed_package, states
from kabar.content import Text, content_hash
from kabar.desk.desk import Desk
from kabar.store import drafts
from kabar.store.database import Database


def test_a_new_wording_is_a_new_version_by_its_author(db: Database, desk: Desk, as_officer: Visit) -> None:
    seed_package(db, [Seed("3204")])
    writer = as_officer("penyusun_ri")

    answer = writer.post(
        "/draf/1/naskah", data=form_of(desk, "penyusun_ri", message="Satu.\r\nDua. \r\n", version=1)
    )

    with db.connection() as connection:
        row = drafts.draft(connection, 1)
        assert row is not None
        assert len(drafts.versions(connection, 1)) == 2
    assert (row["version"], row["author"], row["message"]) == (2, "penyusun_ri", "Satu.\nDua.")
    text = Text("Satu.\nDua.", row["link"], "", tuple(row["hashtags"]), {}, "", "")
    assert row["content_hash"] == content_hash(text)
    assert "kembali menunggu putusan" in writer.get(answer.headers["location"]).text


def test_an_edit_after_approval_returns_the_draft_to_review(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))

    humas.post("/draf/1/naskah", data=form_of(desk, "humas_ri", message="Lain.", version=1))

    assert states(humas, package_id) == ["planned"]


def test_nobody_approves_what_they_wrote(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")])
    writer = as_officer("humas_32")
    writer.post("/draf/1/naskah", data=form_of(desk, "humas_32", message="Tulisan sendiri.", version=1))
    pins = pins_of(writer, package_id)

    own = writer.post(
        "/putusan", data=form_of(desk, "humas_32", item=pins), headers={"accept": "application/json"}
    )
    offered = "Setujui naskah ini" in writer.get("/draf/1").text
    as_officer("humas_ri").post("/putusan", data=form_of(desk, "humas_ri", item=pins))

    assert own.json()["denied"] == {"own_words": 1}
    assert not offered
    assert states(as_officer("humas_ri"), package_id) == ["approved"]


def test_own_writing_is_left_out_when_all_that_is_free_is_approved(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    package_id = seed_package(db, [Seed("3204"), Seed("3205")])
    humas = as_officer("humas_ri")
    humas.post("/draf/1/naskah", data=form_of(desk, "humas_ri", message="Tulisan sendiri.", version=1))

    assert "Setujui 1 naskah?" in humas.get(f"/paket/{package_id}/setujui-semua").text


def test_the_rules_are_held_against_what_was_written(db: Database, desk: Desk, as_officer: Visit) -> None:
    seed_package(db, [Seed("3204")])
    writer = as_officer("penyusun_ri")

    writer.post(
        "/draf/1/naskah", data=form_of(desk, "penyusun_ri", message=f"Kata {FORBIDDEN_WORD}.", version=1)
    )

    assert "Kata ini tidak boleh terbit." in writer.get("/draf/1").text


def test_a_wording_on_top_of_somebody_elses_is_not_saved(db: Database, desk: Desk, as_officer: Visit) -> None:
    seed_package(db, [Seed("3204")])
    writer = as_officer("penyusun_ri")
    writer.post("/draf/1/naskah", data=form_of(desk, "penyusun_ri", message="Yang pertama.", version=1))

    answer = writer.post(
        "/draf/1/naskah", data=form_of(desk, "penyusun_ri", message="Yang kedua.", version=1)
    )

    assert answer.status_code == 409
    assert "Naskah ini sudah berubah" in answer.text
    assert "Yang kedua" not in writer.get("/draf/1").text


def test_the_same_wording_again_changes_nothing(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))
    with db.connection() as connection:
        row = drafts.draft(connection, 1)
    assert row is not None

    humas.post("/draf/1/naskah", data=form_of(desk, "humas_ri", message=row["message"], version=1))

    assert states(humas, package_id) == ["approved"]


@pytest.mark.parametrize(
    ("username", "message", "status"),
    [("pengawas_ri", "Boleh?", 403), ("humas_3204", "Boleh?", 404), ("penyusun_ri", " \n ", 422)],
)
def test_who_may_not_write_and_what_is_empty_is_refused(
    db: Database, desk: Desk, as_officer: Visit, username: str, message: str, status: int
) -> None:
    seed_package(db, [Seed("1101")])

    answer = as_officer(username).post(
        "/draf/1/naskah", data=form_of(desk, username, message=message, version=1)
    )

    assert answer.status_code == status


def test_what_is_on_its_way_cannot_be_rewritten(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))
    leave_unconfirmed(db, 1, looks=0)

    answer = humas.post("/draf/1/naskah", data=form_of(desk, "humas_ri", message="Terlambat.", version=1))

    assert answer.status_code == 409
    assert 'id="ubah"' not in humas.get("/draf/1").text


def test_a_draft_shows_its_facts_history_and_versions(db: Database, desk: Desk, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")])
    humas = as_officer("humas_ri")
    humas.post("/draf/1/naskah", data=form_of(desk, "humas_ri", message="Versi kedua.", version=1))
    other = as_officer("humas_32")
    refusal = {"verdict": "refuse", "reason": "Belum tepat", "item": pins_of(other, package_id)}
    other.post("/putusan", data=form_of(desk, "humas_32", **refusal))

    text = other.get("/draf/1").text

    assert "Komisi Pemilihan Umum Kabupaten Bandung" in text
    assert "Sumber: Peraturan KPU Nomor 2 Tahun 2024" in text
    assert "<b>Ditolak</b> oleh Humas KPU Provinsi Jawa Barat<br>Belum tepat" in text
    assert "naskah disusun" in text
    assert "Versi 2, Humas KPU RI" in text
    assert "Versi 1, sistem" in text
