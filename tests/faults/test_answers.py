"""Every way in which an answer can be lost: the row says what is known, and only reading settles it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from storm import CREATING

from kabar.sandbox.faults import Fault
from kabar.sandbox.running import RunningSandbox
from kabar.settings import Pace
from kabar.store.database import Database
from ledger import SATKER, Worker, approved, counted, rows, states

#: Those that leave a doubt; the two errors that say clearly that nothing happened are left out.
DOUBTFUL = [(kind, members) for kind, members in CREATING if members.get("code") not in {32, 190}]
CODES = [code for code, satker in SATKER.items() if satker.kind == "kabupaten"][: len(DOUBTFUL)]
PACE = Pace(call_seconds=1, lease_seconds=4, settle_seconds=1.5, look_gap_seconds=0.3, in_flight=20)


@pytest.fixture
def doubtful(db: Database, sandbox: RunningSandbox) -> Worker:
    """A wave in which each Page's call met another fault."""
    sandbox.control("settings", {"latency_ms": 0})
    package_id = approved(db, CODES)
    for code, (kind, members) in zip(CODES, DOUBTFUL, strict=True):
        sandbox.plant(kind, method="POST", page=sandbox.page_id(code), **members)
    worker = Worker(db, sandbox, package_id, pace=PACE)
    assert worker.publish() == {"unconfirmed": len(CODES)}
    return worker


def has_effect(kind: str, members: dict[str, Any]) -> bool:
    return Fault(kind=kind, **members).takes_effect  # type: ignore[arg-type]


def test_every_lost_answer_is_unconfirmed_with_its_evidence(db: Database, doubtful: Worker) -> None:
    assert states(db, doubtful.package_id) == {"unconfirmed": len(CODES)}
    with db.connection() as connection:
        kept = connection.execute("select reason, evidence from kabar.post").fetchall()
    for row in kept:
        assert row["evidence"][-1] == {"by": "answer", "said": row["reason"]}
    assert len({row["reason"] for row in kept}) >= 4


def test_reading_finds_what_stands_and_calls_nothing_absent_before_the_settle_time(
    db: Database, doubtful: Worker
) -> None:
    effects = {code for code, fault in zip(CODES, DOUBTFUL, strict=True) if has_effect(*fault)}
    late = {code for code, (kind, _) in zip(CODES, DOUBTFUL, strict=True) if kind == "lost_and_late"}

    first = doubtful.settle()

    # The settle time has not passed: what is not there yet stays open, without a look that would count.
    assert first["found"] >= len(effects - late)
    assert first["absent"] == 0
    with db.connection() as connection:
        looks = connection.execute("select coalesce(max(looks), 0) as n from kabar.post").fetchone()
    assert looks == {"n": 0}

    time.sleep(PACE.settle_seconds)
    left = doubtful.settle_for(5)

    found = {code for code, row in rows(db, doubtful.package_id).items() if row.state == "published"}
    assert found == effects
    assert len(left) == len(CODES) - len(effects)
    assert all(post.looks >= 2 for post in left)
    assert counted(doubtful.sandbox) == (len(effects), 0)
    # Nobody has sent anything again: one creating call a Page.
    assert doubtful.sandbox.control("calls?method=POST")["total"] == len(CODES)


def test_an_effect_that_comes_after_the_settle_time_is_found_while_the_question_is_open(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("lost_and_late", method="POST", seconds=4)
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    (open_question,) = worker.settle_for(3)
    assert open_question.looks >= 2
    sandbox.control("clock", {"clock_offset_seconds": 4})

    assert worker.settle() == {"found": 1}
    assert counted(sandbox) == (1, 0)
