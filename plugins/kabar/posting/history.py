"""Whether what the ledger remembers is what was written: chains of hashes, compared link by link.

Every draft has three chains: the *events* of its post, the *decisions* about it and its *wordings*. A link's
hash is taken over everything in it and over the hash before it. The post's row holds the length and the end
of the chain of events, and each event pins the ends of the other two as they stood at its time.

    wording 1 ◀── wording 2          decision 1 ◀── decision 2
        ▲             ▲                  ▲              ▲
    event 1 ◀──── event 2 ◀──────── event 3 ◀────── event 4 ◀── post: 4 events, hash of the last

Whoever could write past the triggers and also computed every hash anew would leave chains that hold. Against
that stands the `Seal`: one hash over all events up to a moment, kept outside the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, Self

from kabar.errors import RefusedError

#: What stands in place of a hash where nothing came before.
NOTHING = ""
#: A seal leaves out the newest events: a transaction that began before it may still commit some.
SEAL_MARGIN = timedelta(minutes=5)

Chain = Literal["event", "decision", "wording"]
Kind = Literal["altered", "missing", "surplus"]


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a chain; its numbers count from 1 within the draft."""

    number: int
    at: datetime
    previous_hash: str
    hash: str
    #: The text that the hash is taken over, made from the row as it stands now.
    told: str


@dataclass(frozen=True, slots=True)
class Event(Link):
    """One change of a post, with the ends of the other two chains at its time."""

    from_state: str | None
    to_state: str
    changed_by: str
    reason: str
    claim_number: int
    platform_id: str | None
    decided: int
    decided_hash: str
    worded: int
    worded_hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """A draft and its post as their own rows stand."""

    draft_id: int
    #: None where the draft has no post.
    post_id: int | None
    version: int
    state: str
    changed_by: str
    reason: str
    claim_number: int
    platform_id: str | None
    #: Number of the decision that the post names; 0 where it names none, None where its draft has no such.
    decided: int | None
    history_length: int
    history_hash: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is remembered of one draft."""

    draft_id: int
    #: None where rows speak of a draft that is not there.
    head: Head | None
    events: Sequence[Event]
    decisions: Sequence[Link]
    wordings: Sequence[Link]


class Finding(NamedTuple):
    """One row that is not as it was written, for the person who looks into it."""

    kind: Kind
    #: Such as `event 3`, `decision 1`, `wording 2`, `post`.
    row: str
    #: Of the draft where it has no post; None for a post whose row is gone, which `row` then names.
    draft_id: int | None
    post_id: int | None
    at: datetime | None
    why: str

    def __str__(self) -> str:
        """One line of a report."""
        whose = f"post {self.post_id}" if self.post_id is not None else f"draft {self.draft_id}"
        when = f" of {self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if self.at else ""
        return f"{whose}: {self.row}{when} is {self.kind}: {self.why}"


@dataclass(frozen=True, slots=True)
class Seal:
    """One hash over all events before a moment; the same ledger gives the same seal for ever."""

    before: datetime
    hash: str

    def __str__(self) -> str:
        """As it is written down and given back: `2026-11-23T07:00:00+00:00/<64 hexadecimal digits>`."""
        return f"{self.before.astimezone(UTC).isoformat()}/{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a seal that was written down.

        Raises:
            RefusedError: It is not whole.
        """
        before, _, digest = text.strip().partition("/")
        try:
            at = datetime.fromisoformat(before)
            is_whole = at.tzinfo is not None and len(bytes.fromhex(digest)) == hashlib.sha256().digest_size
        except ValueError:
            is_whole = False
        if not is_whole:
            raise RefusedError("A seal reads <time with zone>/<64 hexadecimal digits>; copy the whole of it.")
        return cls(before=at, hash=digest.lower())


class SealPress:
    """Takes every event in the order of the drafts, and gives the seal at the end."""

    def __init__(self, before: datetime) -> None:
        self._before = before
        self._digest = hashlib.sha256()

    def take(self, events: Iterable[Event]) -> None:
        """Add the events of one post that happened before the seal's moment."""
        for event in events:
            if event.at < self._before:
                self._digest.update(event.hash.encode())

    def seal(self) -> Seal:
        """The seal over what was taken."""
        return Seal(self._before, self._digest.hexdigest())


def verify(record: Record) -> Iterator[Finding]:
    """Compare everything that is remembered of one draft; yields what is not as it was written."""
    head = record.head
    post_id = head.post_id if head else None

    def finding(kind: Kind, row: str, why: str, at: datetime | None = None) -> Finding:
        return Finding(kind, row, record.draft_id, post_id, at, why)

    if head is None:
        yield finding("missing", "draft", "other rows speak of it")
        return
    if head.post_id is None:
        yield finding("missing", "post", "every draft has one")
        return

    # What somebody put behind the end is surplus; it says nothing about the rest.
    events = [event for event in record.events if event.number <= head.history_length]
    last = events[-1] if events else None
    ends: tuple[tuple[Chain, Sequence[Link], int | None, dict[int, str]], ...] = (
        ("event", record.events, head.history_length, {head.history_length: head.history_hash}),
        # Without any event nobody can say how many decisions there were.
        ("decision", record.decisions, last.decided if last else None, _pins(last, "decision")),
        ("wording", record.wordings, head.version, _pins(last, "wording")),
    )
    for chain, links, length, pins in ends:
        for kind, number, why in _broken(links, length=length, pins=pins):
            at = next((link.at for link in links if link.number == number), None)
            yield finding(kind, f"{chain} {number}", why, at)

    for before, after in zip([None, *events], events, strict=False):
        stood = before.to_state if before else None
        follows = before is None or before.number + 1 == after.number
        if follows and after.from_state != stood:
            why = f"the post was moved from {stood} to {after.from_state} without an event"
            yield finding("missing", f"a change before event {after.number}", why, after.at)
    if last is not None and last.number == head.history_length:
        yield from (finding("altered", "post", why, last.at) for why in _differences(head, last))


def _pins(last: Event | None, chain: Literal["decision", "wording"]) -> dict[int, str]:
    """Which hash the newest event says a link of another chain has."""
    if last is None:
        return {}
    return {last.decided: last.decided_hash} if chain == "decision" else {last.worded: last.worded_hash}


def _broken(
    links: Sequence[Link], *, length: int | None, pins: dict[int, str]
) -> Iterator[tuple[Kind, int, str]]:
    """What is wrong with one chain: its links by number, its length, and hashes known from elsewhere."""
    named = {number: {digest} for number, digest in pins.items()}
    for link in links:
        named.setdefault(link.number - 1, set()).add(link.previous_hash)
    seen: set[int] = set()
    for link in links:
        if link.number in seen or link.number < 1 or (length is not None and link.number > length):
            yield "surplus", link.number, "nothing else tells of it"
        elif hashlib.sha256(link.told.encode()).hexdigest() != link.hash:
            yield "altered", link.number, "its content does not give its hash"
        elif not named.get(link.number, set()) <= {link.hash}:
            yield "altered", link.number, "another row names another hash of it"
        elif link.number == 1 and link.previous_hash != NOTHING:
            yield "altered", link.number, "it names a row before the first"
        seen.add(link.number)
    newest = max(seen, default=0) if length is None else length
    for number in range(1, newest + 1):
        if number not in seen:
            yield "missing", number, f"there are {newest} by what is told elsewhere"


def _differences(head: Head, last: Event) -> Iterator[str]:
    """Where the post's own row does not say what its newest event says."""
    told = {
        "state": (last.to_state, head.state),
        "claim number": (last.claim_number, head.claim_number),
        "changed by": (last.changed_by, head.changed_by),
        "reason": (last.reason, head.reason),
        "platform id": (last.platform_id, head.platform_id),
    }
    for name, (was, now) in told.items():
        if was != now:
            yield f"its {name} was {was!r} by its newest event and is {now!r}"
    if head.decided is None:
        yield "it names a decision that its draft does not have"
    elif head.decided not in {0, last.decided}:
        yield f"it names decision {head.decided} although {last.decided} was the newest"
