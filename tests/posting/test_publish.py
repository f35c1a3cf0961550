"""Sending a wave to the real sandbox: each post once, each account for itself."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kabar.local.ports import free_port
from kabar.posting.publish import publish
from kabar.sandbox.running import RunningSandbox
from kabar.store import posts
from kabar.store.database import Database, database
from ledger import CODES, CONNECTION, Worker, approved, counted, drafted, due, rows, states


def test_each_post_goes_out_once_with_what_the_platform_named_saved(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db)

    outcome = Worker(db, sandbox, package_id).publish()

    assert outcome == {"published": len(CODES)}
    assert counted(sandbox) == (len(CODES), 0)
    with db.connection() as connection:
        saved = connection.execute("select platform_id, permalink, published_at from kabar.post").fetchall()
    log = sandbox.control("log")["data"]
    assert {row["platform_id"] for row in saved} == {entry["post_id"] for entry in log}
    assert all(row["permalink"].startswith("http") for row in saved)
    assert all(abs(datetime.now(UTC) - row["published_at"]) < timedelta(minutes=1) for row in saved)


def test_publishing_again_sends_nothing(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db)
    worker = Worker(db, sandbox, package_id)
    numbers = due(db, package_id)
    worker.publish(numbers)

    outcome = worker.publish(numbers)

    assert outcome == {"left": len(CODES)}
    assert counted(sandbox) == (len(CODES), 0)


def test_two_workers_on_one_wave_send_each_post_once(db: Database, sandbox: RunningSandbox) -> None:
    sandbox.control("settings", {"latency_ms": 50})
    package_id = approved(db)
    numbers = due(db, package_id)
    outcomes: list[Counter[str]] = []

    def work(name: str) -> None:
        outcomes.append(Worker(db, sandbox, package_id, name=name).publish(numbers))

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(outcomes, Counter()) == {"published": len(CODES), "left": len(CODES)}
    assert counted(sandbox) == (len(CODES), 0)


def test_a_refused_account_takes_nothing_from_the_others(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db)
    sandbox.plant(
        "error",
        method="POST",
        page=sandbox.page_id("3204"),
        code=190,
        subcode=460,
        message="Changed password",
    )

    outcome = Worker(db, sandbox, package_id).publish()

    assert outcome == {"published": len(CODES) - 1, "blocked": 1}
    row = rows(db, package_id)["3204"]
    assert row.state == "approved"
    assert "190/460" in row.reason


def test_an_account_that_the_token_does_not_reach_waits_for_itself(
    db: Database, sandbox: RunningSandbox
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"is_in_roster": False})
    package_id = approved(db)

    outcome = Worker(db, sandbox, package_id).publish()

    assert outcome == {"published": len(CODES) - 1, "blocked": 1}
    assert "does not reach" in rows(db, package_id)["3204"].reason


def test_a_closed_door_gives_every_claim_back_with_a_pause(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db)
    worker = Worker(db, sandbox, package_id, url=f"http://127.0.0.1:{free_port()}")

    outcome = worker.publish()

    assert outcome == {"released": len(CODES)}
    assert states(db, package_id) == {"approved": len(CODES)}
    assert due(db, package_id) == []
    assert _seconds_until_due(db) == pytest.approx(30, abs=5)


def test_an_app_wide_limit_stops_further_calls(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db)
    sandbox.plant("error", method="POST", code=4, message="(#4) Application request limit reached")
    one_by_one = Worker(db, sandbox, package_id)
    one_by_one.pace = replace(one_by_one.pace, in_flight=1)

    outcome = one_by_one.publish()

    assert outcome == {"released": 1, "left": len(CODES) - 1}
    assert counted(sandbox) == (0, 0)
    assert _seconds_until_due(db) == pytest.approx(60, abs=5)


@pytest.mark.parametrize("code", [32, 80001])
def test_the_limit_of_one_page_pauses_that_page_only(
    db: Database, sandbox: RunningSandbox, code: int
) -> None:
    package_id = approved(db)
    sandbox.plant("error", method="POST", page=sandbox.page_id("1101"), code=code, seconds=300)
    one_by_one = Worker(db, sandbox, package_id)
    one_by_one.pace = replace(one_by_one.pace, in_flight=1)

    outcome = one_by_one.publish()

    assert outcome == {"published": len(CODES) - 1, "released": 1}
    assert rows(db, package_id)["1101"].state == "approved"
    assert _seconds_until_due(db) == pytest.approx(300, abs=5)


def test_a_pause_never_carries_a_post_past_its_not_after_time(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db)
    with db.connection() as connection:
        connection.execute("update kabar.draft set not_after = now() + interval '10 seconds'")
    sandbox.plant("error", method="POST", code=4, times=None, seconds=3600)

    Worker(db, sandbox, package_id).publish()

    assert states(db, package_id) == {"approved": len(CODES)}
    assert 8 < _seconds_until_due(db) < 10


def test_a_channel_that_is_not_open_gives_the_claim_back(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    worker = Worker(db, sandbox, package_id)
    numbers = due(db, package_id)

    outcome = worker.do(lambda ledger, _: publish(numbers, ledger=ledger, channels={}, **worker.sending))

    assert outcome == {"released": 1}
    assert CONNECTION in rows(db, package_id)["3204"].reason


def test_a_fault_of_ours_is_raised_after_all_others_had_their_turn(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db)
    unknown = 999_999

    with pytest.raises(ExceptionGroup, match=f"1 of {len(CODES) + 1} posts"):
        Worker(db, sandbox, package_id).publish([unknown, *due(db, package_id)])

    assert states(db, package_id) == {"published": len(CODES)}


def test_more_posts_than_connections_never_wait_for_each_other(
    database_url: str, sandbox: RunningSandbox
) -> None:
    codes = ["1101", "1102", "1103", "1104", "1105", "1106", "1107", "1108"]
    with database(database_url, connections=1) as narrow:
        package_id = approved(narrow, codes)

        outcome = Worker(narrow, sandbox, package_id).publish()

    assert outcome == {"published": len(codes)}


def test_the_pace_refuses_a_lease_that_a_call_outlives() -> None:
    pace = Worker.__dataclass_fields__["pace"].default

    with pytest.raises(ValueError, match="KABAR_LEASE_SECONDS"):
        replace(pace, lease_seconds=pace.call_seconds)


def test_a_token_never_reaches_the_ledger(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    worker = Worker(db, sandbox, package_id)
    token = asyncio.run(_page_token(worker))
    sandbox.plant("error", method="POST", code=190, message=f"Malformed access token {token}")

    worker.publish()

    with db.connection() as connection:
        found = connection.execute("select reason, evidence::text as evidence from kabar.post").fetchone()
    assert found is not None
    assert "Malformed access token [token]" in found["reason"]
    assert token not in found["reason"] + found["evidence"]


def test_a_double_that_is_refused_is_a_question_and_not_a_refusal(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", code=506, message="(#506) Duplicate status message", when="after")
    worker = Worker(db, sandbox, package_id)

    assert worker.publish() == {"unconfirmed": 1}
    assert worker.settle() == {"found": 1}
    assert counted(sandbox) == (1, 0)


def test_the_same_words_in_the_next_tonggak_are_another_post(db: Database, sandbox: RunningSandbox) -> None:
    sandbox.control("settings", {"refuse_duplicates": True})
    first = approved(db, ["3204"], tonggak="pendaftaran-paslon|H-1")
    second = approved(db, ["3204"], tonggak="pendaftaran-paslon|H")
    Worker(db, sandbox, first).publish()
    sandbox.plant("cut_after", method="POST")
    worker = Worker(db, sandbox, second)

    assert worker.publish() == {"unconfirmed": 1}
    assert worker.settle() == {"found": 1}
    numbers = [rows(db, package)["3204"].platform_id for package in (first, second)]
    assert len(set(numbers)) == 2
    assert sandbox.control("count")["total"] == 2


def test_what_nobody_approved_is_not_sent(db: Database, sandbox: RunningSandbox) -> None:
    package_id = drafted(db)
    with db.connection() as connection:
        numbers = [row["id"] for row in connection.execute("select id from kabar.post").fetchall()]
        assert posts.due(connection) == []

    assert Worker(db, sandbox, package_id).publish(numbers) == {"left": len(CODES)}
    assert counted(sandbox) == (0, 0)


async def _page_token(worker: Worker) -> str:
    async with worker.channel():
        return worker._pages[worker.sandbox.page_id("3204")].token


def _seconds_until_due(db: Database) -> float:
    with db.connection() as connection:
        row = connection.execute(
            "select extract(epoch from max(publish_at) - clock_timestamp())::float as due_in from kabar.draft"
        ).fetchone()
    assert row is not None
    return float(row["due_in"])
