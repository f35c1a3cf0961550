"""Read the whole history, one draft at a time, and say what is not as it was written."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from kabar.posting.history import SEAL_MARGIN, Event, Finding, Head, Link, Record, Seal, SealPress, verify
from kabar.store.database import Connection, queries

#: How many rows of each stream are in memory at a time.
ROWS_AT_A_TIME = 2000

#: A row of one of the four streams: the draft it belongs to, which stream, and what it holds.
Streamed = tuple[int, str, Head | Event | Link]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification has read and found."""

    drafts: int
    events: int
    decisions: int
    wordings: int
    findings: tuple[Finding, ...]
    #: To be kept outside the database; a later verification compares with it.
    seal: Seal


def verify_history(connection: Connection, *, against: Seal | None = None) -> Verified:
    """Verify every event, decision and wording of the ledger as they stand at one moment.

    Args:
        connection: In no transaction yet; it is read within one, which changes nothing.
        against: A seal from before; what was sealed must give the same seal again.
    """
    statements = queries("audit")
    statements.hold_still(connection)
    now: datetime = statements.ask_the_time(connection)
    press = SealPress(now - SEAL_MARGIN)
    again = SealPress(against.before) if against else None
    counts = {"head": 0, "event": 0, "decision": 0, "wording": 0}
    findings = [*_sleeping_guards(connection), *_orphans(connection)]
    for record in records(connection):
        counts["head"] += record.head is not None
        counts["event"] += len(record.events)
        counts["decision"] += len(record.decisions)
        counts["wording"] += len(record.wordings)
        findings.extend(verify(record))
        press.take(record.events)
        if again is not None:
            again.take(record.events)
    if against is not None and again is not None and again.seal() != against:
        why = "what was sealed gives another seal: events of that time were altered, removed or put in"
        findings.append(Finding("altered", "the history before the seal", None, None, against.before, why))
    return Verified(
        drafts=counts["head"],
        events=counts["event"],
        decisions=counts["decision"],
        wordings=counts["wording"],
        findings=tuple(findings),
        seal=press.seal(),
    )


def records(connection: Connection) -> Iterator[Record]:
    """Everything remembered of each draft, in the order of the drafts; a few thousand rows in memory."""
    streams = heapq.merge(
        _stream(connection, "heads", Head),
        _stream(connection, "events", Event),
        _stream(connection, "decisions", Link),
        _stream(connection, "wordings", Link),
        key=itemgetter(0),
    )
    for draft_id, rows in groupby(streams, key=itemgetter(0)):
        head: Head | None = None
        events: list[Event] = []
        links: dict[str, list[Link]] = {"decisions": [], "wordings": []}
        for _, stream, row in rows:
            match row:
                case Head():
                    head = row
                case Event():
                    events.append(row)
                case Link():
                    links[stream].append(row)
        yield Record(draft_id, head, events, links["decisions"], links["wordings"])


def _stream(connection: Connection, name: str, kind: type[Head | Event | Link]) -> Iterator[Streamed]:
    """The rows of one statement through a cursor of the server's, which sorts and keeps them."""
    statement = getattr(queries("audit"), f"list_{name}").sql
    with connection.cursor(name=f"audit_{name}") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        cursor.execute(statement)
        for row in cursor:
            draft_id: int = row["draft_id"] if kind is Head else row.pop("draft_id")
            yield draft_id, name, kind(**row)


def _sleeping_guards(connection: Connection) -> Iterator[Finding]:
    rows: Iterator[dict[str, Any]] = queries("audit").list_sleeping_guards(connection)
    for row in rows:
        name = f"the trigger {row['name']} on kabar.{row['relation']}"
        yield Finding("missing", name, None, None, None, "it is switched off or gone: changes go untold")


def _orphans(connection: Connection) -> Iterator[Finding]:
    rows: Iterator[dict[str, Any]] = queries("audit").list_orphans(connection)
    for row in rows:
        why = f"{row['events']} events tell of it"
        yield Finding("missing", "post", None, row["post_id"], row["at"], why)
