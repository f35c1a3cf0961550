"""The bodies of the nightly tasks, through an Airflow Connection, and the schedule that starts them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pendulum
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction, Timetable
from nights import CODES, Night

from kabar.channels.facebook_day import end_of, newest_complete_day
from kabar.errors import RefusedError, UnreachableError
from kabar.orchestration import harvest as work
from kabar.settings import REPOSITORY
from kabar.store.cooldowns import cool_down, standing_cooldowns
from kabar.store.database import Database
from ledger import approved, change

HEADER = "kode_satker,kanal,id_akun,nama_akun,pemakaian,koneksi,nomor_sk,tanggal_sk,aktif"


@pytest.fixture
def registry(night: Night, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The registry of the night's accounts, and an environment that points at sandbox and warehouse."""
    path = tmp_path / "accounts.csv"
    rows = [f"{code},facebook,{night.sandbox.page_id(code)},Uji {code},gladi,graph,,,ya" for code in CODES]
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    connection = {"conn_type": "http", "host": night.sandbox.url, "password": night.sandbox.user_token}
    monkeypatch.setenv("AIRFLOW_CONN_GRAPH", json.dumps(connection))
    monkeypatch.setenv("KABAR_DATABASE_URL", database_url)
    monkeypatch.setenv("KABAR_ACCOUNTS", str(path))
    return path


@pytest.mark.usefixtures("registry")
def test_a_night_from_the_first_task_to_the_last(night: Night) -> None:
    day = work.open_day(night.day.isoformat())
    work.harvest(day)
    verdict = work.check(day)

    expected = len(CODES) * 9
    assert verdict == f"{day}: {expected} rows expected; {expected} available; 0 unexplained."


@pytest.mark.usefixtures("registry")
def test_a_run_by_hand_without_a_key_takes_the_newest_day_that_is_over(night: Night) -> None:
    assert work.open_day(None) == night.day.isoformat()


@pytest.mark.usefixtures("registry")
def test_a_day_that_is_not_over_in_los_angeles_is_refused(night: Night) -> None:
    with pytest.raises(RefusedError, match="is not over"):
        work.open_day((night.day + timedelta(days=1)).isoformat())


@pytest.mark.usefixtures("registry")
def test_an_old_day_is_harvested_again_across_the_end_of_a_year(night: Night) -> None:
    last_year = night.day.year - 1
    day = work.open_day(f"{last_year}-01-01")
    work.harvest(day)
    work.check(day)

    found = night.rows("select day::text, count(*) as n from insight.daily group by 1 order by 1")
    days = [f"{last_year - 1}-12-30", f"{last_year - 1}-12-31", f"{last_year}-01-01"]
    assert found == [{"day": name, "n": len(CODES) * 9} for name in days]


def left_alone(night: Night) -> list[dict[str, object]]:
    """What stands in the warehouse of the accounts that gave no value."""
    return night.rows(
        "select a.satker_code as satker, d.availability, d.reason, count(*)::int as n"
        " from insight.daily d join kabar.account a on a.id = d.account_id"
        " where d.availability <> 'available' group by 1, 2, 3 order by 1, 2, 3"
    )


def calls_for(night: Night, code: str) -> int:
    """How often the sandbox was asked about a Page, by a fault that has no effect."""
    planted = night.sandbox.control("faults")["data"]
    return sum(entry["hits"] for entry in planted if entry["page"] == night.sandbox.page_id(code))


@pytest.mark.usefixtures("registry")
def test_an_account_with_a_post_due_within_the_hour_keeps_its_budget_for_it(
    night: Night, db: Database
) -> None:
    package_id = approved(db, [CODES[0]])
    change(
        db,
        "update kabar.draft set account_id = (select id from kabar.account where satker_code = %s)",
        CODES[0],
    )
    change(
        db,
        "update kabar.draft set publish_at = now() + interval '50 minutes' where package_id = %s",
        package_id,
    )
    night.sandbox.plant("slow_drip", page=night.sandbox.page_id(CODES[0]), seconds=0, times=None)

    day = work.open_day(night.day.isoformat())
    work.harvest(day)

    (gap,) = left_alone(night)
    assert (gap["satker"], gap["availability"]) == (CODES[0], "delayed")
    assert "belongs to publishing" in str(gap["reason"])
    assert calls_for(night, CODES[0]) == 0
    assert "0 unexplained" in work.check(day)


@pytest.mark.usefixtures("registry")
def test_a_connection_that_rests_is_not_called_at_all(night: Night, db: Database) -> None:
    with db.connection() as connection:
        cool_down(
            connection,
            reached_by="graph",
            external_id="",
            pause_seconds=600,
            reason="(#4)",
            noted_by="worker-1",
        )
    night.sandbox.plant("slow_drip", seconds=0, times=None)

    work.harvest(work.open_day(night.day.isoformat()))

    assert [entry["hits"] for entry in night.sandbox.control("faults")["data"]] == [0]
    assert {gap["availability"] for gap in left_alone(night)} == {"delayed"}


@pytest.mark.usefixtures("registry")
def test_a_limit_that_the_harvest_meets_is_remembered_for_publishing(night: Night, db: Database) -> None:
    page = night.sandbox.page_id(CODES[0])
    night.sandbox.plant("error", page=page, code=80001, seconds=300, times=None)

    work.harvest(work.open_day(night.day.isoformat()))

    with db.connection() as connection:
        (cooldown,) = standing_cooldowns(connection)
    assert cooldown["external_id"] == page
    assert (cooldown["until"] - datetime.now(UTC)).total_seconds() == pytest.approx(300, abs=10)


def test_accounts_that_are_switched_off_are_not_asked(registry: Path, night: Night) -> None:
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace(",ya", ",tidak", 2), encoding="utf-8")

    day = work.open_day(night.day.isoformat())
    work.harvest(day)

    found = night.rows("select count(distinct account_id) as accounts from insight.daily")
    assert found == [{"accounts": len(CODES) - 2}]
    assert "0 unexplained" in work.check(day)


def test_an_empty_registry_makes_no_green_night(registry: Path, night: Night) -> None:
    registry.write_text(HEADER + "\n", encoding="utf-8")

    day = work.open_day(night.day.isoformat())
    work.harvest(day)

    with pytest.raises(RefusedError, match="no active account"):
        work.check(day)


@pytest.mark.usefixtures("registry")
def test_a_platform_that_stops_answering_in_the_middle_is_asked_again_and_what_came_is_kept(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kabar.channels.facebook_reads.PAUSES", (0.0, 0.0))
    night.sandbox.plant("cut_after", edge="insights", page=night.sandbox.page_id("3273"), times=None)
    day = work.open_day(night.day.isoformat())

    with pytest.raises(UnreachableError, match="1 reads for 6 accounts got no answer"):
        work.harvest(day)
    with pytest.raises(RefusedError, match="9 unexplained"):
        work.check(day)
    night.sandbox.control("faults", method="DELETE")
    work.harvest(day)

    assert "54 available; 0 unexplained" in work.check(day)


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """The DAG file as the dag-processor reads it."""
    found = DagBag(str(REPOSITORY / "dags" / "harvest_insights.py"))
    assert found.import_errors == {}
    return found


@pytest.mark.usefixtures("registry")
def test_the_partition_key_of_the_run_reaches_the_first_task(bag: DagBag) -> None:
    first = bag.dags["harvest_insights"].get_task("make_partitions")

    assert first.execute({"partition_key": "2026-10-31"}) == "2026-10-31"


@pytest.fixture(scope="module")
def timetable(bag: DagBag) -> Timetable:
    """The schedule as the scheduler sees it: serialised and read again."""
    dag = DagSerialization.from_dict(DagSerialization.to_dict(bag.dags["harvest_insights"]))
    order = {task.task_id: task.downstream_task_ids for task in dag.tasks}
    assert order == {"make_partitions": {"harvest", "check"}, "harvest": {"check"}, "check": set()}
    return dag.timetable


@pytest.mark.parametrize(
    ("started_at", "key"),
    [
        (datetime(2026, 1, 20, 19, 30, tzinfo=UTC), "2026-01-19"),
        (datetime(2026, 7, 20, 19, 30, tzinfo=UTC), "2026-07-19"),
        # The nights on which Los Angeles changes its clocks.
        (datetime(2026, 3, 8, 19, 30, tzinfo=UTC), "2026-03-07"),
        (datetime(2026, 11, 1, 19, 30, tzinfo=UTC), "2026-10-31"),
    ],
)
def test_the_key_is_the_los_angeles_day_that_is_newest_at_that_hour(
    timetable: Timetable, started_at: datetime, key: str
) -> None:
    before = pendulum.instance(started_at - timedelta(hours=1))
    info = timetable.next_dagrun_info_v2(
        last_dagrun_info=None, restriction=TimeRestriction(earliest=before, latest=None, catchup=True)
    )

    assert info is not None
    assert (info.run_after, info.partition_key) == (started_at, key)
    assert newest_complete_day(started_at).isoformat() == key
    assert started_at - end_of(newest_complete_day(started_at)) >= timedelta(hours=11, minutes=30)


def test_a_backfill_asks_for_every_day_once(timetable: Timetable) -> None:
    infos = timetable.iter_partition_dagrun_infos(
        earliest=pendulum.datetime(2026, 10, 30), latest=pendulum.datetime(2026, 11, 2, 23, 59)
    )

    assert [info.partition_key for info in infos] == ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"]
