"""What an amended calendar means for one draft: it stays, moves, is worded anew, or its post is wrong now.

A draft that says the same at the same time stays as it is, with its approval. One that differs gets the
words and times of today and goes back to review. What has left already is never touched here: it is found
wrong, and a person corrects or withdraws it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

#: `kept` agrees with the calendar as it is; `gone` owes its message no longer; `wrong` has left, or may have,
#: and says something that is no longer so; `wrong_and_gone` has left and should never have been said.
Effect = Literal["kept", "moved", "reworded", "gone", "wrong", "wrong_and_gone"]

#: States in which words and times may still change.
CHANGEABLE: Final = frozenset({"planned", "approved", "refused", "held"})
#: States in which a post stands on the platform, or may.
OUT: Final = frozenset({"sending", "unconfirmed", "published", "corrected"})

#: Facts that a citizen never reads as such; they say how a template was filled, or are told by other facts.
UNSPOKEN: Final = frozenset(
    {
        "jenis_satker",
        "punya_pemilihan",
        "zona",
        "fase",
        "satu_hari",
        "minggu_ke",
        "hari_ke",
        "kode_kalender",
        "id_tahapan",
        "kata",
        "kata_berikut",
        "jenis",
        "label",
        "pola",
        "masa_tenang",
        "jeda_survei",
        "aman_masa_tenang",
    }
)


class Change(NamedTuple):
    """One thing that is not as the draft says."""

    #: Name of a fact, or `says_at`, `not_after`, `wording`, `findings`, `owed`.
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft as it stands, in its present wording."""

    draft_id: int
    state: str
    says_at: datetime
    not_after: datetime
    message: str
    facts: Mapping[str, str]
    findings: Sequence[Mapping[str, str]]
    content_hash: str
    #: Whether a person has written the present wording.
    is_by_hand: bool


@dataclass(frozen=True, slots=True)
class Redrafted:
    """The same draft as the machine would write it now."""

    says_at: datetime
    not_after: datetime
    facts: Mapping[str, str]
    findings: Sequence[Mapping[str, str]]
    content_hash: str


class Verdict(NamedTuple):
    """What becomes of one draft, and why."""

    effect: Effect
    changes: tuple[Change, ...]


def judge(draft: Drafted, now: Redrafted | None) -> Verdict | None:
    """Compare a draft with what its satker owes by the calendar as it is; None when it is over anyway.

    Args:
        draft: In any state.
        now: None when the calendar asks for this message no longer.
    """
    if draft.state in OUT:
        if now is None:
            return Verdict("wrong_and_gone", (GONE,))
        changes = tuple(_what_citizens_read_wrongly(draft, now))
        return Verdict("wrong" if changes else "kept", changes)
    if draft.state not in CHANGEABLE:
        return None
    if now is None:
        return Verdict("gone", (GONE,))
    times = tuple(_times(draft, now))
    words = tuple(_words(draft, now))
    effect: Effect = "moved" if times else "reworded" if words else "kept"
    return Verdict(effect, times + words)


GONE: Final = Change("owed", "yes", "no")


def _times(draft: Drafted, now: Redrafted) -> list[Change]:
    pairs = (("says_at", draft.says_at, now.says_at), ("not_after", draft.not_after, now.not_after))
    return [
        Change(what, before.isoformat(), after.isoformat())
        for what, before, after in pairs
        if before != after
    ]


def _words(draft: Drafted, now: Redrafted) -> list[Change]:
    """What differs in the words; what a person has written stays as long as the facts in it are so."""
    told = _told(draft, now)
    if forbidden := _blocks(now.findings) - _blocks(draft.findings):
        return [*told, Change("findings", "", ", ".join(sorted(forbidden)))]
    if draft.is_by_hand:
        return told
    return [] if draft.content_hash == now.content_hash else told or [Change("wording", "", "")]


def _blocks(findings: Sequence[Mapping[str, str]]) -> frozenset[str]:
    return frozenset(finding["rule"] for finding in findings if finding["severity"] == "block")


def _told(draft: Drafted, now: Redrafted) -> list[Change]:
    """The facts that stand in the text and are different now."""
    return [
        Change(name, before, now.facts.get(name, ""))
        for name, before in draft.facts.items()
        if before and name not in UNSPOKEN and before != now.facts.get(name, "") and before in draft.message
    ]


def _what_citizens_read_wrongly(draft: Drafted, now: Redrafted) -> list[Change]:
    """Facts that are different now; and another day, for *today* and *tomorrow* are facts without a name."""
    return [change for change in _times(draft, now) if change.what == "says_at"] + _told(draft, now)


def as_values(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """For the ledger's memory."""
    return [change._asdict() for change in changes]
