"""A platform that asks for a pause is left alone by everybody, and nobody else waits for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from kabar.sandbox.running import RunningSandbox
from kabar.store.cooldowns import standing_cooldowns
from kabar.store.database import Database
from kabar.store.decisions import package_standing
from kabar.store.turns import upcoming_turns
from ledger import (
    CODES,
    CONNECTION,
    QUICK,
    SATKER,
    Worker,
    approved,
    change,
    counted,
    due,
    let_pauses_pass,
    page_id,
    rows,
    states,
)

#: Enough accounts that a loop which calls on would be seen.
MANY = tuple(code for code in SATKER if code.startswith("32"))[1:21]


def hits(sandbox: RunningSandbox) -> int:
    """How many calls the planted faults have answered, by the sandbox's own count."""
    return sum(entry["hits"] for entry in sandbox.control("faults")["data"])


def resting(db: Database) -> dict[str, float]:
    """Which accounts rest, and for how many seconds; '' is everything behind the connection."""
    with db.connection() as connection:
        found = connection.execute(
            "select external_id, extract(epoch from until - clock_timestamp())::float8 as seconds"
            " from kabar.cooldown where until > clock_timestamp() and connection = %s",
            (CONNECTION,),
        ).fetchall()
    return {row["external_id"]: row["seconds"] for row in found}


def test_an_app_that_is_throttled_for_a_minute_gets_no_more_calls_than_were_in_flight(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, MANY)
    sandbox.plant(
        "error", method="POST", times=None, code=4, message="(#4) Application request limit reached"
    )
    workers = [
        Worker(db, sandbox, package_id, name=name, pace=replace(QUICK, in_flight=4))
        for name in ("worker-1", "worker-2", "worker-3")
    ]

    for _ in range(5):
        for worker in workers:
            worker.publish(due(db, package_id))
            # A task that was cleared asks for every post by its number.
            worker.publish([row.post_id for row in rows(db, package_id).values()])

    assert 1 <= hits(sandbox) <= 4
    assert states(db, package_id) == {"approved": len(MANY)}
    sandbox.control("faults", method="DELETE")
    let_pauses_pass(db)
    assert workers[1].publish() == {"published": len(MANY)}
    assert counted(sandbox) == (len(MANY), 0)


def test_a_page_that_is_throttled_is_called_once_while_all_others_go_on(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, MANY)
    sandbox.plant("error", method="POST", times=None, page=page_id("3204"), code=80001, seconds=300)
    worker = Worker(db, sandbox, package_id)

    first = worker.publish()
    for _ in range(5):
        change(db, "update kabar.draft set publish_at = now() - interval '1 second'")
        worker.publish([rows(db, package_id)["3204"].post_id])

    assert first == {"published": len(MANY) - 1, "released": 1}
    assert hits(sandbox) == 1
    assert resting(db) == {page_id("3204"): pytest.approx(300, abs=5)}
    assert rows(db, package_id)["3204"].state == "approved"


def test_a_budget_that_is_nearly_used_up_rests_before_the_platform_refuses(
    db: Database, sandbox: RunningSandbox
) -> None:
    sandbox.control("settings", {"page_calls_a_day": 1})
    package_id = approved(db, ["3204"])

    assert Worker(db, sandbox, package_id).publish() == {"published": 1}

    assert resting(db) == {page_id("3204"): pytest.approx(300, abs=5)}


def test_headers_below_the_limit_let_nobody_rest(db: Database, sandbox: RunningSandbox) -> None:
    sandbox.control("settings", {"page_calls_a_day": 2})

    Worker(db, sandbox, approved(db, ["3204"])).publish()

    assert resting(db) == {}


def test_a_resting_account_waits_in_every_package_and_goes_on_by_itself(
    db: Database, sandbox: RunningSandbox
) -> None:
    first = approved(db, ["3204", "1101"], tonggak="pendaftaran-paslon|H-1", message="Besok.")
    second = approved(db, ["3204", "1101"], tonggak="pendaftaran-paslon|H", message="Hari ini.")
    sandbox.plant("error", method="POST", page=page_id("3204"), code=32, seconds=600)
    Worker(db, sandbox, first).publish()

    assert Worker(db, sandbox, second).publish() == {"published": 1}
    with db.connection() as connection:
        standing = package_standing(connection, second)
    assert standing.due == 0
    assert standing.next_at is not None
    assert (standing.next_at - standing.now).total_seconds() == pytest.approx(600, abs=10)

    let_pauses_pass(db)
    assert Worker(db, sandbox, second).publish() == {"published": 1}


def test_a_pause_never_makes_a_post_late(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", code=4)
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    let_pauses_pass(db)
    change(
        db,
        "update kabar.draft set publish_at = now() - interval '2 hours',"
        " not_after = now() - interval '1 hour'",
    )

    assert worker.publish([rows(db, package_id)["3204"].post_id]) == {"left": 1}

    assert rows(db, package_id)["3204"].state == "expired"
    assert counted(sandbox) == (0, 0)


def test_a_shorter_pause_does_not_shorten_one_that_stands(db: Database, sandbox: RunningSandbox) -> None:
    worker = Worker(db, sandbox, approved(db, ["3204"]))

    async def pause(ledger: object, _: object) -> None:
        for seconds in (600.0, 60.0):
            await ledger.cool_down(  # type: ignore[attr-defined]  # The ledger of the worker.
                reached_by=CONNECTION, account="", pause_seconds=seconds, reason="(#4)"
            )

    worker.do(pause)  # type: ignore[arg-type]  # As above.

    assert resting(db) == {"": pytest.approx(600, abs=5)}


def test_nobody_reads_for_an_account_that_rests(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    sandbox.plant("error", method="GET", times=None, page=page_id("3204"), code=80001, seconds=300)

    for _ in range(4):
        assert worker.read_back() == {"unreadable": 1}

    assert hits(sandbox) == 1


def test_the_operator_sees_who_rests_until_when_and_what_waits(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, MANY)
    sandbox.plant("error", method="POST", code=4, message="(#4) Application request limit reached")
    Worker(db, sandbox, package_id, pace=replace(QUICK, in_flight=1)).publish()

    with db.connection() as connection:
        (cooldown,) = standing_cooldowns(connection)

    assert cooldown["channels"] == ["facebook"]
    assert "Application request limit" in cooldown["reason"] or "used 100 %" in cooldown["reason"]
    assert cooldown["waiting"] == len(MANY) - 1


def test_a_second_post_of_an_account_waits_for_the_gap(db: Database, sandbox: RunningSandbox) -> None:
    pace = replace(QUICK, account_gap_seconds=60)
    first = approved(db, ["3204", "1101"], tonggak="pendaftaran-paslon|H-1", message="Besok.")
    second = approved(db, ["3204"], tonggak="pendaftaran-paslon|H", message="Hari ini.")
    Worker(db, sandbox, first, pace=pace).publish()
    (number,) = due(db, second)

    assert Worker(db, sandbox, second, pace=pace).publish([number]) == {"left": 1}

    assert rows(db, second)["3204"].state == "approved"
    with db.connection() as connection:
        assert upcoming_turns(connection, package_id=second, account_gap_seconds=60) == []
        standing = package_standing(connection, second, account_gap_seconds=60)
    assert standing.due == 0
    assert standing.next_at is not None
    assert (standing.next_at - standing.now).total_seconds() == pytest.approx(60, abs=5)
    change(db, "update kabar.post set sent_at = sent_at - interval '61 seconds'")
    assert Worker(db, sandbox, second, pace=pace).publish([number]) == {"published": 1}


def test_two_workers_at_the_same_time_keep_the_gap_of_an_account(
    db: Database, sandbox: RunningSandbox
) -> None:
    pace = replace(QUICK, account_gap_seconds=60)
    packages = [
        approved(db, CODES, tonggak=f"pendaftaran-paslon|H-{number}", message=f"Pesan {number}.")
        for number in range(2)
    ]
    outcomes: list[Counter[str]] = []
    together = Barrier(2)

    def work(package_id: int) -> None:
        worker = Worker(db, sandbox, package_id, name=f"worker-{package_id}", pace=pace)
        numbers = due(db, package_id)
        together.wait()
        outcomes.append(worker.publish(numbers))

    threads = [Thread(target=work, args=(package_id,)) for package_id in packages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(outcomes, Counter()) == {"published": len(CODES), "left": len(CODES)}
    assert counted(sandbox) == (len(CODES), 0)


def test_the_posts_of_one_instant_are_spread_and_an_account_keeps_its_place(db: Database) -> None:
    package_id = approved(db, MANY)

    def places() -> dict[int, float]:
        with db.connection() as connection:
            return dict(upcoming_turns(connection, package_id=package_id, spread_seconds=30))

    first, second = places(), places()

    assert len(set(first.values())) == len(MANY)
    assert all(0 <= seconds < 30 for seconds in first.values())
    assert max(first.values()) - min(first.values()) > 15
    assert all(second[post_id] == pytest.approx(first[post_id], abs=1) for post_id in first)


def test_a_post_whose_turn_has_passed_goes_at_once(db: Database) -> None:
    package_id = approved(db, MANY)
    change(db, "update kabar.draft set publish_at = now() - interval '1 minute'")

    with db.connection() as connection:
        turns = upcoming_turns(connection, package_id=package_id, spread_seconds=30)

    assert {turn.in_seconds for turn in turns} == {0.0}


def test_a_wave_waits_for_each_turn_before_it_claims(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, CODES)
    change(db, "update kabar.draft set publish_at = clock_timestamp()")
    worker = Worker(db, sandbox, package_id)
    with db.connection() as connection:
        turns = upcoming_turns(connection, package_id=package_id, spread_seconds=2)
    latest = max(turns, key=lambda turn: turn.in_seconds)

    worker.publish([turn.post_id for turn in turns], in_seconds=dict(turns))

    with db.connection() as connection:
        waited = connection.execute(
            "select p.id, extract(epoch from p.sent_at - d.publish_at)::float8 as seconds"
            " from kabar.post p join kabar.draft d on d.id = p.draft_id"
        ).fetchall()
    seconds = {row["id"]: row["seconds"] for row in waited}
    assert seconds[latest.post_id] >= latest.in_seconds
    assert max(seconds, key=seconds.__getitem__) == latest.post_id
