"""`kill -9` at each boundary of the ledger, by name: no post double, none lost, every row ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from doomed import BOUNDARIES, LATENCY_MS, READING, Door, Orders, start
from witness import StandInOfficer, Verdict, judge, recover

from kabar.local.ports import free_port
from kabar.sandbox.running import RunningSandbox
from kabar.store import posts
from kabar.store.database import Database
from ledger import QUICK, SATKER, Worker, approved, change, due, states

CODES = [code for code, satker in SATKER.items() if satker.kind == "kota"][:4]
RELEASING = [boundary for boundary in BOUNDARIES if boundary.endswith("_release")]
SENDING = [one for one in BOUNDARIES if one not in READING and one not in RELEASING]
#: How often a worker dies at each boundary.
TIMES = int(os.environ.get("KABAR_TIMES", "1"))
#: Processes at the same time; each is busy for a moment only.
AT_ONCE = 4
NOTHING_WRONG = Verdict([], [], [])


@pytest.fixture
def worker(db: Database, sandbox: RunningSandbox) -> Worker:
    """Goes on after a death, with everything that there is."""
    sandbox.control("settings", {"latency_ms": LATENCY_MS})
    anybody = Worker(db, sandbox, None, name="next")  # type: ignore[arg-type]
    # Asks for the Pages once, for itself and for all that it gives orders to.
    anybody.publish([])
    return anybody


def order(database_url: str, worker: Worker, package_id: int, boundary: str, passage: int) -> Orders:
    # A claim goes back when nobody answers at all. A limit would do so too, but only once: from then on every
    # process leaves the account alone, and none would reach its boundary.
    address = f"http://127.0.0.1:{free_port()}" if boundary in RELEASING else worker.sandbox.url
    return Orders(
        database_url,
        Door(address, worker.sandbox.user_token),
        name=f"dies-{boundary}-{passage}",
        package_id=package_id,
        pages=worker._pages,
        dies_at=boundary,
        passage=passage,
        publishes=boundary not in READING,
        settles=boundary in READING,
        connections=2,
    )


def deaths(orders: Sequence[Orders]) -> list[str]:
    """Run all processes to their end; gives the names of those that did not die as ordered."""

    def run(one: Orders) -> str | None:
        process = start(one)
        process.join(30)
        survived = process.exitcode != -signal.SIGKILL
        process.kill()
        return one.name if survived else None

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [name for name in threads.map(run, orders) if name is not None]


def finish(db: Database, worker: Worker) -> StandInOfficer:
    worker.sandbox.control("faults", method="DELETE")
    worker.sandbox.control("settings", {"latency_ms": 0})
    officer = StandInOfficer(db, worker.sandbox)
    recover(db, worker, officer)
    return officer


def test_a_worker_that_dies_at_any_boundary_of_sending_doubles_and_loses_nothing(
    db: Database, database_url: str, worker: Worker
) -> None:
    orders = [
        order(database_url, worker, approved(db, CODES, tonggak=f"{boundary}|{time}"), boundary, passage)
        for time in range(TIMES)
        for number, boundary in enumerate(SENDING)
        for passage in [1 + (number + time) % len(CODES)]
    ]

    survivors = deaths(orders)

    finish(db, worker)
    assert survivors == []
    assert judge(db, worker.sandbox) == NOTHING_WRONG
    for one in orders:
        assert one.package_id is not None
        assert states(db, one.package_id) == {"published": len(CODES)}


def test_a_worker_that_dies_while_it_gives_claims_back_doubles_and_loses_nothing(
    db: Database, database_url: str, worker: Worker
) -> None:
    orders = [
        order(database_url, worker, approved(db, CODES, tonggak=f"{boundary}|{time}"), boundary, passage)
        for time in range(TIMES)
        for number, boundary in enumerate(RELEASING)
        for passage in [1 + (number + time) % len(CODES)]
    ]

    survivors = deaths(orders)

    finish(db, worker)
    assert survivors == []
    assert judge(db, worker.sandbox) == NOTHING_WRONG


def test_a_worker_that_dies_while_it_reads_doubles_and_loses_nothing(
    db: Database, database_url: str, worker: Worker
) -> None:
    orders = []
    for boundary, time in product(sorted(READING), range(TIMES)):
        package_id = approved(db, CODES, tonggak=f"{boundary}|{time}")
        orders.append(order(database_url, worker, package_id, boundary, 1))
        leave_something_to_read(db, worker, package_id, boundary)

    survivors = deaths(orders)

    finish(db, worker)
    assert survivors == []
    assert judge(db, worker.sandbox) == NOTHING_WRONG


def leave_something_to_read(db: Database, worker: Worker, package_id: int, boundary: str) -> None:
    """Let a package's posts be in the state in which the reading passes the boundary."""
    step = boundary.partition("_")[2]
    if step == "doubt":
        # Somebody has claimed them and is gone.
        with db.connection() as connection:
            for number in due(db, package_id):
                posts.lock(connection, number)
                posts.take_claim(connection, number, worker="gone", lease_seconds=0)
        return
    kind = {"look": "redirect", "settlement": "cut_after"}.get(step)
    if kind is not None:
        worker.sandbox.plant(kind, method="POST", edge="/feed", times=None)
    sender = Worker(db, worker.sandbox, package_id, name="sender", _pages=worker._pages)
    sender.publish()
    worker.sandbox.control("faults", method="DELETE")
    # The settle time is over, so that a look counts.
    change(
        db,
        "update kabar.post set lease_until = lease_until - make_interval(secs => %s)",
        QUICK.settle_seconds,
    )
