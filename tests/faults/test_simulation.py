"""A simulation of ledger, approval, stop, amendment, clock and network, and of workers that freeze or die.

Hypothesis looks for a way to a double, lost or stale post. `KABAR_SEED` begins elsewhere, `KABAR_EXAMPLES`
looks longer. Two planted faults show that it would find one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from simulated import Fate, HastyPlatform, HeldUpLedger, Platform, UnfencedLedger, worker

from kabar.channels.channel import Outgoing
from kabar.pictures import Pictures
from kabar.posting.publish import publish
from kabar.posting.reconcile import LOOKS_BEFORE_A_PERSON_IS_ASKED, settle
from kabar.store import posts, questions, stops
from kabar.store.database import Database
from kabar.store.drafts import rewrite
from ledger import CALENDAR, CONNECTION, VERSION, approved, change, decide, rows, wording_of

CODES = ("3204", "6471")
WORKERS = ("a", "b")
LEASE_SECONDS, CALL_SECONDS, LOOK_GAP_SECONDS = 60.0, 20.0, 10.0
EXAMPLES = int(os.environ.get("KABAR_EXAMPLES", "25"))
SEED = int(os.environ.get("KABAR_SEED", "1"))
NO_PICTURES = Pictures(Path("no-pictures"))
#: Late is the nastiest of them, so it is drawn more often.
FATES: tuple[Fate, ...] = (
    *("late", "late", "late"),
    *("answered", "lost", "vanished", "refused", "paused", "unreachable"),
)


class Posting(RuleBasedStateMachine):
    """Two posts, two workers, one officer, and whatever may come between them."""

    db: ClassVar[Database]
    ledger_type: ClassVar[type[HeldUpLedger]] = HeldUpLedger
    platform_type: ClassVar[type[Platform]] = Platform
    numbers: ClassVar[Iterator[int]] = count(1)

    @initialize()
    def open_package(self) -> None:
        """Two approved posts that are due."""
        self.package_id = approved(self.db, CODES, tonggak=f"simulated|{next(self.numbers)}")
        # The accounts are those of the simulation before; their rest is over.
        change(self.db, "update kabar.cooldown set until = clock_timestamp()")
        self.loop = asyncio.new_event_loop()
        self.versions = {CALENDAR: VERSION}
        self.ledger = self.ledger_type(
            self.db,
            worker="simulated",
            calendar_versions=self.versions,
            lease_seconds=LEASE_SECONDS,
            call_seconds=CALL_SECONDS,
            package_id=self.package_id,
        )
        self.ledger.doors = {}
        self.platform = self.platform_type(self.check_the_call)
        self.tasks: dict[str, asyncio.Task[Any]] = {}
        self.requests = count(1)
        self.stop: int | None = None
        self.ids = {code: row.post_id for code, row in rows(self.db, self.package_id).items()}

    # Workers.

    @rule(name=st.sampled_from(WORKERS), code=st.sampled_from(CODES))
    def begin(self, name: str, code: str) -> None:
        """A worker takes a post in hand and is held up after its claim."""
        if name in self.tasks:
            return
        self.tasks[name] = self._start(name, self.ids[code])
        self._run_until_held()

    @rule(name=st.sampled_from(WORKERS), code=st.sampled_from(CODES))
    def freeze(self, name: str, code: str) -> None:
        """A worker is held up after its claim for longer than its lease."""
        self.begin(name, code)
        self._wait(LEASE_SECONDS + self.platform.settle_seconds + 1)

    @rule(name=st.sampled_from(WORKERS), fate=st.sampled_from(FATES))
    def go_on(self, name: str, fate: Fate) -> None:
        """A worker that was held up goes on, to its call or to its answer."""
        self.platform.fate = fate
        for doors in (self.ledger.doors, self.platform.answers):
            if name in doors:
                doors.pop(name).set_result(None)
                break
        self._run_until_held()

    @rule(name=st.sampled_from(WORKERS))
    def die(self, name: str) -> None:
        """A worker dies wherever it is."""
        if name in self.tasks:
            self.tasks[name].cancel()
            self.ledger.doors.pop(name, None)
            self.platform.answers.pop(name, None)
            self._run_until_held()

    @rule(code=st.sampled_from(CODES), fate=st.sampled_from(FATES))
    def send(self, code: str, fate: Fate) -> None:
        """A worker that nothing holds up does its whole work on one post."""
        self.platform.fate = fate
        task = self._start("passer-by", self.ids[code])
        while not task.done():
            self._run(asyncio.sleep(0.001))
            for doors in (self.ledger.doors, self.platform.answers):
                if "passer-by" in doors:
                    doors.pop("passer-by").set_result(None)
        _result_of(task)

    # Time, reading, and people.

    @rule(seconds=st.sampled_from((5.0, 100.0, 200.0)))
    def wait(self, seconds: float) -> None:
        """Time passes, everywhere."""
        self._wait(seconds)

    @rule()
    def reconcile(self) -> None:
        """Two spaced looks, and an officer who answers truthfully what reading leaves open."""
        for _ in range(LOOKS_BEFORE_A_PERSON_IS_ASKED):
            self._run(
                settle(
                    ledger=self.ledger,
                    channels={("facebook", CONNECTION): self.platform},
                    look_gap_seconds=LOOK_GAP_SECONDS,
                    in_flight=5,
                )
            )
            self._wait(LOOK_GAP_SECONDS + 1)
        with self.db.connection() as connection:
            asked = [row for row in questions.questions(connection) if row["post_id"] in self.ids.values()]
            for row in asked:
                if row["looks"] >= LOOKS_BEFORE_A_PERSON_IS_ASKED and not self.platform.shows(row["post_id"]):
                    questions.answer_absent(
                        connection,
                        post_id=row["post_id"],
                        claim_number=row["claim_number"],
                        officer="humas_ri",
                        reason="tidak ada",
                    )

    @rule(
        change_of_mind=st.sampled_from(("_edit", "_refuse", "_turn_stop", "_amend")),
        code=st.sampled_from(CODES),
    )
    def change_minds(self, change_of_mind: str, code: str) -> None:
        """People do something that must keep what was approved from going out."""
        getattr(self, change_of_mind)(code)

    def _edit(self, code: str) -> None:
        """An officer writes other words."""
        number = next(self.requests)
        with self.db.connection() as connection:
            row = connection.execute(
                "select id, version from kabar.draft where package_id = %s and satker_code = %s",
                (self.package_id, code),
            ).fetchone()
            assert row is not None
            wording = wording_of(code, f"Versi {number}.")
            rewrite(
                connection, row["id"], expected_version=row["version"], author="humas_daerah", wording=wording
            )

    @rule()
    def approve(self) -> None:
        """The officer approves everything that can be, as it stands."""
        decide(self.db, self.package_id, request_key=str(next(self.requests)))

    def _refuse(self, _: str) -> None:
        """The officer takes every approval back."""
        decide(self.db, self.package_id, verdict="refuse", request_key=str(next(self.requests)))

    def _turn_stop(self, code: str) -> None:
        """A stop is raised, or the one that stands is lifted."""
        with self.db.connection() as connection:
            if self.stop is None:
                self.stop = stops.raise_stop(
                    connection, stops.StopScope(satker_code=code), reason="diperiksa", raised_by="humas_ri"
                )
            else:
                stops.lift_stop(connection, self.stop, lifted_by="humas_ri")
                self.stop = None

    def _amend(self, _: str) -> None:
        """The calendar is amended, or the amendment taken back."""
        self.versions[CALENDAR] = VERSION if self.versions[CALENDAR] != VERSION else VERSION + 1

    # What must hold.

    def check_the_call(self, post: Outgoing) -> None:
        """At the moment of a call: these words are the approved ones, and they are still worth saying."""
        with self.db.connection() as connection:
            row = connection.execute(
                "select p.state, v.message, v.content_hash, d.not_after > clock_timestamp() as in_time"
                " from kabar.post p join kabar.draft d on d.id = p.draft_id"
                " join kabar.draft_version v on v.draft_id = d.id and v.version = d.version where p.id = %s",
                (post.post_id,),
            ).fetchone()
        assert row is not None
        assert row["in_time"], f"post {post.post_id} was sent too late"
        assert post.message.startswith(row["message"]), f"post {post.post_id} was sent in other words"
        assert row["state"] == "sending", f"post {post.post_id} was sent while it was {row['state']}"

    @invariant()
    def nothing_stands_twice(self) -> None:
        taken = [one.post_id for one in self.platform.taken]
        assert len(taken) == len(set(taken)), f"double: {taken}"

    def teardown(self) -> None:
        """In the end every post is over: it stands exactly once, or its time has passed."""
        if not hasattr(self, "ids"):
            return
        try:
            self._finish()
            for row in rows(self.db, self.package_id).values():
                assert row.state in {"published", "expired"}, f"lost: {row}"
                shown = self.platform.shows(row.post_id)
                assert len(shown) == (row.state == "published"), f"{row} and {shown}"
        finally:
            self._run(self.ledger.__aexit__(None, None, None))
            self.loop.close()

    def _finish(self) -> None:
        for name in list(self.tasks):
            self.die(name)
        if self.stop is not None:
            self._turn_stop(CODES[0])
        self.versions[CALENDAR] = VERSION
        for seconds in (1.0, *(LEASE_SECONDS + self.platform.settle_seconds + 100,) * 4):
            self._wait(seconds)
            self.reconcile()
            self.approve()
            self._wait(seconds)
            with self.db.connection() as connection:
                posts.expire(connection, worker="simulated", package_id=self.package_id)
            for code in CODES:
                self.send(code, "answered")
            self.nothing_stands_twice()

    # How it is done.

    def _start(self, name: str, post_id: int) -> asyncio.Task[Any]:
        async def work() -> None:
            worker.set(name)
            await publish(
                [post_id],
                ledger=self.ledger,
                channels={("facebook", CONNECTION): self.platform},
                pictures=NO_PICTURES,
                in_flight=1,
                prepare_seconds=1,
            )

        return self.loop.create_task(work())

    def _run(self, work: Any) -> Any:  # noqa: ANN401 -- Any work.
        return self.loop.run_until_complete(work)

    def _run_until_held(self) -> None:
        """Let the workers run until each is held up or has ended."""
        while any(
            not task.done() and name not in self.ledger.doors and name not in self.platform.answers
            for name, task in self.tasks.items()
        ):
            self._run(asyncio.sleep(0.001))
        for name, task in list(self.tasks.items()):
            if task.done():
                del self.tasks[name]
                if not task.cancelled():
                    _result_of(task)

    def _wait(self, seconds: float) -> None:
        self.platform.now += seconds
        change(
            self.db,
            "update kabar.draft set publish_at = publish_at - make_interval(secs => %s),"
            " not_after = not_after - make_interval(secs => %s) where package_id = %s",
            seconds,
            seconds,
            self.package_id,
        )
        change(
            self.db,
            "update kabar.post set lease_until = lease_until - make_interval(secs => %s),"
            " sent_at = sent_at - make_interval(secs => %s),"
            " looked_at = looked_at - make_interval(secs => %s)"
            " where draft_id in (select id from kabar.draft where package_id = %s)",
            seconds,
            seconds,
            seconds,
            self.package_id,
        )
        change(self.db, "update kabar.cooldown set until = until - make_interval(secs => %s)", seconds)


def _result_of(task: asyncio.Task[Any]) -> None:
    """Raise what went wrong in a worker as itself, such as a broken promise of ours."""
    try:
        task.result()
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


def simulate(db: Database, *, examples: int, begin_with: int = SEED, **planted: type) -> None:
    """Let hypothesis look for a way to break it."""
    machine = seed(begin_with)(type("Simulated", (Posting,), {"db": db, **planted}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            database=None,
            print_blob=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_way_leads_to_a_double_lost_or_stale_post(db: Database) -> None:
    simulate(db, examples=EXAMPLES)


def test_a_settle_time_that_is_too_short_is_found(db: Database) -> None:
    with pytest.raises(AssertionError, match="double"):
        simulate(db, examples=200, begin_with=1, platform_type=HastyPlatform)


def test_a_ledger_without_fencing_is_found(db: Database) -> None:
    with pytest.raises(AssertionError, match=r"double|was sent"):
        simulate(db, examples=200, begin_with=1, ledger_type=UnfencedLedger)
