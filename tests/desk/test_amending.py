"""An amended calendar in Meja Humas: shown before it is applied, applied once, by one decision, whole."""

from __future__ import annotations

import html
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient

from desk.conftest import Visit
from desk.seeding import desk_for, form_of, pins_of
from kabar.desk.decide import Pin, decide
from kabar.desk.desk import Desk
from kabar.desk.tables import read_tables
from kabar.orchestration.drafting import draft_tonggak
from kabar.orchestration.tables import Tables
from kabar.orchestration.today import Today
from kabar.posting.claiming import Go, TurnedDown, judge
from kabar.settings import REPOSITORY, Settings
from kabar.store import posts
from kabar.store.audit import verify_history
from kabar.store.database import Database
from kabar.tonggak import tonggak_of

CODE, STAGE = "psu-2025", "pemungutan-suara-ulang-2025-03-22"
#: The satker of that stage.
SATKER = ("1408", "1905", "3520", "6205")
YEAR = datetime.now(UTC).year + 1
JSON = {"accept": "application/json"}
HEADER = "kode_satker,kanal,id_akun,nama_akun,pemakaian,koneksi,nomor_sk,tanggal_sk,aktif"


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped tables with the votes of 2025 a year from now, and real accounts on Facebook for some."""
    folder = tmp_path / "include"
    shutil.copytree(REPOSITORY / "include", folder)
    monkeypatch.setenv("KABAR_INCLUDE", str(folder))
    rows = [f"{code},facebook,7{code},Uji {code},nyata,uji,1/HM,2024-01-02,ya" for code in (*SATKER, "1508")]
    (folder / "accounts.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    edit(folder, r"(mulai|selesai): 2025-", rf"\1: {YEAR}-")
    return folder


def edit(include: Path, old: str, new: str, *, version: int | None = None, count: int = 0) -> None:
    """An editor changes the calendar, and its version unless it is forgotten."""
    file = include / "calendars" / "psu_2025.yaml"
    text, many = re.subn(old, new, file.read_text(encoding="utf-8"), count=count)
    assert many
    if version is not None:
        text = re.sub(r"^versi: \d+", f"versi: {version}", text, flags=re.MULTILINE)
    later = file.stat().st_mtime_ns + 1_000_000_000
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(later, later))


def put_off(include: Path, version: int = 2) -> None:
    """The vote is a day later."""
    edit(include, rf"(mulai|selesai): {YEAR}-03-22", rf"\1: {YEAR}-03-23", version=version)


def drop_satker(include: Path) -> None:
    edit(include, r"      - '3520' .*\n", "", version=2)


def add_satker(include: Path) -> None:
    edit(
        include,
        r"(      - '3520' .*\n)",
        r"\1      - '1508'\n",
        version=2,
        count=1,
    )


def call_off(include: Path) -> None:
    edit(include, rf"(    mulai: {YEAR}-03-22\n)", r"\1    tidak_terlaksana: true\n", version=2)


def remark(include: Path) -> None:
    edit(include, "Magetan: sumber keliru", "Magetan: satu sumber keliru", version=2)


@pytest.fixture
def desk(db: Database, include: Path) -> Desk:  # noqa: ARG001 -- The tables must be there first.
    """A desk that reads the copied tables, with the officers of the other tests."""
    return desk_of_files(db)


def desk_of_files(db: Database) -> Desk:
    """The same without the fixture."""
    settings = Settings.from_environment()
    usual = desk_for(db, now=lambda: datetime.now(UTC))
    officers = usual.tables().officers
    return replace(
        usual,
        tables=lambda: replace(read_tables(settings), officers=officers),
        today=lambda: Today(settings),
    )


@pytest.fixture
def package_id(database_url: str, desk: Desk) -> int:
    """The drafts of the day of the vote."""
    assert desk
    return draft(database_url, "H")


def draft(url: str, label: str) -> int:
    settings = Settings.from_environment()
    tables = Tables.read(settings)
    calendar = tables.calendar(CODE)
    stage = tables.stage(calendar, STAGE)
    (tonggak,) = (one for one in tonggak_of(calendar, stage, tables.patterns) if one.label == label)
    return draft_tonggak(
        url,
        tables,
        settings,
        calendar=calendar,
        stage=stage,
        tonggak=tonggak,
        rehearsal=None,
        dag_id="tahapan",
        run_id=label,
    ).package_id


def approve(desk: Desk, humas: TestClient, package_id: int) -> None:
    form = form_of(desk, "humas_ri", item=pins_of(humas, package_id))
    assert humas.post("/putusan", data=form).status_code == 303


def approve_in_store(db: Database, desk: Desk, package_id: int) -> None:
    """The same without a browser."""
    seen = [Pin(row["id"], row["content_hash"]) for row in rows(db, package_id).values()]
    decide(
        db,
        desk.tables().officers["humas_ri"],
        seen,
        verdict="approve",
        reason="",
        request_key=f"paket {package_id}",
        satker=desk.tables().satker,
    )


def apply_form(
    desk: Desk,
    username: str = "humas_ri",
    **changed: Any,  # noqa: ANN401 -- The fields below, by name.
) -> dict[str, object]:
    today = desk.today()
    calendar = today.calendar(CODE)
    assert calendar is not None
    usual = {
        "file_hash": today.file_hash(CODE),
        "version": calendar.version,
        "typed": f"versi {calendar.version}",
        "request_key": str(uuid4()),
    }
    form = form_of(desk, username, **(usual | changed))
    return {key: value for key, value in form.items() if key != "verdict"}


def applied(desk: Desk, humas: TestClient, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 -- As apply_form.
    answer = humas.post(f"/kalender/{CODE}/terapkan", data=apply_form(desk, **changed), headers=JSON)
    assert answer.status_code == 200, answer.text
    values: dict[str, Any] = answer.json()
    return values


def rows(db: Database, package_id: int) -> dict[str, dict[str, Any]]:
    with db.connection() as connection:
        found = connection.execute(
            "select d.*, p.id as post_id, p.state, p.decision_id, p.reason, v.message, v.author,"
            " v.content_hash"
            " from kabar.draft d join kabar.post p on p.draft_id = d.id"
            " join kabar.draft_version v on v.draft_id = d.id and v.version = d.version"
            " where d.package_id = %s order by d.satker_code",
            (package_id,),
        ).fetchall()
    return {row["satker_code"]: row for row in found}


def states(db: Database, package_id: int) -> dict[str, str]:
    return {code: row["state"] for code, row in rows(db, package_id).items()}


def verdict_of_a_claim(db: Database, post_id: int, version: int) -> object:
    """What a worker would be told if the post were due now."""
    with db.connection() as connection:
        post = replace(posts.lock(connection, post_id), is_due=True)
    return judge(post, calendar_versions={CODE: version}, official_names={})


def test_a_calendar_that_was_not_amended_has_nothing_to_apply(
    db: Database, desk: Desk, as_officer: Visit, package_id: int
) -> None:
    humas = as_officer("humas_ri")

    assert "Semua naskah selaras" in humas.get(f"/kalender/{CODE}").text
    assert "Selaras" in humas.get("/kalender").text
    answer = humas.post(f"/kalender/{CODE}/terapkan", data=apply_form(desk))
    assert answer.status_code == 409
    assert set(states(db, package_id).values()) == {"planned"}


def test_the_page_says_what_moves_before_anything_does(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    approve(desk, humas, package_id)
    before = rows(db, package_id)
    put_off(include)

    listed = html.unescape(humas.get("/kalender").text)
    text = html.unescape(humas.get(f"/kalender/{CODE}").text)

    assert "4 naskah dalam 1 paket masih versi 1" in listed
    assert "<b>4 naskah</b> bergeser waktunya" in text
    assert f"<del>Senin, 22 Maret {YEAR} pukul 08.00 waktu setempat</del>" in text
    assert f"<ins>Selasa, 23 Maret {YEAR} pukul 08.00 waktu setempat</ins>" in text
    assert rows(db, package_id) == before


def test_what_moves_gets_new_times_and_words_and_waits_for_a_new_decision(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    approve(desk, humas, package_id)
    before = rows(db, package_id)
    put_off(include)
    assert isinstance(verdict_of_a_claim(db, before["3520"]["post_id"], 2), TurnedDown)

    answer = applied(desk, humas)

    assert answer["effects"] == {"moved": 4}
    for code, row in rows(db, package_id).items():
        old = before[code]
        day = timedelta(days=1)
        assert (row["state"], row["decision_id"], row["version"]) == ("planned", None, 2)
        assert (row["says_at"], row["publish_at"]) == (old["says_at"] + day, old["publish_at"] + day)
        assert row["not_after"] == old["not_after"] + day
        assert f"23 Maret {YEAR}" in row["message"]
        assert row["reason"] == "the calendar psu-2025 was amended to version 2"
    approve(desk, humas, package_id)
    assert verdict_of_a_claim(db, before["3520"]["post_id"], 2) == Go()
    with db.connection() as connection:
        assert verify_history(connection).findings == ()


def test_what_stays_to_the_letter_keeps_its_approval_and_may_be_claimed(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    approve(desk, humas, package_id)
    before = rows(db, package_id)
    remark(include)
    post_id = before["3520"]["post_id"]
    assert isinstance(verdict_of_a_claim(db, post_id, 2), TurnedDown)

    answer = applied(desk, humas)

    assert (answer["kept"], answer["effects"]) == (4, {})
    assert {code: row | {"calendar_version": 1} for code, row in rows(db, package_id).items()} == before
    assert verdict_of_a_claim(db, post_id, 2) == Go()


def test_what_a_person_wrote_stays_while_its_facts_are_so_and_goes_when_they_are_not(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    own = f"Warga Magetan, PSU pada Senin, 22 Maret {YEAR}."
    number = rows(db, package_id)["3520"]["id"]
    form = form_of(desk, "penyusun_ri", message=own, version=1)
    assert as_officer("penyusun_ri").post(f"/draf/{number}/naskah", data=form).status_code == 303
    humas = as_officer("humas_ri")
    approve(desk, humas, package_id)
    remark(include)
    applied(desk, humas)
    assert rows(db, package_id)["3520"]["message"] == own
    assert states(db, package_id)["3520"] == "approved"

    put_off(include, version=3)
    applied(desk, humas)

    row = rows(db, package_id)["3520"]
    assert (row["state"], row["author"]) == ("planned", "mesin")
    assert own not in row["message"]
    assert own in humas.get(f"/draf/{number}").text


def test_a_stage_that_is_called_off_is_held_and_can_never_be_claimed(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    pins = pins_of(humas, package_id)
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins[:2]))
    call_off(include)

    assert applied(desk, humas)["effects"] == {"gone": 4}

    assert sorted(states(db, package_id).values()) == ["held", "held", "refused", "refused"]
    approve(desk, humas, package_id)
    for row in rows(db, package_id).values():
        against = verdict_of_a_claim(db, row["post_id"], 2)
        assert isinstance(against, TurnedDown)
        assert against.state == "held"
    assert "Semua naskah selaras" in humas.get(f"/kalender/{CODE}").text


def test_a_satker_that_is_not_bound_any_more_leaves_and_the_others_stay(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    approve(desk, humas, package_id)
    drop_satker(include)

    answer = applied(desk, humas)

    assert (answer["kept"], answer["effects"]) == (3, {"gone": 1})
    assert states(db, package_id) == {
        "1408": "approved",
        "1905": "approved",
        "3520": "held",
        "6205": "approved",
    }


def test_a_satker_that_is_bound_now_gets_a_draft_on_its_own_account(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path, database_url: str
) -> None:
    humas = as_officer("humas_ri")
    add_satker(include)

    assert applied(desk, humas)["effects"] == {"added": 1}

    row = rows(db, package_id)["1508"]
    assert (row["state"], row["calendar_version"], row["account_id"] is not None) == ("planned", 2, True)
    assert draft(database_url, "H") == package_id
    assert len(rows(db, package_id)) == 5


def publish(db: Database, post_id: int) -> None:
    with db.connection() as connection:
        claim = posts.take_claim(connection, post_id, worker="w", lease_seconds=60)
        posts.record_published(
            connection,
            post_id=post_id,
            claim_number=claim.claim_number,
            platform_id="10_1",
            permalink="https://www.facebook.com/10_1",
            published_at=datetime.now(UTC),
            worker="w",
            reason="found by reading",
            evidence=[],
        )


@pytest.mark.parametrize(
    ("amend", "effect", "words"),
    [(put_off, "wrong", "Perlu ralat"), (call_off, "wrong_and_gone", "Perlu penarikan")],
)
def test_a_post_that_is_out_and_wrong_now_is_listed_and_left_alone(
    db: Database,
    desk: Desk,
    as_officer: Visit,
    package_id: int,
    include: Path,
    amend: Callable[[Path], None],
    effect: str,
    words: str,
) -> None:
    humas = as_officer("humas_ri")
    approve(desk, humas, package_id)
    before = rows(db, package_id)["3520"]
    publish(db, before["post_id"])
    amend(include)
    assert words in humas.get(f"/kalender/{CODE}").text

    assert applied(desk, humas)["effects"][effect] == 1

    after = rows(db, package_id)["3520"]
    assert (after["state"], after["says_at"], after["version"]) == ("published", before["says_at"], 1)
    text = humas.get(f"/kalender/{CODE}").text
    assert "Perlu ralat atau penarikan (1)" in text
    assert "https://www.facebook.com/10_1" in text
    assert "Perlu ralat atau penarikan (" not in as_officer("humas_3204").get(f"/kalender/{CODE}").text

    with db.connection() as connection:
        connection.execute("update kabar.post set state = 'withdrawn' where state = 'published'")
    assert "Perlu ralat atau penarikan (" not in as_officer("humas_ri").get(f"/kalender/{CODE}").text


def test_a_post_that_is_out_and_still_true_is_not_listed(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    approve(desk, humas, package_id)
    publish(db, rows(db, package_id)["3520"]["post_id"])
    remark(include)

    answer = applied(desk, humas)

    assert (answer["kept"], answer["effects"]) == (4, {})


def test_a_double_click_applies_once(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    put_off(include)
    key = str(uuid4())

    first, second = applied(desk, humas, request_key=key), applied(desk, humas, request_key=key)

    assert first == second
    assert {row["version"] for row in rows(db, package_id).values()} == {2}
    answer = humas.post(f"/kalender/{CODE}/terapkan", data=apply_form(desk))
    assert answer.status_code == 409
    assert "Rekan Anda sudah menerapkannya" in answer.text


def test_two_officers_at_one_moment_apply_once(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    put_off(include)
    forms = [apply_form(desk), apply_form(desk)]
    found: list[int] = []

    def press(form: dict[str, object]) -> None:
        found.append(humas.post(f"/kalender/{CODE}/terapkan", data=form, headers=JSON).status_code)

    together = [threading.Thread(target=press, args=(form,)) for form in forms]
    for one in together:
        one.start()
    for one in together:
        one.join()

    assert sorted(found) == [200, 409]
    assert {row["version"] for row in rows(db, package_id).values()} == {2}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"typed": "versi 1"}, 422),
        ({"typed": ""}, 422),
        ({"file_hash": "0" * 64}, 409),
        ({"file_hash": "x"}, 422),
        ({"form_token": "lain"}, 403),
    ],
)
def test_what_was_not_seen_or_not_meant_is_not_applied(
    db: Database,
    desk: Desk,
    as_officer: Visit,
    package_id: int,
    include: Path,
    changed: dict[str, str],
    status: int,
) -> None:
    put_off(include)
    before = rows(db, package_id)

    form = apply_form(desk) | changed
    assert as_officer("humas_ri").post(f"/kalender/{CODE}/terapkan", data=form).status_code == status

    assert rows(db, package_id) == before


@pytest.mark.parametrize("username", ["penyusun_ri", "pengawas_ri", "humas_32", "humas_3204"])
def test_only_who_decides_for_the_nation_applies_a_calendar(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path, username: str
) -> None:
    put_off(include)
    before = rows(db, package_id)
    officer = as_officer(username)

    answer = officer.post(f"/kalender/{CODE}/terapkan", data=apply_form(desk, username))

    assert answer.status_code == 403
    assert rows(db, package_id) == before
    text = officer.get(f"/kalender/{CODE}").text
    assert "keputusan penyetuju tingkat nasional" in text
    assert 'name="typed"' not in text


def test_an_unknown_calendar_is_not_found(as_officer: Visit, package_id: int) -> None:
    assert package_id
    assert as_officer("humas_ri").get("/kalender/pilkada-1999").status_code == 404


def test_who_applied_which_file_is_remembered_for_ever(
    db: Database, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    humas = as_officer("humas_ri")
    put_off(include)
    form = apply_form(desk)
    humas.post(f"/kalender/{CODE}/terapkan", data=form)

    with db.connection() as connection:
        row = connection.execute("select * from kabar.amendment").fetchone()
    assert row is not None
    assert (row["officer"], row["from_versions"], row["to_version"]) == ("humas_ri", [1], 2)
    assert row["file_hash"] == form["file_hash"]
    assert "Versi 1 → 2" in html.unescape(humas.get(f"/kalender/{CODE}").text)
    for change in ("update kabar.amendment set officer = 'x'", "delete from kabar.amendment_draft"):
        with pytest.raises(psycopg.errors.RaiseException), db.connection() as connection:
            connection.execute(change)
    assert len(rows(db, package_id)) == 4


def test_a_file_that_changed_under_the_same_version_is_pointed_out(
    desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    assert package_id
    humas = as_officer("humas_ri")
    put_off(include)
    applied(desk, humas)
    edit(include, rf"(mulai|selesai): {YEAR}-03-23", rf"\1: {YEAR}-03-24")

    assert "tetapi <code>versi</code>-nya sama" in humas.get(f"/kalender/{CODE}").text


def test_a_decision_that_is_cut_off_in_the_middle_leaves_nothing_behind(
    db: Database, database_url: str, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    """The process dies after words and times were written and before the end: here, its connection."""
    humas = as_officer("humas_ri")
    approve(desk, humas, package_id)
    put_off(include)
    before = rows(db, package_id)
    form = apply_form(desk)
    with psycopg.connect(database_url) as holder:
        # Whoever changes a draft for the second time waits for its package.
        holder.execute("select 1 from kabar.package for update")
        cut = threading.Thread(target=_cut, args=(database_url,))
        cut.start()
        answer = TestClient(humas.app, raise_server_exceptions=False, headers=humas.headers).post(
            f"/kalender/{CODE}/terapkan", data=form
        )
        cut.join()

    assert answer.status_code in {500, 503}
    assert rows(db, package_id) == before
    with db.connection() as connection:
        assert connection.execute("select count(*) as n from kabar.amendment").fetchone() == {"n": 0}
    assert applied(desk, humas)["effects"] == {"moved": 4}


def _cut(url: str) -> None:
    """End the connection that waits for a lock."""
    deadline = time.monotonic() + 20
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            found = connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            ).fetchone()
            if found:
                return
            time.sleep(0.05)
    raise TimeoutError("Nobody waited.")


def test_a_run_that_is_cleared_after_an_amendment_changes_nothing(
    db: Database, database_url: str, desk: Desk, as_officer: Visit, package_id: int, include: Path
) -> None:
    put_off(include)
    applied(desk, as_officer("humas_ri"))
    before = rows(db, package_id)

    assert draft(database_url, "H") == package_id

    assert rows(db, package_id) == before
