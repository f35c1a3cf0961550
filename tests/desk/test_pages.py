from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from desk.conftest import Visit
from desk.seeding import (
    BLOCK,
    DAG_ID,
    FIRST_DAY,
    NOW,
    SATKER,
    WARN,
    Seed,
    form_of,
    pins_of,
    run_of,
    seed_nation,
    seed_package,
)
from kabar.desk.desk import Desk
from kabar.desk.tables import Tables
from kabar.errors import InputError
from kabar.store.database import Database

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} \" onmouseover='x'"


def test_beranda_lists_the_packages_of_the_scope_with_hours_left(db: Database, as_officer: Visit) -> None:
    soon = Seed(
        "", publish_at=NOW + timedelta(hours=2, minutes=20), says_at=NOW + timedelta(hours=2, minutes=20)
    )
    seed_nation(db, soon)
    seed_package(db, [Seed("1101")], label="H-1", title="Hanya untuk Aceh")

    text = as_officer("humas_32").get("/").text

    assert "Pendaftaran pasangan calon: H-7" in text
    assert "2 jam 20 menit" in text
    assert "<b>28</b> menunggu" in text
    assert "Hanya untuk Aceh" not in text


def test_beranda_without_packages_says_so(as_officer: Visit) -> None:
    assert "Belum ada paket naskah" in as_officer("humas_3204").get("/").text


def test_a_rehearsal_is_marked_and_shows_both_clocks(db: Database, as_officer: Visit) -> None:
    played = Seed("7301", says_at=FIRST_DAY, publish_at=NOW + timedelta(minutes=5))
    package_id = seed_package(db, [played], as_rehearsal=True)
    humas = as_officer("humas_ri")

    text = humas.get(f"/paket/{package_id}").text

    assert "GLADI" in humas.get("/").text
    assert "GLADI" in text
    assert "Selasa, 27 Agustus 2024 pukul 08.00 WITA" in text
    assert "Terbit saat gladi" in text


def test_a_draft_of_the_real_ledger_shows_one_local_time(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("8101", says_at=FIRST_DAY, publish_at=FIRST_DAY)])

    text = as_officer("humas_ri").get(f"/paket/{package_id}").text

    assert "Selasa, 27 Agustus 2024 pukul 09.00 WIT<" in text
    assert "GLADI" not in text


def test_a_draft_is_shown_as_a_citizen_would_see_it(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204", account_name="KPU Kabupaten Bandung")])

    text = as_officer("humas_ri").get(f"/paket/{package_id}").text

    assert "KPU Kabupaten Bandung<small>Facebook</small>" in text
    assert "dibuka besok.\n\nDasar: PKPU 2/2024." in text
    assert "\n\n#KPUMelayani</p>" in text
    assert '<p class="link">https://www.kpu.go.id/</p>' in text


def test_findings_stand_beside_the_draft_with_their_legal_basis(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204", findings=(BLOCK, WARN))])

    text = as_officer("humas_ri").get(f"/paket/{package_id}").text

    assert re.search(
        r"Melarang terbit:</b>\s+Kata ini tidak boleh terbit\.\s+<small>Dasar: Contoh dasar hukum", text
    )
    assert "Perlu diperhatikan" in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"1101", "3204", "3205"}),
        ("?provinsi=32", {"3204", "3205"}),
        ("?temuan=ada", {"3205"}),
        ("?provinsi=32&temuan=tidak", {"3204"}),
        ("?keadaan=disetujui", {"1101"}),
        ("?keadaan=omong-kosong", {"1101", "3204", "3205"}),
    ],
)
def test_the_address_chooses_which_drafts_are_shown(
    db: Database, desk: Desk, as_officer: Visit, query: str, shown: set[str]
) -> None:
    package_id = seed_package(db, [Seed("1101"), Seed("3204"), Seed("3205", findings=(WARN,))])
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)[0]))

    text = humas.get(f"/paket/{package_id}{query}").text

    names = set(re.findall(r'<label id="naskah-\d+"[^>]*>([^<]+)<', text))
    assert names == {SATKER[code].short_name for code in shown}


def test_a_long_package_comes_in_pages(db: Database, as_officer: Visit) -> None:
    package_id = seed_nation(db, Seed(""))
    humas = as_officer("humas_ri")

    first, last = (humas.get(f"/paket/{package_id}?halaman={page}").text for page in (1, 12))

    assert first.count("<article") == 50
    assert last.count("<article") == 2
    assert "Halaman 12 dari 12" in last


def test_all_boxes_of_a_page_are_ticked_by_one_link(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204"), Seed("3205")])
    humas = as_officer("humas_ri")

    assert humas.get(f"/paket/{package_id}").text.count(" checked") == 0
    assert humas.get(f"/paket/{package_id}?pilih=semua").text.count(" checked") == 2


def test_approving_all_asks_with_the_number_and_takes_only_what_is_free(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    seeds = [Seed("1101"), Seed("3204"), Seed("3205", findings=(WARN,)), Seed("3206")]
    package_id = seed_package(db, seeds)
    humas = as_officer("humas_ri")

    text = humas.get(f"/paket/{package_id}/setujui-semua?provinsi=32").text

    assert "Setujui 2 naskah?" in text
    items = re.findall(r'name="items" value="([^"]*)"', text)
    answer = humas.post(
        "/putusan", data=form_of(desk, "humas_ri", items=items[0]), headers={"accept": "application/json"}
    )
    assert answer.json()["decided"] == 2


@pytest.mark.parametrize("path", ["/paket/{package}", "/draf/1", "/", "/paket/{package}/setujui-semua"])
def test_what_somebody_typed_is_text_and_nothing_else(
    db: Database, desk: Desk, as_officer: Visit, path: str
) -> None:
    package_id = seed_package(db, [Seed("3204", message=ATTACK, account_name=ATTACK)], title=ATTACK)
    humas = as_officer("humas_ri")
    form = form_of(desk, "humas_ri", verdict="refuse", reason=ATTACK, item=pins_of(humas, package_id))
    humas.post("/putusan", data=form)

    text = humas.get(path.format(package=package_id)).text

    assert "<script" not in text
    assert "<img" not in text
    assert "{{ 7*7 }}" in text
    assert '" onmouseover' not in text


@pytest.mark.parametrize(
    "path", ["/paket/{other}", "/api/paket/{other}", "/draf/1", "/paket/4711", "/draf/4711"]
)
def test_what_lies_outside_the_scope_looks_like_nothing(db: Database, as_officer: Visit, path: str) -> None:
    other = seed_package(db, [Seed("1101")])

    answer = as_officer("humas_32").get(path.format(other=other))

    assert answer.status_code == 404
    assert "tidak ada di dalam lingkup Anda" in answer.text


def test_a_run_of_airflow_leads_to_its_package(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204")], label="H-3")
    humas = as_officer("humas_ri")

    known = humas.get("/run", params={"dag": DAG_ID, "run": run_of("pendaftaran-paslon", "H-3")})
    unknown = humas.get("/run", params={"dag": DAG_ID, "run": "manual__lost"})

    assert (known.status_code, known.headers["location"]) == (303, f"/paket/{package_id}")
    assert unknown.status_code == 404


def test_a_machine_reads_packages_and_drafts(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204"), Seed("3205", findings=(WARN,))], as_rehearsal=True)
    humas = as_officer("humas_ri")

    packages, drafts = humas.get("/api/paket").json(), humas.get(f"/api/paket/{package_id}").json()

    assert packages[0] | {"id": package_id, "is_rehearsal": True, "counts": {"planned": 2}} == packages[0]
    assert [(item["satker_code"], item["province_code"], item["findings"]) for item in drafts] == [
        ("3204", "32", 0),
        ("3205", "32", 1),
    ]
    assert all(re.fullmatch("[0-9a-f]{64}", item["content_hash"]) for item in drafts)


def test_a_table_that_cannot_be_read_closes_the_desk_with_a_page(
    app: FastAPI, desk: Desk, as_officer: Visit
) -> None:
    def broken() -> Tables:
        raise InputError("Two rows.", file=Path("officers.csv"), line=3, key="jabatan", remedy="Keep one.")

    app.state.desk = replace(desk, tables=broken)

    answer = as_officer("humas_ri").get("/")

    assert answer.status_code == 503
    assert "Meja Humas sedang tidak tersedia" in answer.text
    assert "officers.csv" not in answer.text


def test_a_lost_database_is_a_page_with_the_security_headers(
    db: Database, app: FastAPI, as_officer: Visit
) -> None:
    as_officer("humas_ri")
    db.close()

    answer = TestClient(app, raise_server_exceptions=False).get("/", headers={"accept": "text/html"})

    assert answer.status_code == 500
    assert "Ada gangguan pada sistem" in answer.text
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
