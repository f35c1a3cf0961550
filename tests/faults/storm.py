"""Everything at once: thousands of posts, faulty calls, workers killed, people who change their minds.

Workers are processes. What they leave behind is settled by the workers that follow and by an officer who
looks at the public pages. All chances are drawn from one seed.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.process import BaseProcess
from random import Random

from doomed import BOUNDARIES, Door, Orders, start
from doomed import READING as READ_ONLY
from newsroom import Newsroom
from witness import StandInOfficer, Verdict, judge, unfinished

from kabar.sandbox.running import RunningSandbox
from kabar.settings import Pace
from kabar.store.audit import verify_history
from kabar.store.database import Database
from ledger import SATKER, Worker, approved, change

#: A fifth of all calls, in equal parts. `seconds` of a late effect stay within the settle time; what a call
#: waits in vain is longer than its patience.
FAULTY = 0.2
PACE = Pace(call_seconds=1.0, lease_seconds=4.0, settle_seconds=1.5, look_gap_seconds=0.3, in_flight=15)
LATE_SECONDS = 1.0
_HANG = PACE.call_seconds + 0.2
CREATING: tuple[tuple[str, dict[str, object]], ...] = (
    ("hang_before", {"seconds": _HANG}),
    ("hang_after", {"seconds": _HANG}),
    ("cut_after", {}),
    ("reset_mid_body", {}),
    ("half_json", {}),
    ("no_id", {}),
    ("error", {"code": 2, "status": 500, "when": "before"}),
    ("error", {"code": 1, "status": 500, "when": "after"}),
    ("lost_and_late", {"seconds": LATE_SECONDS}),
    ("garbage", {}),
    ("redirect", {}),
    ("slow_drip", {"seconds": _HANG}),
    ("error", {"code": 32, "seconds": 60}),
    ("error", {"code": 190, "subcode": 467}),
)
READING: tuple[tuple[str, dict[str, object]], ...] = (
    ("cut_after", {}),
    ("half_json", {}),
    ("garbage", {}),
    ("error", {"code": 2, "status": 500}),
    ("list_lag", {"seconds": LATE_SECONDS}),
)
WORKERS = 3
#: Of the posts, so many in a hundred have a not-after time that comes while the storm lasts.
SHORT_LIVED = 5
#: Longest time that the rest may take after the last kill (seconds).
PATIENCE_SECONDS = 240.0


@dataclass(frozen=True)
class Outcome:
    """What a storm has brought."""

    verdict: Verdict
    posts: int
    stands: int
    kills: int
    #: How many different boundaries were among the places of the deaths; the rest came at random moments.
    boundaries: int
    #: Creating calls that reached the platform, for each post that stands.
    attempts: float
    answers: Counter[str]
    expired: int
    seconds: float


@dataclass
class Storm:
    """One storm over one database and one sandbox, both fresh."""

    db: Database
    database_url: str
    sandbox: RunningSandbox
    seed: int
    posts: int
    kills: int
    _names: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)  # noqa: S311 -- Repeatable chance is the point.
        self._killed = 0
        #: Where each worker was born to die, by its process id; those that are killed otherwise leave it.
        self._fates: dict[int | None, str] = {}
        self._died_at: Counter[str] = Counter()

    def rage(self) -> Outcome:
        """Let it rage until every post is over; what is left open then counts as lost."""
        began = time.monotonic()
        self._fill()
        self._plant()
        people = Newsroom(self.db, self.seed)
        officer = StandInOfficer(self.db, self.sandbox)
        anybody = Worker(self.db, self.sandbox, None)  # type: ignore[arg-type]
        anybody.publish([])
        self._pages = dict(anybody._pages)
        crew = [self._hire(settles=number == 0) for number in range(WORKERS)]
        try:
            self._last(crew, people, officer)
        finally:
            for process in crew:
                process.kill()
                process.join()
        return self._outcome(officer, time.monotonic() - began)

    def _fill(self) -> None:
        codes = list(SATKER)
        left, number = self.posts, 0
        while left > 0:
            number += 1
            some = codes[:left] if left < len(codes) else codes
            approved(
                self.db, some, message=f"Pengumuman ke-{number}.", tonggak=f"pendaftaran-paslon|H+{number}"
            )
            left -= len(some)
        change(
            self.db,
            "update kabar.draft set not_after = now() + make_interval(secs => 5 + (id * 7 + %s) %% 60)"
            " where id %% 100 < %s",
            self.seed,
            SHORT_LIVED,
        )
        # A late approval need not wait here: nobody has to be warned.
        change(self.db, "update kabar.package set late_delay_seconds = 0")

    def _plant(self) -> None:
        self.sandbox.control("settings", {"refuse_duplicates": False, "page_calls_a_day": 1_000_000})
        for method, kinds in (("POST", CREATING), ("GET", READING)):
            # The first that matches hits, so that each next one draws from what is left.
            share = FAULTY / len(kinds)
            for place, (kind, members) in enumerate(kinds):
                self.sandbox.plant(
                    kind,
                    method=method,
                    edge=r"/feed$" if method == "POST" else r"\d+(/published_posts)?$",
                    times=None,
                    probability=share / (1 - place * share),
                    seed=self._chance.randrange(10**6),
                    **members,
                )

    def _hire(self, *, settles: bool) -> BaseProcess:
        """A new worker; every other one is born to die at some boundary, the others until they are killed."""
        is_mortal = self._killed < self.kills and self._chance.random() < 1 / 2
        known = BOUNDARIES if settles else [one for one in BOUNDARIES if one not in READ_ONLY]
        boundary = self._chance.choice(known) if is_mortal else ""
        process = start(
            Orders(
                self.database_url,
                Door(self.sandbox.url, self.sandbox.user_token),
                name=f"worker-{next(self._names)}-of-{self.seed}",
                pages=self._pages,
                pace=PACE,
                dies_at=boundary,
                passage=self._chance.randint(1, 20),
                rounds=None,
                settles=settles,
                connections=6,
                batch=150,
            )
        )
        if boundary:
            self._fates[process.pid] = boundary
        return process

    def _last(self, crew: list[BaseProcess], people: Newsroom, officer: StandInOfficer) -> None:
        """Kill, replace, answer and change minds until all is over."""
        gives_up_at = time.monotonic() + PATIENCE_SECONDS
        closed = False
        for turn in count():
            self._replace_the_dead(crew)
            claims = self._claims()
            if self._killed < self.kills:
                gives_up_at = time.monotonic() + PATIENCE_SECONDS
                # The kills are spread over the whole storm.
                due = claims * self.kills // self.posts - self._killed + (not unfinished(self.db))
                for _ in range(min(due, len(crew))):
                    # Those that are born to die mostly get the time to do so by themselves.
                    others = [one for one in crew if one.pid not in self._fates]
                    chosen = self._chance.choice(others if others and self._chance.random() < 0.8 else crew)
                    self._fates.pop(chosen.pid, None)
                    chosen.kill()
            if turn % 4 == 0:
                officer.answer_all()
            if claims < self.posts * 0.9 and self._killed < self.kills:
                people.sit()
            elif turn % 10 == 0:
                people.close()
                closed = True
            # What was put off for a minute or more has waited long enough.
            change(
                self.db,
                "update kabar.draft d set publish_at = now() from kabar.post p where p.draft_id = d.id"
                " and p.state = 'approved' and d.publish_at > now() and d.not_after > now()",
            )
            change(self.db, "update kabar.account_check set checked_at = checked_at - interval '1 hour'")
            is_over = closed and self._killed >= self.kills and not unfinished(self.db)
            if is_over or time.monotonic() > gives_up_at:
                return
            time.sleep(0.1)

    def _replace_the_dead(self, crew: list[BaseProcess]) -> None:
        for place, process in enumerate(crew):
            if not process.is_alive():
                if process.exitcode == -signal.SIGKILL:
                    self._killed += 1
                    self._died_at[self._fates.get(process.pid, "")] += 1
                crew[place] = self._hire(settles=place == 0)

    def _claims(self) -> int:
        with self.db.connection() as connection:
            row = connection.execute("select coalesce(sum(claim_number), 0) as n from kabar.post").fetchone()
        assert row is not None
        return int(row["n"])

    def _outcome(self, officer: StandInOfficer, seconds: float) -> Outcome:
        verdict = judge(self.db, self.sandbox, grace_seconds=PACE.call_seconds + LATE_SECONDS)
        with self.db.connection() as connection:
            assert verify_history(connection).findings == ()
            states = connection.execute(
                "select state, count(*) as n from kabar.post group by state"
            ).fetchall()
        number = Counter({row["state"]: row["n"] for row in states})
        calls = self.sandbox.control("calls?method=POST&edge=feed")["total"]
        assert isinstance(calls, int)
        return Outcome(
            verdict=verdict,
            posts=self.posts,
            stands=number["published"],
            kills=self._killed,
            boundaries=len(self._died_at.keys() - {""}),
            attempts=calls / max(number["published"], 1),
            answers=officer.answers,
            expired=number["expired"],
            seconds=seconds,
        )
