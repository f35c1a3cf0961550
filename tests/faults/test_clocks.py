"""Wrong clocks and the turn of the day: nothing goes out early or twice, by the database's clock alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from doomed import Door, Orders, start
from witness import Verdict, judge, seen_on, wait_until

from kabar.sandbox.running import RunningSandbox
from kabar.satker import ZONES
from kabar.store.database import Database, database
from kabar.tonggak import Tonggak
from ledger import Worker, approved, change, counted, rows, states

#: A satker of each zone.
CODE_OF = {"WIT": "9171", "WITA": "6471", "WIB": "3204"}
WRONG_BY = 10 * 60.0


@pytest.mark.parametrize("settles", [False, True])
def test_workers_whose_clocks_are_wrong_by_minutes_send_nothing_early_and_nothing_twice(
    db: Database, database_url: str, sandbox: RunningSandbox, *, settles: bool
) -> None:
    codes = [*CODE_OF.values(), "1101", "3273"]
    package_id = approved(db, codes)
    # Late enough that every process is at work before.
    change(db, "update kabar.draft set publish_at = clock_timestamp() + interval '4 seconds'")
    with db.connection() as connection:
        due = connection.execute("select min(publish_at) as at from kabar.draft").fetchone()
    assert due is not None
    door = Door(sandbox.url, sandbox.user_token)
    crew = [
        start(
            Orders(
                database_url,
                door,
                name=f"wrong-by-{skew}",
                package_id=package_id,
                skew_seconds=skew,
                zone=zone,
                rounds=None,
                settles=settles,
                connections=2,
            )
        )
        for skew, zone in (
            (WRONG_BY, "Asia/Jayapura"),
            (-WRONG_BY, "America/Los_Angeles"),
            (0.0, "Asia/Jakarta"),
        )
    ]
    try:
        wait_until(
            lambda: states(db, package_id) == {"published": len(codes)}, seconds=25, what="a wave that is out"
        )
    finally:
        for process in crew:
            process.kill()
            process.join()

    assert judge(db, sandbox) == Verdict([], [], [])
    assert min(one.at for one in seen_on(sandbox)) >= due["at"]
    # No worker has taken another's living claim for a dead one's.
    with db.connection() as connection:
        doubts = connection.execute(
            "select count(*) as n from kabar.post_event where to_state = 'unconfirmed'"
        ).fetchone()
    assert doubts == {"n": 0}


@pytest.fixture
def dated(database_url: str) -> Iterator[Database]:
    """A database whose clock stands where `set_clock` puts it: it is asked before the server's."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("create schema dated")
        connection.execute("create table dated.clock (at timestamptz not null)")
        connection.execute("insert into dated.clock values (now())")
        for name in ("clock_timestamp", "now"):
            body = "language sql begin atomic select at from dated.clock; end"
            connection.execute(f"create function dated.{name}() returns timestamptz {body}")
        name = connection.info.dbname
        connection.execute(f"alter database {name} set search_path = dated, pg_catalog, public")
    with database(database_url, connections=8) as pool:
        yield pool


def set_clock(db: Database, at: datetime) -> None:
    change(db, "update dated.clock set at = %s", at)


@pytest.mark.parametrize("at_time", [time(23, 59), time(0, 0)])
def test_the_turn_of_the_day_comes_three_times_and_each_zone_waits_for_its_own(
    dated: Database, sandbox: RunningSandbox, at_time: time
) -> None:
    tonggak = Tonggak(
        key="pendaftaran-paslon|H",
        label="H",
        stage="pendaftaran-paslon",
        kind="hari_h",
        on_date=date(2024, 8, 27),
        at_time=at_time,
        theme=None,
        anchor_on=date(2024, 8, 27),
        days_to_anchor=0,
        last_on=date(2024, 8, 27),
        last_time=time(23, 59, 59),
    )
    moments = {zone: tonggak.publish_at(ZoneInfo(name)) for zone, name in ZONES.items()}
    assert [moment.time() for moment in moments.values()] == [at_time] * 3
    assert [moment.date() for moment in moments.values()] == [tonggak.on_date] * 3
    package_id = approved(dated, list(CODE_OF.values()))
    for zone, moment in moments.items():
        change(
            dated,
            "update kabar.draft set publish_at = %s, not_after = %s where wave = %s",
            moment,
            moment + timedelta(hours=10),
            zone,
        )
    worker = Worker(dated, sandbox, package_id)

    for number, (zone, moment) in enumerate(sorted(moments.items(), key=lambda one: one[1])):
        set_clock(dated, moment - timedelta(microseconds=1))
        assert worker.publish() == {}
        assert counted(sandbox) == (number, 0)
        set_clock(dated, moment)
        assert worker.publish() == {"published": 1}
        assert rows(dated, package_id)[CODE_OF[zone]].state == "published"
    assert worker.publish() == {}
    assert counted(sandbox) == (3, 0)


def test_a_clock_that_is_set_back_sends_nothing_twice(dated: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(dated, list(CODE_OF.values()))
    start_at = datetime(2024, 8, 27, 0, 0, tzinfo=UTC)
    change(
        dated,
        "update kabar.draft set publish_at = %s, not_after = %s",
        start_at,
        start_at + timedelta(hours=10),
    )
    set_clock(dated, start_at + timedelta(minutes=10))
    worker = Worker(dated, sandbox, package_id)
    assert worker.publish() == {"published": 3}

    set_clock(dated, start_at - timedelta(minutes=10))

    assert worker.publish() == {}
    assert worker.settle() == {}
    set_clock(dated, start_at + timedelta(minutes=20))
    assert worker.publish() == {}
    assert counted(sandbox) == (3, 0)
