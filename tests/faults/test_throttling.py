"""A platform that asks us to slow down is left alone, and the accounts that it does not mean go on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kabar.sandbox.running import RunningSandbox
from kabar.store.database import Database
from ledger import SATKER, Worker, approved, counted, let_pauses_pass, rows, states

CODES = [code for code, satker in SATKER.items() if satker.kind == "kabupaten"][:60]
IN_FLIGHT = 6


@pytest.fixture
def worker(db: Database, sandbox: RunningSandbox) -> Worker:
    """Sixty posts that are due."""
    sandbox.control("settings", {"latency_ms": 20})
    worker = Worker(db, sandbox, approved(db, CODES))
    worker.pace = replace(worker.pace, in_flight=IN_FLIGHT)
    return worker


def calls(sandbox: RunningSandbox, page: str | None = None) -> int:
    """Creating calls of any outcome that reached the platform."""
    total = sandbox.control("calls?method=POST&edge=feed" + (f"&page={page}" if page else ""))["total"]
    assert isinstance(total, int)
    return total


@pytest.mark.parametrize("code", [4, 17, 341, 613])
def test_a_limit_of_the_whole_app_is_not_hammered_and_costs_no_post(
    db: Database, worker: Worker, code: int
) -> None:
    worker.sandbox.plant("error", method="POST", edge="/feed", code=code, times=None, seconds=60)

    rounds = [worker.publish() for _ in range(5)]

    # Only what was under way when the first answer came has reached it; in its minute nobody asks again.
    assert calls(worker.sandbox) <= IN_FLIGHT
    assert rounds[1:] == [{}] * 4
    assert states(db, worker.package_id) == {"approved": len(CODES)}
    worker.sandbox.control("faults", method="DELETE")
    let_pauses_pass(db)
    assert worker.publish() == {"published": len(CODES)}
    assert counted(worker.sandbox) == (len(CODES), 0)


@pytest.mark.parametrize("code", [32, 80001])
def test_a_limit_of_some_pages_is_not_hammered_and_does_not_hurt_the_others(
    db: Database, worker: Worker, code: int
) -> None:
    tired = [worker.sandbox.page_id(one) for one in CODES[:5]]
    for page in tired:
        worker.sandbox.plant("error", method="POST", page=page, code=code, times=None, seconds=300)

    rounds = [worker.publish() for _ in range(5)]

    assert rounds[0] == {"published": len(CODES) - 5, "released": 5}
    assert rounds[1:] == [{}] * 4
    assert [calls(worker.sandbox, page) for page in tired] == [1] * 5
    worker.sandbox.control("faults", method="DELETE")
    let_pauses_pass(db)
    assert worker.publish() == {"published": 5}
    assert counted(worker.sandbox) == (len(CODES), 0)


def test_budgets_that_are_spent_in_mid_wave_cost_no_post(db: Database, worker: Worker) -> None:
    """Headers say first that a budget is spent; asked too early, the platform's own count refuses."""
    first = worker.sandbox.page_id(CODES[0])
    worker.sandbox.control("settings", {"page_calls_a_day": 1})
    worker.publish()
    assert states(db, worker.package_id) == {"published": len(CODES)}
    second = Worker(
        db, worker.sandbox, approved(db, CODES[:3], tonggak="pendaftaran-paslon|akhir"), _pages=worker._pages
    )

    assert [second.publish() for _ in range(2)] == [{}, {}]
    assert calls(worker.sandbox, first) == 1
    let_pauses_pass(db)

    assert [second.publish() for _ in range(3)] == [{"released": 3}, {}, {}]
    assert calls(worker.sandbox, first) == 2
    assert {row.state for row in rows(db, second.package_id).values()} == {"approved"}
