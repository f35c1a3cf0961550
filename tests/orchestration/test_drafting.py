"""One tonggak becomes its drafts: everybody who is bound, in three waves, once."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk import DAG

from kabar.calendar import binds
from kabar.errors import RefusedError
from kabar.orchestration.draft_operators import DraftRehearsal, DraftTonggak
from kabar.orchestration.drafting import Drafted, draft_tonggak, tonggak_at
from kabar.orchestration.tables import Tables
from kabar.posting.claiming import Go, TurnedDown, judge
from kabar.satker import ZONES
from kabar.settings import Settings
from kabar.store import drafts, packages, posts
from kabar.store.database import Database
from kabar.store.packages import Rehearsal
from kabar.tonggak import tonggak_of
from ledger import decide, make_due, rows, states

HEADER = "kode_satker,kanal,id_akun,nama_akun,pemakaian,koneksi,nomor_sk,tanggal_sk,aktif"
CALENDAR, STAGE, KEY = "pilkada-2024", "pendaftaran-paslon", "pendaftaran-paslon|H"
#: 545 satker hold a registration of candidates: 37 provinces, 415 kabupaten, 93 kota.
BOUND = 545
WITHOUT_ACCOUNT = "Satker ini belum punya akun aktif pada kanal ini."

Draft = Mapping[str, Any]


@pytest.fixture(scope="session")
def tables() -> Tables:
    return Tables.read(Settings.from_environment())


def registry(
    tables: Tables, *, use: str = "gladi", without: Sequence[str] = (), off: Sequence[str] = ()
) -> str:
    """An accounts file in which every satker has a Page, but those named."""
    decree = "1/HM/2024,2024-01-02" if use == "nyata" else ","
    lines = [
        f"{one.code},facebook,7{one.code},Uji {one.code},{use},sandbox,{decree},"
        f"{'tidak' if one.code in off else 'ya'}"
        for one in tables.satker
        if one.code not in without
    ]
    return "\n".join([HEADER, *lines, ""])


@pytest.fixture
def accounts(tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The accounts file of this installation, with a rehearsal Page for every satker."""
    path = tmp_path / "accounts.csv"
    path.write_text(registry(tables), encoding="utf-8")
    monkeypatch.setenv("KABAR_ACCOUNTS", str(path))
    return path


def draft_h(
    url: str, *, key: str = KEY, rehearsal: Rehearsal | None = None, run_id: str = "scheduled__H"
) -> Drafted:
    """Draft a tonggak of the registration of candidates as its task does."""
    settings = Settings.from_environment()
    found = Tables.read(settings)
    calendar = found.calendar(CALENDAR)
    stage = found.stage(calendar, STAGE)
    tonggak = next(one for one in tonggak_of(calendar, stage, found.patterns) if one.key == key)
    return draft_tonggak(
        url,
        found,
        settings,
        calendar=calendar,
        stage=stage,
        tonggak=tonggak,
        rehearsal=rehearsal,
        dag_id="tahapan__pilkada-2024__pendaftaran-paslon",
        run_id=run_id,
    )


def rehearsal_in(db: Database, *, first_wave_at: datetime, gap_seconds: int = 120) -> Rehearsal:
    with db.connection() as connection:
        number = packages.open_rehearsal(
            connection,
            calendar=CALENDAR,
            stage=STAGE,
            tonggak=KEY,
            as_if_at=datetime(2024, 8, 27, tzinfo=UTC),
            first_wave_at=first_wave_at,
            gap_seconds=gap_seconds,
            late_delay_seconds=60,
            dag_id="rehearsal",
            run_id="manual__1",
        )
        return packages.rehearsal(connection, number)


def read(db: Database, package_id: int) -> list[Draft]:
    with db.connection() as connection:
        return drafts.drafts(connection, package_id)


def wave_times(found: Sequence[Draft], column: str) -> dict[str, set[datetime]]:
    return {zone: {one[column] for one in found if one["wave"] == zone} for zone in ZONES}


@pytest.mark.usefixtures("accounts")
def test_everybody_who_is_bound_gets_one_draft(db: Database, database_url: str, tables: Tables) -> None:
    began = time.monotonic()
    drafted = draft_h(database_url)
    seconds = time.monotonic() - began

    sys.stdout.write(f"\n{drafted.drafts} drafts in {seconds:.2f} s\n")
    assert (drafted.drafts, drafted.saved.added, drafted.saved.reworded) == (BOUND, BOUND, 0)
    stage = tables.calendar(CALENDAR).stage(STAGE)
    assert [one["satker_code"] for one in read(db, drafted.package_id)] == [
        one.code for one in tables.satker if binds(stage, one)
    ]


@pytest.mark.usefixtures("accounts")
def test_drafting_again_changes_nothing(db: Database, database_url: str) -> None:
    first = draft_h(database_url)
    before = read(db, first.package_id)

    second = draft_h(database_url)

    assert second.package_id == first.package_id
    assert (second.drafts, second.saved.added, second.saved.reworded) == (BOUND, 0, 0)
    assert read(db, first.package_id) == before


@pytest.mark.usefixtures("accounts")
def test_the_three_waves_speak_at_eight_on_their_own_clocks(db: Database, database_url: str) -> None:
    found = read(db, draft_h(database_url).package_id)

    for zone, times in wave_times(found, "publish_at").items():
        assert times == {datetime(2024, 8, 27, 8, tzinfo=ZoneInfo(ZONES[zone]))}
    assert len({one["publish_at"] for one in found}) == 3
    # Papua and Maluku: 8 provinces, 63 kabupaten and kota. Bali to Sulawesi and half of Kalimantan: 12, 150.
    assert Counter(one["wave"] for one in found) == {"WIT": 71, "WITA": 162, "WIB": 312}
    assert all(one["says_at"] == one["publish_at"] for one in found)


@pytest.mark.usefixtures("accounts")
def test_each_wave_falls_silent_at_the_end_of_its_own_day(db: Database, database_url: str) -> None:
    found = read(db, draft_h(database_url).package_id)

    for zone, times in wave_times(found, "not_after").items():
        assert {at.astimezone(ZoneInfo(ZONES[zone])).time() for at in times} == {clock(23, 59, 59)}


@pytest.mark.usefixtures("accounts")
def test_a_rehearsal_moves_the_waves_together_and_keeps_what_they_say(
    db: Database, database_url: str
) -> None:
    first_wave_at = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    rehearsal = rehearsal_in(db, first_wave_at=first_wave_at, gap_seconds=120)

    found = read(db, draft_h(database_url, rehearsal=rehearsal).package_id)

    gap = timedelta(minutes=2)
    assert wave_times(found, "publish_at") == {
        "WIT": {first_wave_at},
        "WITA": {first_wave_at + gap},
        "WIB": {first_wave_at + 2 * gap},
    }
    # What a citizen reads stays the calendar's own moment, and so does how long it is worth saying.
    assert wave_times(found, "says_at") == {
        zone: {datetime(2024, 8, 27, 8, tzinfo=ZoneInfo(place))} for zone, place in ZONES.items()
    }
    valid = timedelta(hours=15, minutes=59, seconds=59)
    assert {one["not_after"] - one["publish_at"] for one in found} == {valid}


@pytest.mark.usefixtures("accounts")
def test_a_rehearsal_and_the_real_ledger_are_two_packages_with_the_same_words(
    db: Database, database_url: str
) -> None:
    rehearsal = rehearsal_in(db, first_wave_at=datetime(2026, 11, 23, 3, 0, tzinfo=UTC))

    real, played = draft_h(database_url), draft_h(database_url, rehearsal=rehearsal)

    assert real.package_id != played.package_id
    hashes = [
        [one["content_hash"] for one in read(db, package_id)]
        for package_id in (real.package_id, played.package_id)
    ]
    assert hashes[0] == hashes[1]


@pytest.mark.usefixtures("accounts")
def test_rehearsal_accounts_take_no_part_in_the_real_ledger(db: Database, database_url: str) -> None:
    found = read(db, draft_h(database_url).package_id)

    assert {one["account_name"] for one in found} == {None}
    assert {one["findings"][-1]["rule"] for one in found} == {"K2"}


def test_real_accounts_take_no_part_in_a_rehearsal(
    db: Database, database_url: str, accounts: Path, tables: Tables
) -> None:
    accounts.write_text(registry(tables, use="nyata"), encoding="utf-8")
    rehearsal = rehearsal_in(db, first_wave_at=datetime(2026, 11, 23, 3, 0, tzinfo=UTC))

    found = read(db, draft_h(database_url, rehearsal=rehearsal).package_id)

    assert {one["account_name"] for one in found} == {None}


def test_a_satker_without_an_active_account_is_drafted_and_blocked(
    db: Database, database_url: str, accounts: Path, tables: Tables
) -> None:
    accounts.write_text(registry(tables, use="nyata", without=["3204"], off=["3273"]), encoding="utf-8")

    found = {one["satker_code"]: one for one in read(db, draft_h(database_url).package_id)}

    assert len(found) == BOUND
    blocked = {
        code
        for code, one in found.items()
        if {"rule": "K2", "severity": "block", "message": WITHOUT_ACCOUNT}.items() <= _last(one).items()
    }
    assert blocked == {"3204", "3273"}
    assert _last(found["3204"])["legal_basis"].startswith("Keputusan KPU 542/")
    assert found["3204"]["account_name"] is None
    assert found["9171"]["account_name"] == "Uji 9171"


def _last(draft: Draft) -> dict[str, str]:
    findings: list[dict[str, str]] = draft["findings"]
    return findings[-1] if findings else {}


def test_nobody_can_approve_a_draft_without_an_account(
    db: Database, database_url: str, accounts: Path, tables: Tables
) -> None:
    accounts.write_text(registry(tables, without=["3204"]), encoding="utf-8")
    rehearsal = rehearsal_in(db, first_wave_at=datetime.now(UTC) + timedelta(hours=1))
    package_id = draft_h(database_url, rehearsal=rehearsal).package_id

    decide(db, package_id)

    assert states(db, package_id) == {"approved": BOUND - 1, "planned": 1}
    assert rows(db, package_id)["3204"].state == "planned"


def test_an_account_that_comes_later_lifts_the_block_of_an_undecided_draft(
    db: Database, database_url: str, accounts: Path, tables: Tables
) -> None:
    accounts.write_text(registry(tables, use="nyata", without=["3204"]), encoding="utf-8")
    draft_h(database_url)
    accounts.write_text(registry(tables, use="nyata"), encoding="utf-8")

    again = draft_h(database_url)

    found = {one["satker_code"]: one for one in read(db, again.package_id)}
    assert (again.saved.added, again.saved.reworded) == (0, 1)
    assert found["3204"]["account_name"] == "Uji 3204"
    assert found["3204"]["findings"] == []


def test_an_account_that_is_switched_off_holds_what_was_approved_for_it(
    db: Database, database_url: str, accounts: Path, tables: Tables
) -> None:
    rehearsal = rehearsal_in(db, first_wave_at=datetime.now(UTC) + timedelta(hours=1))
    package_id = draft_h(database_url, rehearsal=rehearsal).package_id
    decide(db, package_id)
    make_due(db, package_id)
    accounts.write_text(registry(tables, off=["3204"]), encoding="utf-8")

    draft_h(database_url, rehearsal=rehearsal)

    post = rows(db, package_id)
    with db.connection() as connection:
        off, on = (posts.lock(connection, post[code].post_id) for code in ("3204", "3273"))
    assert judge(off, calendar_versions={CALENDAR: 1}, official_names={}) == TurnedDown(
        "held", "the satker has no active account on this channel"
    )
    assert judge(on, calendar_versions={CALENDAR: 1}, official_names={}) == Go()


@pytest.mark.parametrize(
    ("moment", "label"),
    [
        ("2024-01-01T00:00:00+07:00", "H-3"),
        # 09.00 in Jayapura on the 24th is 07.00 in Jakarta.
        ("2024-08-24T07:00:00+07:00", "H-3"),
        ("2024-08-24T07:00:01+07:00", "H"),
        ("2024-08-27T00:00:00+07:00", "H"),
        ("2024-08-30T10:00:00+09:00", "akhir+1"),
    ],
)
def test_a_rehearsal_plays_the_first_tonggak_at_or_after_its_moment(
    tables: Tables, moment: str, label: str
) -> None:
    calendar = tables.calendar(CALENDAR)

    found = tonggak_at(tables, calendar, calendar.stage(STAGE), datetime.fromisoformat(moment))

    assert found.label == label


def test_a_moment_after_the_last_tonggak_is_refused_with_its_time(tables: Tables) -> None:
    calendar = tables.calendar(CALENDAR)

    with pytest.raises(RefusedError, match="last tonggak of pendaftaran-paslon is at 2024-08-30T10:00:00"):
        tonggak_at(tables, calendar, calendar.stage(STAGE), datetime(2024, 8, 31, tzinfo=UTC))


def task_of(kind: type[DraftTonggak | DraftRehearsal], **arguments: str) -> Any:  # noqa: ANN401 -- Airflow's.
    """A task in a DAG of its own."""
    with DAG("tahapan_uji", schedule=None):
        return kind(task_id="draft", **arguments)


def run_of(run_id: str, *, key: str | None = None, **params: object) -> Any:  # noqa: ANN401 -- Airflow's.
    """As much of Airflow's context as the tasks look at."""
    return {"dag_run": SimpleNamespace(run_id=run_id, partition_key=key), "params": params}


@pytest.mark.usefixtures("accounts")
def test_the_partition_key_of_a_run_says_which_tonggak_is_drafted(warehouse: Database) -> None:
    task = task_of(DraftTonggak, calendar=CALENDAR, stage=STAGE)

    package_id = task.execute(run_of("scheduled__1", key="pendaftaran-paslon|akhir-1"))

    with warehouse.connection() as connection:
        package = packages.package(connection, package_id)
        assert packages.package_of_run(connection, dag_id="tahapan_uji", run_id="scheduled__1") == package_id
    assert package is not None
    assert (package.calendar, package.stage, package.tonggak, package.kind) == (
        CALENDAR,
        STAGE,
        "pendaftaran-paslon|akhir-1",
        "pengingat",
    )
    assert (package.rehearsal_id, package.late_delay_seconds) == (None, 15 * 60)


def test_a_run_by_hand_without_a_partition_key_is_refused() -> None:
    task = task_of(DraftTonggak, calendar=CALENDAR, stage=STAGE)

    with pytest.raises(RefusedError, match="names no tonggak: trigger it with a partition key"):
        task.execute(run_of("manual__1"))


def test_a_tonggak_that_an_amended_calendar_no_longer_has_is_refused_with_those_it_has() -> None:
    task = task_of(DraftTonggak, calendar=CALENDAR, stage=STAGE)

    with pytest.raises(RefusedError, match=r"has no tonggak 'pendaftaran-paslon\|H-9'; it has .*akhir\+1"):
        task.execute(run_of("scheduled__1", key="pendaftaran-paslon|H-9"))


FORM = {
    "calendar": CALENDAR,
    "stage": STAGE,
    "as_if_at": "2024-08-27T00:00:00+07:00",
    "minutes_to_first_wave": 0.5,
    "minutes_between_waves": 1.5,
    "late_delay_minutes": 0.25,
}


@pytest.mark.usefixtures("accounts")
def test_a_rehearsals_form_becomes_its_waves(warehouse: Database) -> None:
    package_id = task_of(DraftRehearsal).execute(run_of("manual__1", **FORM))

    with warehouse.connection() as connection:
        package = packages.package(connection, package_id)
        assert package is not None
        assert package.rehearsal_id is not None
        rehearsal = packages.rehearsal(connection, package.rehearsal_id)
    assert (package.tonggak, package.late_delay_seconds, rehearsal.gap_seconds) == (KEY, 15, 90)
    assert rehearsal.as_if_at == datetime(2024, 8, 26, 17, tzinfo=UTC)
    assert timedelta(0) < rehearsal.first_wave_at - rehearsal.created_at <= timedelta(seconds=31)


@pytest.mark.usefixtures("accounts")
def test_a_cleared_draft_task_goes_on_with_its_rehearsal_and_its_times(warehouse: Database) -> None:
    task = task_of(DraftRehearsal)
    first = task.execute(run_of("manual__1", **FORM))
    before = read(warehouse, first)

    assert task.execute(run_of("manual__1", **FORM)) == first
    assert read(warehouse, first) == before


@pytest.mark.usefixtures("accounts")
def test_a_second_rehearsal_is_a_package_of_its_own(warehouse: Database) -> None:
    task = task_of(DraftRehearsal)

    first, second = (task.execute(run_of(run_id, **FORM)) for run_id in ("manual__1", "manual__2"))

    assert first != second
    assert (len(read(warehouse, first)), len(read(warehouse, second))) == (BOUND, BOUND)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"calendar": "pilkada-2019"}, "There is no calendar 'pilkada-2019'; there are .*pilkada-2024"),
        ({"stage": "pendaftaran"}, "has no public dated stage 'pendaftaran'; it has .*pendaftaran-paslon"),
        ({"as_if_at": "2024-08-27T00:00:00"}, "needs a zone, such as"),
        ({"as_if_at": "2025-01-01T00:00:00+07:00"}, "choose an earlier moment"),
    ],
)
def test_a_rehearsals_form_that_cannot_be_played_is_refused_and_leaves_nothing(
    warehouse: Database, change: dict[str, str], said: str
) -> None:
    with pytest.raises(RefusedError, match=said):
        task_of(DraftRehearsal).execute(run_of("manual__1", **(FORM | change)))

    with warehouse.connection() as connection:
        assert connection.execute("select count(*) as n from kabar.rehearsal").fetchone() == {"n": 0}


def test_who_has_an_account_on_a_channel_without_interface_gets_a_card_beside_the_post(
    accounts: Path, warehouse: Database, database_url: str
) -> None:
    with accounts.open("a", encoding="utf-8") as registry_file:
        registry_file.write("3204,tiktok,contoh_3204,Uji 3204,gladi,manual,,,ya\n")
    played = rehearsal_in(warehouse, first_wave_at=datetime.now(UTC))

    package_id = draft_h(database_url, rehearsal=played).package_id

    with warehouse.connection() as connection:
        cards = connection.execute(
            "select satker_code, channel from kabar.draft where by_hand and package_id = %s", (package_id,)
        ).fetchall()
    assert cards == [{"satker_code": "3204", "channel": "tiktok"}]
    assert len(read(warehouse, package_id)) == BOUND + 1
