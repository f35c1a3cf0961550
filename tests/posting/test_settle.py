"""Was it posted? Answered by reading, never by sending again."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kabar.posting.reconcile import LOOKS_BEFORE_A_PERSON_IS_ASKED, may_count_as_absent
from kabar.posting.states import Unconfirmed
from kabar.sandbox.running import RunningSandbox
from kabar.store import packages, posts, questions
from kabar.store.database import Database
from ledger import (
    CODES,
    QUICK,
    Worker,
    approved,
    change,
    change_unseen,
    counted,
    due,
    make_due,
    rows,
    states,
)

LOST_AFTER: list[tuple[str, dict[str, Any]]] = [
    ("hang_after", {"seconds": 3}),
    ("cut_after", {}),
    ("reset_mid_body", {}),
    ("half_json", {}),
    ("garbage", {}),
    ("no_id", {}),
    ("slow_drip", {"seconds": 3}),
    ("error", {"when": "after", "status": 500, "code": 2}),
    ("error", {"when": "after", "status": 400, "code": 1, "subcode": 99}),
    ("error", {"when": "after", "status": 503, "code": 341}),
]
LOST_BEFORE: list[tuple[str, dict[str, Any]]] = [
    ("hang_before", {"seconds": 3}),
    ("error", {"when": "before", "status": 500, "code": 2}),
    ("redirect", {}),
]


def absent(db: Database, number: int, claim_number: int = 1) -> bool:
    """An officer says that it is not there."""
    with db.connection() as connection:
        return questions.answer_absent(
            connection, post_id=number, claim_number=claim_number, officer="humas_ri", reason="sudah dicari"
        )


def looks(db: Database, number: int) -> int:
    with db.connection() as connection:
        row = connection.execute("select looks from kabar.post where id = %s", (number,)).fetchone()
    assert row is not None
    return int(row["looks"])


@pytest.mark.parametrize(("kind", "members"), LOST_AFTER)
def test_an_answer_lost_after_the_effect_is_found_by_reading_and_nothing_is_sent_again(
    db: Database, sandbox: RunningSandbox, kind: str, members: dict[str, Any]
) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant(kind, method="POST", **members)
    worker = Worker(db, sandbox, package_id)

    assert worker.publish() == {"unconfirmed": 1}
    assert worker.settle() == {"found": 1}

    row = rows(db, package_id)["3204"]
    assert (row.state, row.claim_number) == ("published", 1)
    assert row.platform_id == sandbox.control("log")["data"][0]["post_id"]
    assert counted(sandbox) == (1, 0)


@pytest.mark.parametrize(("kind", "members"), LOST_BEFORE)
def test_a_post_that_never_arrived_is_left_to_a_person_and_never_sent_again_by_machine(
    db: Database, sandbox: RunningSandbox, kind: str, members: dict[str, Any]
) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant(kind, method="POST", **members)
    worker = Worker(db, sandbox, package_id)

    assert worker.publish() == {"unconfirmed": 1}
    (left,) = worker.settle_for(5)

    assert left.looks == LOOKS_BEFORE_A_PERSON_IS_ASKED
    assert states(db, package_id) == {"unconfirmed": 1}
    assert due(db, package_id) == []
    assert worker.publish([left.post_id]) == {"left": 1}
    assert counted(sandbox) == (0, 0)


def test_a_person_who_finds_nothing_lets_the_machine_send_once_more(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", when="before", status=500, code=2)
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    (left,) = worker.settle_for(5)

    assert absent(db, left.post_id)

    assert worker.publish() == {"published": 1}
    assert counted(sandbox) == (1, 0)


def test_absence_means_nothing_before_the_settle_time_is_over(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", when="before", status=500, code=2)
    worker = Worker(db, sandbox, package_id, pace=replace(QUICK, settle_seconds=60))
    worker.publish()

    assert worker.settle() == {"too_early": 1}
    assert looks(db, rows(db, package_id)["3204"].post_id) == 0


def test_a_post_that_appears_late_is_found_by_a_later_look(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    # The platform accepts, answers with nonsense of its own, and shows the post a second later.
    sandbox.plant("late_effect", method="POST", seconds=1)
    sandbox.plant("list_lag", method="GET", edge="published_posts", seconds=1, times=1)
    worker = Worker(db, sandbox, package_id)
    assert worker.publish() == {"published": 1}
    change_unseen(
        db,
        "update kabar.post"
        " set state = 'unconfirmed', platform_id = null, lease_until = now(), evidence = '[]'",
    )

    assert worker.settle() in ({"too_early": 1}, {"absent": 1})
    time.sleep(1.2)

    assert worker.settle() == {"found": 1}


@pytest.mark.parametrize(
    ("over", "looked", "counts"),
    [(59, None, False), (60, None, True), (100, 29, False), (100, 30, True)],
)
def test_a_look_counts_after_the_settle_time_and_spaced_from_the_one_before(
    over: int, looked: int | None, *, counts: bool
) -> None:
    now = datetime(2024, 8, 27, 1, tzinfo=UTC)
    post = Unconfirmed(
        post_id=1,
        claim_number=1,
        first_sent_at=now - timedelta(hours=1),
        sent_at=now - timedelta(hours=1),
        over_at=now - timedelta(seconds=over),
        looks=0,
        looked_at=None if looked is None else now - timedelta(seconds=looked),
        message="",
        link="",
        alt_text="",
        hashtags=[],
        content_hash="",
        satker_code="3204",
        channel="facebook",
        account_external_id="1",
        connection="c",
        handle={},
        now=now,
    )

    assert may_count_as_absent(post, settle_seconds=60, look_gap_seconds=30) is counts


def test_the_settle_time_begins_when_the_call_was_given_up(db: Database, sandbox: RunningSandbox) -> None:
    """A call that was cut off after its longest time may have taken effect in its last moment."""
    package_id = approved(db, ["3204"])
    sandbox.plant("hang_before", method="POST", seconds=3)
    worker = Worker(db, sandbox, package_id, pace=replace(QUICK, call_seconds=1, settle_seconds=0.9))
    before = datetime.now(UTC)
    worker.publish()

    with db.connection() as connection:
        (question,) = posts.unconfirmed(connection)
    assert question.over_at >= before + timedelta(seconds=1)
    assert worker.settle() == {"too_early": 1}


def test_two_readers_at_the_same_time_are_one_look(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", when="before", status=500, code=2)
    Worker(db, sandbox, package_id).publish()

    with db.connection() as connection:
        (seen,) = posts.unconfirmed(connection)
        first, second = (
            posts.record_look(connection, seen, worker=name, reason="look 1", evidence={}) for name in "ab"
        )

    assert (first, second) == (True, False)
    assert looks(db, seen.post_id) == 1


def test_a_question_whose_account_cannot_be_read_stays_open(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, CODES)
    sandbox.plant("cut_after", method="POST", times=None)
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    sandbox.plant("error", method="GET", page=sandbox.page_id("3204"), code=190, times=None)

    assert worker.settle() == {"found": len(CODES) - 1, "unreadable": 1}
    assert rows(db, package_id)["3204"].state == "unconfirmed"
    assert looks(db, rows(db, package_id)["3204"].post_id) == 0


def test_a_pause_of_the_whole_app_stops_further_reading(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, CODES)
    sandbox.plant("cut_after", method="POST", times=None)
    worker = Worker(db, sandbox, package_id, pace=replace(QUICK, in_flight=1))
    worker.publish()
    sandbox.control("faults", method="DELETE")
    sandbox.plant("error", method="GET", edge="published_posts", code=4, times=None)

    assert worker.settle() == {"unreadable": len(CODES)}

    assert sandbox.control("faults")["data"][0]["hits"] == 1


def test_two_copies_are_recorded_as_a_double_for_a_person(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("cut_after", method="POST", times=2)
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    number = rows(db, package_id)["3204"].post_id
    # A person says that it is not there although it is: the one way to a double, and it must not stay hidden.
    assert absent(db, number)
    worker.publish()
    assert counted(sandbox) == (2, 1)

    assert worker.settle() == {"found_twice": 1}

    log = sandbox.control("log")["data"]
    row = rows(db, package_id)["3204"]
    assert row.platform_id == log[0]["post_id"]
    assert "2 copies" in row.reason
    with db.connection() as connection:
        assert packages.doubles(connection, package_id) == [number]


def test_a_look_after_a_second_claim_also_finds_what_the_first_has_posted(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("cut_after", method="POST")
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    number = rows(db, package_id)["3204"].post_id
    assert absent(db, number)
    # The platform sees its own double and refuses.
    sandbox.control("settings", {"refuse_duplicates": True})
    assert worker.publish() == {"unconfirmed": 1}
    # The second call comes so late that what the first has posted lies before it by more than clocks differ.
    change(db, "update kabar.post set sent_at = sent_at + interval '10 minutes'")

    assert worker.settle() == {"found": 1}
    assert counted(sandbox) == (1, 0)
    with db.connection() as connection:
        assert packages.doubles(connection, package_id) == []


def test_not_there_after_the_not_after_time_ends_the_post(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", when="before", status=500, code=2)
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    (left,) = worker.settle_for(5)
    change(db, "update kabar.draft set not_after = now()")

    assert absent(db, left.post_id)

    assert states(db, package_id) == {"expired": 1}
    assert worker.publish([left.post_id]) == {"left": 1}


def test_an_answer_about_an_older_claim_changes_nothing(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", when="before", status=500, code=2, times=2)
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    number = rows(db, package_id)["3204"].post_id
    absent(db, number)
    worker.publish()

    assert not absent(db, number, claim_number=1)
    assert rows(db, package_id)["3204"].state == "unconfirmed"


def test_settling_ends_at_once_when_nothing_is_in_doubt(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    began = time.monotonic()

    assert worker.settle_for(30) == []
    assert time.monotonic() - began < 5


def test_settling_waits_for_the_lease_of_a_worker_that_may_still_send(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    (number,) = due(db, package_id)
    with db.connection() as connection:
        posts.lock(connection, number)
        posts.take_claim(connection, number, worker="gone", lease_seconds=1)

    (left,) = Worker(db, sandbox, package_id).settle_for(10)

    assert left.looks == LOOKS_BEFORE_A_PERSON_IS_ASKED
    assert left.now >= left.over_at + timedelta(seconds=QUICK.settle_seconds)


def test_settling_gives_up_when_its_time_is_over(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", when="before", status=500, code=2)
    worker = Worker(db, sandbox, package_id, pace=replace(QUICK, settle_seconds=60))
    worker.publish()

    (left,) = worker.settle_for(0.3)

    assert left.looks == 0


def test_the_time_that_a_round_takes_is_enough_for_two_looks(db: Database, sandbox: RunningSandbox) -> None:
    """As `orchestration.rounds` reckons it: a lease, the settle time and three gaps."""
    pace = replace(QUICK, settle_seconds=0.2, look_gap_seconds=1)
    package_id = approved(db, ["3204"])
    (number,) = due(db, package_id)
    with db.connection() as connection:
        posts.lock(connection, number)
        posts.take_claim(connection, number, worker="gone", lease_seconds=0.3)

    (left,) = Worker(db, sandbox, package_id, pace=pace).settle_for(0.3 + 0.2 + 3 * 1)

    assert left.looks == LOOKS_BEFORE_A_PERSON_IS_ASKED


def test_what_was_answered_absent_is_due_again(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", when="before", status=500, code=2)
    worker = Worker(db, sandbox, package_id)
    worker.publish()
    number = rows(db, package_id)["3204"].post_id
    absent(db, number)
    make_due(db, package_id)

    assert due(db, package_id) == [number]
    assert looks(db, number) == 0
