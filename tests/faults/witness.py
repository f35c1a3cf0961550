"""What stood on the platform in the end, counted on its side, and the officer who answers its questions.

Everything here is read from the sandbox's own log, from its public pages, or from the ledger's rows; nothing
from what workers say of themselves.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen

from kabar.posting.reconcile import LOOKS_BEFORE_A_PERSON_IS_ASKED
from kabar.sandbox.running import RunningSandbox
from kabar.store import questions
from kabar.store.database import Database
from ledger import Worker, let_pauses_pass

_MARKER = re.compile(r"utm_id=kt(\d+)")
#: States in which a post is over; whatever else is left at the end has been lost. A refused post is over when
#: it can no longer be approved in time.
ENDED = frozenset({"published", "expired", "refused too late"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One post that the platform took."""

    post_id: int
    platform_id: str
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What went wrong, as numbers of posts: all three are empty when nothing did."""

    #: Stand more than once.
    double: Sequence[int]
    #: Were approved and in time, and do not stand; or the ledger says something else than the platform.
    lost: Sequence[int]
    #: Stand although they were too early, too late or in other words than the approved ones.
    stale: Sequence[int]

    def __str__(self) -> str:
        return f"{len(self.double)} double, {len(self.lost)} lost, {len(self.stale)} stale"


def seen_on(sandbox: RunningSandbox) -> list[Seen]:
    """Every post that the platform took, by its own log."""
    log: Any = sandbox.control("log")["data"]
    found = []
    for entry in log:
        marker = _MARKER.search(entry["link"] or "")
        if marker is None:
            raise AssertionError(f"A post without our marker stands on the platform: {entry}")
        at = datetime.fromisoformat(entry["at"])
        found.append(Seen(int(marker[1]), entry["post_id"], at, entry["message"] or ""))
    return found


def judge(db: Database, sandbox: RunningSandbox, *, grace_seconds: float = 0) -> Verdict:
    """Compare everything that the platform took with everything that the ledger holds.

    `grace_seconds` is how much later than its call, made in time, a post may show.
    """
    with db.connection() as connection:
        rows = connection.execute(
            "select p.id, p.state, p.platform_id, v.message, v.hashtags, d.not_after,"
            " d.not_after <= now() as past"
            " from kabar.post p join kabar.draft d on d.id = p.draft_id"
            " join kabar.draft_version v on v.draft_id = d.id and v.version = d.version"
        ).fetchall()
    ledger = {row["id"]: row for row in rows}
    taken = seen_on(sandbox)
    times = Counter(one.post_id for one in taken)
    ids = {(one.post_id, one.platform_id) for one in taken}
    lost = [
        row["id"]
        for row in rows
        if _state(row) not in ENDED
        or (row["state"] == "published") != (times[row["id"]] > 0)
        or (row["state"] == "published" and (row["id"], row["platform_id"]) not in ids)
    ]
    grace = timedelta(seconds=grace_seconds)
    stale = [one.post_id for one in taken if _is_stale(one, ledger[one.post_id], grace)]
    return Verdict([post_id for post_id, number in times.items() if number > 1], lost, stale)


def _is_stale(one: Seen, row: dict[str, Any], grace: timedelta) -> bool:
    """Too late, or in other words than those that the row holds."""
    words = f"{row['message'].rstrip()}\n\n{' '.join(row['hashtags'])}"
    return one.at > row["not_after"] + grace or one.message != words


class StandInOfficer:
    """Answers what only a person can answer, after looking at what citizens see."""

    def __init__(self, db: Database, sandbox: RunningSandbox) -> None:
        self._db = db
        self._sandbox = sandbox
        self.answers: Counter[str] = Counter()

    def answer_all(self) -> int:
        """Answer every question that reading has left to a person; gives how many."""
        with self._db.connection() as connection:
            asked = [
                row
                for row in questions.questions(connection)
                if row["looks"] >= LOOKS_BEFORE_A_PERSON_IS_ASKED
            ]
        return sum(self._answer(row) for row in asked)

    def _answer(self, row: dict[str, Any]) -> int:
        page = self._sandbox.page_id(row["satker_code"])
        with urlopen(f"{self._sandbox.url}/{page}", timeout=30) as answer:  # noqa: S310 -- Our own sandbox.
            html = answer.read().decode()
        named = {"post_id": row["post_id"], "claim_number": row["claim_number"], "officer": "humas_ri"}
        standing = _standing(html, row["post_id"])
        with self._db.connection() as connection:
            if standing is not None:
                self.answers["it is there"] += 1
                done = questions.answer_published(
                    connection,
                    platform_id=f"{page}_{standing}",
                    permalink=f"{self._sandbox.url}/{page}/posts/{standing}",
                    reason="terlihat di halamannya",
                    **named,
                )
            else:
                self.answers["it is not there"] += 1
                done = questions.answer_absent(connection, reason="tidak ada di halamannya", **named)
        return int(done)


def _standing(html: str, post_id: int) -> str | None:
    """The serial number under which a page shows a post with our marker; None when it shows none."""
    if not re.search(rf"utm_id=kt{post_id}\b", html):
        return None
    before = re.split(rf"utm_id=kt{post_id}\b", html)[0]
    return re.findall(r"/posts/(\d+)", before)[-1]


def wait_until(condition: Any, *, seconds: float, what: str) -> None:  # noqa: ANN401 -- A callable without arguments.
    """Return when `condition()` holds."""
    gives_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < gives_up_at, f"Not within {seconds:g} s: {what}"
        time.sleep(0.02)


def recover(db: Database, worker: Worker, officer: StandInOfficer, *, seconds: float = 30) -> None:
    """What happens after a fault: read, ask the officer, send what is left, until all is over."""
    gives_up_at = time.monotonic() + seconds
    while unfinished(db):
        assert time.monotonic() < gives_up_at, f"Still open after {seconds:g} s: {unfinished(db)}"
        worker.publish()
        worker.settle()
        officer.answer_all()
        # What was put off for a while has waited long enough.
        let_pauses_pass(db)
    worker.read_back()


def unfinished(db: Database) -> Counter[str]:
    """How many posts are in each state in which a post does not stay."""
    with db.connection() as connection:
        rows = connection.execute(
            "select p.state, d.not_after <= now() as past, count(*) as n"
            " from kabar.post p join kabar.draft d on d.id = p.draft_id group by 1, 2"
        ).fetchall()
    number = Counter[str]()
    for row in rows:
        if _state(row) not in ENDED:
            number[_state(row)] += row["n"]
    return number


def _state(row: dict[str, Any]) -> str:
    return "refused too late" if row["state"] == "refused" and row["past"] else str(row["state"])
