"""The same work given out twice, in every way that happens in Airflow: nothing goes out twice."""

from __future__ import annotations

import os
import signal

from doomed import Door, Orders, start
from witness import StandInOfficer, Verdict, judge, recover, seen_on, wait_until

from kabar.sandbox.running import RunningSandbox
from kabar.settings import Pace
from kabar.store.database import Database
from kabar.store.drafts import save_drafts
from ledger import (
    SATKER,
    Row,
    Worker,
    approved,
    counted,
    decide,
    due,
    fresh,
    make_due,
    open_package,
    rows,
    save_page,
    states,
)

CODES = [code for code, satker in SATKER.items() if satker.kind == "kabupaten"][:60]
NOTHING_WRONG = Verdict([], [], [])


def orders(database_url: str, sandbox: RunningSandbox, package_id: int | None, *, name: str) -> Orders:
    pace = Pace(call_seconds=1, lease_seconds=4, settle_seconds=0.2, look_gap_seconds=0.05, in_flight=6)
    door = Door(sandbox.url, sandbox.user_token)
    return Orders(database_url, door, name=name, package_id=package_id, pace=pace)


def test_three_processes_on_one_wave_send_each_post_once(
    db: Database, database_url: str, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, CODES)
    crew = [start(orders(database_url, sandbox, package_id, name=f"worker-{number}")) for number in range(3)]
    for process in crew:
        process.join(30)

    assert [process.exitcode for process in crew] == [0, 0, 0]
    assert states(db, package_id) == {"published": len(CODES)}
    assert judge(db, sandbox) == NOTHING_WRONG
    # All three were really at it.
    with db.connection() as connection:
        names = connection.execute(
            "select distinct changed_by from kabar.post_event where to_state = 'sending'"
        ).fetchall()
    assert len(names) >= 2


def test_an_orphan_that_wakes_up_beside_its_retry_sends_nothing_twice(
    db: Database, database_url: str, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, CODES)
    orphan = start(orders(database_url, sandbox, package_id, name="orphan"))
    assert orphan.pid is not None
    wait_until(lambda: len(seen_on(sandbox)) >= 15, seconds=20, what="a wave that has begun")
    os.kill(orphan.pid, signal.SIGSTOP)
    retry = start(orders(database_url, sandbox, package_id, name="retry"))
    wait_until(lambda: len(seen_on(sandbox)) >= 30, seconds=20, what="a retry that is at work")
    # Its supervisor is gone, but it lives on, within its leases.
    os.kill(orphan.pid, signal.SIGCONT)
    retry.join(30)
    orphan.join(30)

    assert (retry.exitcode, orphan.exitcode) == (0, 0)
    recover(db, Worker(db, sandbox, package_id, name="next"), StandInOfficer(db, sandbox))
    assert states(db, package_id) == {"published": len(CODES)}
    assert judge(db, sandbox) == NOTHING_WRONG


def test_a_second_run_of_one_tonggak_finds_its_package_and_sends_nothing_again(
    db: Database, sandbox: RunningSandbox
) -> None:
    """Two runs, and a backfill over waves that are posted, open the same package of the real ledger."""
    accounts = {code: save_page(db, code, usage="real") for code in CODES}
    packages_seen = []
    for run in ("scheduled", "manual", "backfill"):
        with db.connection() as connection:
            package_id = open_package(connection, rehearsal=False)
            save_drafts(connection, package_id, [fresh(code, accounts[code]) for code in CODES])
        packages_seen.append(package_id)
        if run == "scheduled":
            before = _approve_and_send(db, sandbox, package_id)
        else:
            assert Worker(db, sandbox, package_id).publish() == {}

    assert len(set(packages_seen)) == 1
    assert rows(db, package_id) == before
    assert counted(sandbox) == (len(CODES), 0)


def _approve_and_send(db: Database, sandbox: RunningSandbox, package_id: int) -> dict[str, Row]:
    decide(db, package_id)
    make_due(db, package_id)
    worker = Worker(db, sandbox, package_id)
    numbers = due(db, package_id)
    assert worker.publish(numbers) == {"published": len(CODES)}
    # The same task cleared, and run once more by hand with the list that it had.
    assert worker.publish(numbers) == {"left": len(CODES)}
    return rows(db, package_id)
