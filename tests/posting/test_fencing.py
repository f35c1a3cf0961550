"""A worker that was stopped for a while wakes up in a world that has moved on."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import UTC, datetime

import pytest

from kabar.channels.channel import Outgoing, Standing
from kabar.posting.publish import Channels, publish
from kabar.posting.states import Claim
from kabar.sandbox.running import RunningSandbox
from kabar.store import packages, posts, questions
from kabar.store.database import Database
from kabar.store.ledger import PostgresLedger
from ledger import QUICK, DeafChannel, Worker, approved, change, counted, drafted, due, rows, states


class SleepyLedger(PostgresLedger):
    """Its worker falls asleep after each claim, for longer than the lease."""

    async def claim(self, post_id: int) -> Claim | None:
        claim = await super().claim(post_id)
        await asyncio.sleep(QUICK.lease_seconds + 0.5)
        return claim


def claimed(db: Database, package_id: int, *, lease_seconds: float = 60) -> Claim:
    """A worker has claimed the one post of a package and then fell asleep."""
    (number,) = due(db, package_id)
    with db.connection() as connection:
        posts.lock(connection, number)
        return posts.take_claim(connection, number, worker="sleeper", lease_seconds=lease_seconds)


def doubted(db: Database, package_id: int) -> Claim:
    """A claim whose lease has lapsed and that somebody else has called unconfirmed."""
    claim = claimed(db, package_id)
    change(db, "update kabar.post set lease_until = clock_timestamp() - interval '1 second'")
    with db.connection() as connection:
        assert posts.doubt_lapsed(connection, worker="other", package_id=package_id) == 1
    return claim


def say_absent(db: Database, claim: Claim) -> None:
    with db.connection() as connection:
        assert questions.answer_absent(
            connection,
            post_id=claim.post_id,
            claim_number=claim.claim_number,
            officer="humas_ri",
            reason="tidak ada",
        )


def answered(db: Database, claim: Claim, platform_id: str) -> bool:
    """The platform's answer to the sleeper's call arrives."""
    with db.connection() as connection:
        return posts.record_published(
            connection,
            post_id=claim.post_id,
            claim_number=claim.claim_number,
            platform_id=platform_id,
            permalink=None,
            published_at=datetime.now(UTC),
            worker="sleeper",
            reason="the platform named the post in its answer",
            evidence=[{"by": "answer", "id": platform_id}],
        )


@pytest.mark.parametrize(("lease", "stands"), [(60, True), (21, True), (19, False)])
def test_a_claim_stands_while_its_lease_outlasts_a_call(db: Database, lease: float, *, stands: bool) -> None:
    claim = claimed(db, approved(db, ["3204"]), lease_seconds=lease)

    with db.connection() as connection:
        assert posts.claim_stands(connection, claim, margin_seconds=20) is stands


def test_a_worker_that_slept_past_its_lease_sends_nothing_and_says_so(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204", "6471"])
    numbers = due(db, package_id)
    outcomes: list[Counter[str]] = []
    sleeper = Worker(db, sandbox, package_id, name="sleeper", ledger=SleepyLedger)
    sleeping = threading.Thread(target=lambda: outcomes.append(sleeper.publish(numbers)))
    sleeping.start()

    left = Worker(db, sandbox, package_id, name="other").settle_for(QUICK.lease_seconds + 1)
    sleeping.join()

    assert len(left) <= 2
    assert outcomes == [{"lost_claim": 2}]
    assert counted(sandbox) == (0, 0)
    # Nobody else could have known that no call was made: without its word a person would have to look.
    assert states(db, package_id) == {"approved": 2}


def test_what_a_sleeper_gave_back_goes_out_later_once(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    Worker(db, sandbox, package_id, name="sleeper", ledger=SleepyLedger).publish()
    assert due(db, package_id) == []
    change(db, "update kabar.draft set publish_at = now() - interval '1 second'")

    assert Worker(db, sandbox, package_id).publish() == {"published": 1}
    assert rows(db, package_id)["3204"].claim_number == 2
    assert counted(sandbox) == (1, 0)


def test_a_sleepers_give_back_does_not_touch_the_next_claim(db: Database) -> None:
    package_id = approved(db, ["3204"])
    old = doubted(db, package_id)
    say_absent(db, old)
    claimed(db, package_id)

    with db.connection() as connection:
        assert not posts.release(connection, old, worker="sleeper", reason="late", pause_seconds=30)

    assert states(db, package_id) == {"sending": 1}


def test_a_late_answer_settles_the_doubt(db: Database) -> None:
    package_id = approved(db, ["3204"])
    claim = doubted(db, package_id)

    assert answered(db, claim, "10_77")

    row = rows(db, package_id)["3204"]
    assert (row.state, row.platform_id) == ("published", "10_77")


def test_a_late_answer_wins_over_a_persons_not_there_before_it_is_sent_again(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    claim = doubted(db, package_id)
    say_absent(db, claim)

    assert answered(db, claim, "10_77")

    assert states(db, package_id) == {"published": 1}
    assert Worker(db, sandbox, package_id).publish([claim.post_id]) == {"left": 1}
    assert counted(sandbox) == (0, 0)


@pytest.mark.parametrize("is_sent_again", [False, True])
def test_a_late_answer_beside_a_newer_claim_is_kept_as_a_double(db: Database, *, is_sent_again: bool) -> None:
    package_id = approved(db, ["3204"])
    old = doubted(db, package_id)
    say_absent(db, old)
    new = claimed(db, package_id)
    if is_sent_again:
        assert answered(db, new, "10_88")

    assert not answered(db, old, "10_77")

    if not is_sent_again:
        assert answered(db, new, "10_88")
    row = rows(db, package_id)["3204"]
    assert (row.state, row.platform_id) == ("published", "10_88")
    with db.connection() as connection:
        assert packages.doubles(connection, package_id) == [old.post_id]


def test_the_same_answer_by_two_ways_is_no_double(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["3204"])
    Worker(db, sandbox, package_id).publish()
    row = rows(db, package_id)["3204"]
    assert row.platform_id is not None
    with db.connection() as connection:
        again = posts.record_published(
            connection,
            post_id=row.post_id,
            claim_number=row.claim_number,
            platform_id=row.platform_id,
            permalink=None,
            published_at=datetime.now(UTC),
            worker="other",
            reason="found by reading",
            evidence=[{"by": "reading", "id": row.platform_id}],
        )

        assert again
        assert packages.doubles(connection, package_id) == []


def test_a_late_refusal_settles_the_doubt(db: Database) -> None:
    package_id = approved(db, ["3204"])
    claim = doubted(db, package_id)

    with db.connection() as connection:
        assert posts.record_outcome(
            connection, claim, state="refused", worker="sleeper", reason="(#100) no", evidence={}
        )

    assert states(db, package_id) == {"refused": 1}


def test_a_late_doubt_begins_the_settle_time_anew(db: Database) -> None:
    package_id = approved(db, ["3204"])
    claim = doubted(db, package_id)
    with db.connection() as connection:
        (before,) = posts.unconfirmed(connection)
        posts.record_look(connection, before, worker="other", reason="look 1", evidence={})
        posts.record_outcome(
            connection, claim, state="unconfirmed", worker="sleeper", reason="timed out", evidence={}
        )
        (after,) = posts.unconfirmed(connection)

    assert after.over_at > before.over_at
    assert (after.looks, after.looked_at) == (0, None)


def test_a_late_doubt_does_not_unsay_what_was_found(db: Database) -> None:
    package_id = approved(db, ["3204"])
    claim = doubted(db, package_id)
    answered(db, claim, "10_77")

    with db.connection() as connection:
        assert not posts.record_outcome(
            connection, claim, state="unconfirmed", worker="sleeper", reason="timed out", evidence={}
        )

    assert states(db, package_id) == {"published": 1}


def test_a_lease_that_still_runs_is_not_doubted(db: Database) -> None:
    package_id = approved(db, ["3204"])
    claimed(db, package_id)

    with db.connection() as connection:
        assert posts.doubt_lapsed(connection, worker="other") == 0
        assert packages.latest_lease(connection, package_id=package_id) is not None


def test_doubts_and_leases_of_another_package_are_not_ours(db: Database) -> None:
    ours = drafted(db, ["6471"], tonggak="pendaftaran-paslon|H-1")
    theirs = approved(db, ["3204"])
    claimed(db, theirs, lease_seconds=0)

    with db.connection() as connection:
        assert packages.latest_lease(connection, package_id=ours) is None
        assert posts.doubt_lapsed(connection, worker="other", package_id=ours) == 0
        assert posts.doubt_lapsed(connection, worker="other", package_id=theirs) == 1


def test_an_answer_that_another_worker_made_impossible_is_counted_as_a_double(
    db: Database, sandbox: RunningSandbox
) -> None:
    """While a call is on its way, its lease lapses, a person answers, and a second worker sends."""
    package_id = approved(db, ["3204"])
    (number,) = due(db, package_id)

    class Slow(DeafChannel):
        async def create(self, post: Outgoing) -> Standing:
            change(db, "update kabar.post set lease_until = clock_timestamp()")
            with db.connection() as connection:
                posts.doubt_lapsed(connection, worker="other")
                questions.answer_absent(
                    connection, post_id=post.post_id, claim_number=1, officer="humas_ri", reason="tidak ada"
                )
            claim = claimed(db, package_id)
            answered(db, claim, "10_88")
            return Standing("10_77", None, None, {"by": "answer", "id": "10_77"})

    async def work(ledger: PostgresLedger, channels: Channels) -> Counter[str]:
        slow = dict.fromkeys(channels, Slow())
        sent = await publish([number], ledger=ledger, channels=slow, **worker.sending)
        return Counter({str(outcome): count for outcome, count in sent.items()})

    worker = Worker(db, sandbox, package_id)
    assert worker.do(work) == {"doubled": 1}
