"""People who change their minds while a wave goes out: edits, withdrawn decisions, stops, new approvals."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any

from kabar.posting.approval import Decided, Verdict, judge
from kabar.store import decisions, stops
from kabar.store.database import Database
from kabar.store.drafts import rewrite
from ledger import HUMAS, SATKER, wording_of

#: How many drafts one sitting touches.
_AT_ONCE = 5


class Newsroom:
    """Each sitting does one random thing, through the functions that Meja Humas calls."""

    def __init__(self, db: Database, seed: int) -> None:
        self._db = db
        self._chance = Random(seed)  # noqa: S311 -- Repeatable chance is the point.
        self._requests = count(1)
        self._stop: int | None = None

    def sit(self) -> None:
        """Do one thing to a few drafts that have not been sent."""
        self._chance.choice((self._edit, self._withdraw, self._turn_the_stop, self.approve_the_rest))()

    def close(self) -> None:
        """End the day: no stop stands, and everything that can be sent is approved."""
        if self._stop is not None:
            self._turn_the_stop()
        self.approve_the_rest()

    def approve_the_rest(self) -> None:
        """Approve what waits, was refused or is held, in its present wording."""
        self._decide(self._some(("planned", "refused", "held"), None), "approve")

    def _edit(self) -> None:
        for row in self._some(("approved",), _AT_ONCE):
            number = next(self._requests)
            wording = wording_of(row["satker_code"], f"{row['message'].splitlines()[0]} (versi {number})")
            with self._db.connection() as connection:
                rewrite(
                    connection,
                    row["draft_id"],
                    expected_version=row["version"],
                    author="humas_daerah",
                    wording=wording,
                )

    def _withdraw(self) -> None:
        self._decide(self._some(("approved",), _AT_ONCE), "refuse")

    def _turn_the_stop(self) -> None:
        with self._db.connection() as connection:
            if self._stop is not None:
                stops.lift_stop(connection, self._stop, lifted_by="humas_ri")
                self._stop = None
                return
            province = self._chance.choice(sorted({one.province_code for one in SATKER.values()}))
            self._stop = stops.raise_stop(
                connection, stops.StopScope(province_code=province), reason="diperiksa", raised_by="humas_ri"
            )

    def _some(self, states: tuple[str, ...], number: int | None) -> list[dict[str, Any]]:
        """Drafts in these states that are still worth a decision: all, or so many from a random place on."""
        with self._db.connection() as connection:
            return connection.execute(
                "select d.id as draft_id, d.satker_code, v.version, v.message, v.content_hash"
                " from kabar.post p join kabar.draft d on d.id = p.draft_id"
                " join kabar.draft_version v on v.draft_id = d.id and v.version = d.version"
                " where p.state = any(%s) and d.not_after > now() + interval '1 second'"
                " and d.id >= (select floor(%s * max(id)) from kabar.draft) order by d.id limit %s",
                (list(states), 0 if number is None else self._chance.random(), number),
            ).fetchall()

    def _decide(self, rows: list[dict[str, Any]], verdict: Verdict) -> None:
        seen = {row["draft_id"]: row["content_hash"] for row in rows}
        request_key = str(next(self._requests))
        with self._db.connection() as connection:
            judged = [
                judge(item, officer=HUMAS, satker=SATKER, verdict=verdict, seen_hash=seen[item.draft_id])
                for item in decisions.lock(connection, sorted(seen), request_key=request_key)
            ]
            decisions.record(
                connection,
                [one for one in judged if isinstance(one, Decided)],
                verdict=verdict,
                reason="" if verdict == "approve" else "Ditarik dulu.",
                officer=HUMAS.username,
                officer_scope=HUMAS.scope,
                request_key=request_key,
            )
