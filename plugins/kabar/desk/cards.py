"""One draft as an officer sees it: what a citizen would read, when, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kabar.desk.decide import Pin
from kabar.desk.reasons import reason_words
from kabar.desk.scope import DECIDERS
from kabar.desk.tables import Tables
from kabar.desk.words import STATES, StateWord, moment
from kabar.officers import Officer
from kabar.posting.approval import OPEN_STATES, REFUSABLE_STATES
from kabar.posting.publish import full_text
from kabar.posting.states import State
from kabar.satker import Satker
from kabar.store.drafts import MACHINE


@dataclass(frozen=True, slots=True)
class Card:
    """A draft in words and marks, ready for a page."""

    id: int
    satker: Satker
    channel: str
    #: The name on the account; empty where the satker has none.
    account_name: str
    #: Exactly what would be posted, hashtags and all.
    text: str
    link: str
    #: A description for each picture, in their order; empty where one has none.
    alt_texts: tuple[str, ...]
    state: State
    state_word: StateWord
    #: The calendar's moment in the satker's own zone.
    says_at: str
    #: When it really goes out, where that is another moment: a rehearsal, or a late approval.
    goes_out_at: str
    findings: tuple[Mapping[str, str], ...]
    is_blocked: bool
    #: The title of the officer who wrote it; empty when the machine did.
    author: str
    is_own: bool
    #: Why it stands where it stands, after a refusal, a hold or a doubt.
    reason: str
    permalink: str
    pin: Pin
    #: Whether this officer could decide it at all.
    can_decide: bool
    #: Whether this officer could refuse it; also while it is being sent.
    can_refuse: bool


def card(row: Mapping[str, Any], *, officer: Officer, tables: Tables) -> Card:
    """Describe one row of `store.drafts` for an officer."""
    satker = tables.satker[row["satker_code"]]
    is_moved = row["publish_at"] != row["says_at"]
    state: State = row["state"]
    return Card(
        id=row["id"],
        satker=satker,
        channel=tables.channel_title(row["channel"]),
        account_name=row["account_name"] or "",
        text=full_text(row["message"], row["hashtags"]),
        link=row["link"],
        alt_texts=alt_texts_of(row),
        state=state,
        state_word=STATES[state],
        says_at=moment(row["says_at"], satker.zone),
        goes_out_at=moment(row["publish_at"], satker.zone) if is_moved else "",
        findings=tuple(row["findings"]),
        is_blocked=any(finding["severity"] == "block" for finding in row["findings"]),
        author="" if row["author"] == MACHINE else tables.officer_title(row["author"]),
        is_own=row["author"] == officer.username,
        reason=reason_words(row["reason"]) if state in {"refused", "held", "expired", "unconfirmed"} else "",
        permalink=safe_link(row["permalink"]),
        pin=Pin(row["id"], row["content_hash"]),
        can_decide=officer.role in DECIDERS and state in OPEN_STATES,
        can_refuse=officer.role in DECIDERS and state in REFUSABLE_STATES,
    )


def alt_texts_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A description for each picture of a draft, in their order; empty where one has none."""
    lines = row["alt_text"].splitlines()
    return tuple(lines[place] if place < len(lines) else "" for place in range(len(row["pictures"])))


def safe_link(address: str | None) -> str:
    """A web address that may become a link; empty for anything else, such as `javascript:`."""
    return address if address and address.startswith(("https://", "http://")) else ""


def is_free(row: Mapping[str, Any], officer: Officer) -> bool:
    """Whether a draft waits, has no finding of any kind, and is not the officer's own writing."""
    return row["state"] == "planned" and not row["findings"] and row["author"] != officer.username
