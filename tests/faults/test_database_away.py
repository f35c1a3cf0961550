"""A database that goes away in the middle of a wave: no post double, none lost, and soon all as before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from doomed import Door, Orders, start
from postgres_server import Server, server_of_ones_own, small_disk
from witness import StandInOfficer, Verdict, judge, recover, seen_on, wait_until

from kabar.sandbox.running import RunningSandbox
from kabar.settings import Pace
from kabar.store.database import Database, database
from kabar.store.migrate import migrate
from ledger import SATKER, Worker, approved, states

CODES = [code for code, satker in SATKER.items() if satker.kind == "kabupaten"][:90]
#: A lease that is long beside the call, as in real life, so that a late answer is still its worker's own.
PACE = Pace(call_seconds=1, lease_seconds=20, settle_seconds=0.2, look_gap_seconds=0.05, in_flight=6)
RECOVERY_SECONDS = 30.0
NOTHING_WRONG = Verdict([], [], [])

numbers = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that these tests stop and start, with our schema as a template."""
    with server_of_ones_own() as own:
        own.say("create database kabar_template")
        migrate(own.at("kabar_template"))
        yield own


@contextmanager
def fresh(server: Server, *, options: str = "") -> Iterator[tuple[str, Database]]:
    """A fresh database of that server: its address and a pool."""
    name = f"away_{next(numbers)}"
    server.say(f"create database {name} template kabar_template {options}")
    with database(server.at(name), connections=8) as pool:
        yield server.at(name), pool
    server.say(f"drop database {name} with (force)")


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    server.stop("immediate")
    yield
    server.start()


@contextmanager
def read_only(server: Server) -> Iterator[None]:
    server.say("alter system set default_transaction_read_only = on")
    server.say("select pg_reload_conf()")
    yield
    # This very session only reads unless it says otherwise.
    server.say("set default_transaction_read_only = off; alter system reset default_transaction_read_only")
    server.say("select pg_reload_conf()")


@contextmanager
def without_backends(server: Server) -> Iterator[None]:
    for _ in range(5):
        server.say(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
        time.sleep(0.3)
    yield


Trouble = Callable[[Server], AbstractContextManager[None]]


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [(stopped, 10), (without_backends, 0), (read_only, 3)],
    ids=["stopped", "without backends", "read-only"],
)
def test_a_database_that_goes_away_costs_a_wave_its_time_and_nothing_else(
    server: Server, sandbox: RunningSandbox, trouble: Trouble, seconds: float
) -> None:
    with fresh(server) as (url, pool):
        package_id = approved(pool, CODES)
        process = start(orders(url, sandbox, package_id))
        wait_until(lambda: len(seen_on(sandbox)) >= 20, seconds=20, what="a wave that has begun")
        with trouble(server):
            time.sleep(seconds)
        back_at = time.monotonic()
        process.join(RECOVERY_SECONDS)

        assert process.exitcode == 0
        assert time.monotonic() - back_at < RECOVERY_SECONDS
        _everything_stands(pool, sandbox, package_id)


@pytest.fixture
def disk(server: Server) -> Iterator[Path]:
    """A disk of a few megabytes, on which a database can be made; only root can have one."""
    with ExitStack() as stack:
        try:
            place = stack.enter_context(small_disk(megabytes=40))
        except PermissionError as error:
            pytest.skip(str(error))
        server.say(f"create tablespace small location '{place}'")
        yield place
        server.say("drop tablespace small")


def test_a_disk_that_is_full_costs_a_wave_its_time_and_nothing_else(
    server: Server, sandbox: RunningSandbox, disk: Path
) -> None:
    with fresh(server, options="tablespace small") as (url, pool):
        package_id = approved(pool, CODES)
        process = start(orders(url, sandbox, package_id))
        wait_until(lambda: len(seen_on(sandbox)) >= 10, seconds=20, what="a wave that has begun")
        filler = fill(disk)
        time.sleep(3)
        in_trouble = len(seen_on(sandbox))
        filler.unlink()
        process.join(RECOVERY_SECONDS)

        assert in_trouble < len(CODES)
        assert process.exitcode == 0
        _everything_stands(pool, sandbox, package_id)


def test_an_answer_that_could_not_be_saved_in_time_is_found_by_reading(
    server: Server, sandbox: RunningSandbox
) -> None:
    with fresh(server) as (url, pool):
        package_id = approved(pool, CODES)
        process = start(orders(url, sandbox, package_id, patience_seconds=1))
        wait_until(lambda: len(seen_on(sandbox)) >= 20, seconds=20, what="a wave that has begun")
        with stopped(server):
            process.join(RECOVERY_SECONDS)
        # The task is red, and what it had in its hands is nobody's until the lease ends.
        assert process.exitcode == 1
        held = states(pool, package_id)["sending"]
        assert held > 0
        with pool.connection() as connection:
            connection.execute(
                "update kabar.post set lease_until = now() - interval '1 second' where state = 'sending'"
            )
        officer = StandInOfficer(pool, sandbox)
        anybody = Worker(pool, sandbox, package_id, name="next")

        recover(pool, anybody, officer)

        assert officer.answers.total() <= held
        _everything_stands(pool, sandbox, package_id)


def orders(
    url: str, sandbox: RunningSandbox, package_id: int, *, patience_seconds: float = RECOVERY_SECONDS
) -> Orders:
    door = Door(sandbox.url, sandbox.user_token)
    return Orders(
        url, door, name="sender", package_id=package_id, pace=PACE, patience_seconds=patience_seconds
    )


def fill(place: Path) -> Path:
    """Take the last byte of a disk."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as stream:
        size = 1 << 20
        while size:
            try:
                stream.write(bytes(size))
            except OSError:
                size //= 2
    return filler


def _everything_stands(pool: Database, sandbox: RunningSandbox, package_id: int) -> None:
    """Nothing is double or lost, and the worker saved every answer that it held meanwhile."""
    assert judge(pool, sandbox) == NOTHING_WRONG
    assert states(pool, package_id) == {"published": len(CODES)}
