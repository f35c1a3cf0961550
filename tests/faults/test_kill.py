"""A publishing process that dies or freezes in the middle of its wave: no post double, none lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kabar.posting.reconcile import LOOKS_BEFORE_A_PERSON_IS_ASKED
from kabar.sandbox.running import RunningSandbox
from kabar.settings import REPOSITORY
from kabar.store import packages, questions
from kabar.store.database import Database
from ledger import QUICK, SATKER, Worker, approved, change, counted, rows, states

CODES = [code for code, satker in SATKER.items() if satker.kind == "kabupaten"][:60]
#: As long as `orchestration.rounds` gives itself.
LONG_ENOUGH = QUICK.lease_seconds + QUICK.settle_seconds + 3 * QUICK.look_gap_seconds + 1


@contextmanager
def publishing(
    database_url: str, sandbox: RunningSandbox, package_id: int, *, name: str
) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that publishes the package; ended with the block at the latest."""
    command = [sys.executable, str(Path(__file__).with_name("publishing_process.py"))]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "plugins")}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=environment)
    assert process.stdin is not None
    told = {"database_url": database_url, "sandbox_url": sandbox.url, "user_token": sandbox.user_token}
    process.stdin.write(json.dumps(told | {"package_id": package_id, "name": name}) + "\n")
    process.stdin.flush()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()


def wait_until_out(sandbox: RunningSandbox, number: int) -> None:
    """Return when the platform has taken so many posts."""
    gives_up_at = time.monotonic() + 20
    while counted(sandbox)[0] < number:
        assert time.monotonic() < gives_up_at, f"The wave stopped at {counted(sandbox)[0]} posts."
        time.sleep(0.01)


def recover(db: Database, worker: Worker) -> int:
    """What happens after a death: read, ask a person about what is missing, send again; gives the answers."""
    worker.sandbox.control("settings", {"latency_ms": 0})
    answers = 0
    for post in worker.settle_for(LONG_ENOUGH):
        assert post.looks >= LOOKS_BEFORE_A_PERSON_IS_ASKED
        with db.connection() as connection:
            answers += questions.answer_absent(
                connection,
                post_id=post.post_id,
                claim_number=post.claim_number,
                officer="humas_ri",
                reason="sudah dicari di halamannya",
            )
    worker.publish()
    worker.settle_for(LONG_ENOUGH)
    return answers


def assert_each_post_stands_once(db: Database, sandbox: RunningSandbox, package_id: int) -> None:
    assert counted(sandbox) == (len(CODES), 0)
    assert states(db, package_id) == {"published": len(CODES)}
    on_platform = {entry["post_id"] for entry in sandbox.control("log")["data"]}
    assert {row.platform_id for row in rows(db, package_id).values()} == on_platform
    with db.connection() as connection:
        assert packages.doubles(connection, package_id) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_a_wave_whose_process_is_killed_ends_with_each_post_once(
    db: Database, database_url: str, sandbox: RunningSandbox, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- Repeatable chance is the point.
    package_id = approved(db, CODES)
    with publishing(database_url, sandbox, package_id, name="killed") as process:
        wait_until_out(sandbox, chance.randint(5, 45))
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        assert process.wait() == -signal.SIGKILL
    left_behind = states(db, package_id)
    assert left_behind["sending"] > 0
    assert left_behind["approved"] > 0

    answers = recover(db, Worker(db, sandbox, package_id, name="next"))

    assert answers <= left_behind["sending"]
    assert_each_post_stands_once(db, sandbox, package_id)


def test_a_wave_that_loses_one_process_after_the_other_ends_with_each_post_once(
    db: Database, database_url: str, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, CODES)
    for number in (10, 25, 40):
        with publishing(database_url, sandbox, package_id, name=f"killed-at-{number}") as process:
            wait_until_out(sandbox, number)
            process.kill()

    recover(db, Worker(db, sandbox, package_id, name="next"))

    assert_each_post_stands_once(db, sandbox, package_id)


def test_a_process_that_freezes_past_its_leases_and_wakes_up_doubles_nothing(
    db: Database, database_url: str, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, CODES)
    other = Worker(db, sandbox, package_id, name="other")
    with publishing(database_url, sandbox, package_id, name="frozen") as process:
        wait_until_out(sandbox, 20)
        process.send_signal(signal.SIGSTOP)
        other.settle_for(LONG_ENOUGH)
        other.publish()
        process.send_signal(signal.SIGCONT)
        # Red when it froze inside a transaction, whose locks the server has taken from it meanwhile.
        assert process.wait(20) in {0, 1}

    # What it had claimed and not sent it gave back, to be sent after a pause.
    change(db, "update kabar.draft set publish_at = now() - interval '1 second' where publish_at > now()")
    recover(db, other)

    assert_each_post_stands_once(db, sandbox, package_id)


def test_a_killed_process_holds_nobody_up(db: Database, database_url: str, sandbox: RunningSandbox) -> None:
    """The others' posts go out at once; only what was in the dead process's hands waits for its lease."""
    package_id = approved(db, CODES)
    with publishing(database_url, sandbox, package_id, name="killed") as process:
        wait_until_out(sandbox, 10)
        process.kill()
        process.wait()
    in_its_hands = states(db, package_id)["sending"]

    outcome = Worker(db, sandbox, package_id, name="next").publish()

    assert set(outcome) == {"published"}
    assert states(db, package_id) == {"published": len(CODES) - in_its_hands, "sending": in_its_hands}
