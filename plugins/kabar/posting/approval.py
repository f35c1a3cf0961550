"""Who may decide which draft, and when an approved draft then goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from kabar.officers import Officer
from kabar.satker import Satker

Verdict = Literal["approve", "refuse"]


@dataclass(frozen=True, slots=True)
class Decidable:
    """One draft under the decision's lock."""

    draft_id: int
    package_id: int
    satker_code: str
    publish_at: datetime
    not_after: datetime
    author: str
    content_hash: str
    findings: list[dict[str, str]]
    post_id: int
    state: str
    claim_number: int
    late_delay_seconds: int
    now: datetime
    #: The same request has already decided this draft: a double click or a repeated form.
    is_repeated: bool


class Decided(NamedTuple):
    """One draft that is to be decided, with the time at which it then goes out."""

    draft_id: int
    package_id: int
    content_hash: str
    publish_at: datetime
    #: It is being sent right now: a refusal counts only if the call has not begun.
    is_being_sent: bool = False


class Standing(NamedTuple):
    """How far the decisions of a wave have come, on the database's clock."""

    waiting: int
    approved: int
    publish_at: datetime | None
    not_after: datetime | None
    now: datetime


class PackageStanding(NamedTuple):
    """What can still happen in a package, on the database's clock."""

    due: int
    next_at: datetime | None
    next_expiry_at: datetime | None
    open: int
    now: datetime


#: Why a draft was not decided; the desk says it in Bahasa Indonesia.
Denial = Literal["role", "scope", "own_words", "changed", "not_open", "too_late", "findings", "repeated"]

#: States from which a decision may still change what happens.
OPEN_STATES = frozenset({"planned", "approved", "refused", "held"})
#: States in which a refusal is still taken down. A post that is being sent is looked at once more right
#: before its call, which may be minutes away while the platform prepares pictures.
REFUSABLE_STATES = OPEN_STATES | {"sending"}


class Denied(NamedTuple):
    """A draft that this officer did not decide now, and why."""

    draft_id: int
    why: Denial


def judge(
    item: Decidable,
    *,
    officer: Officer,
    satker: Mapping[str, Satker],
    verdict: Verdict,
    seen_hash: str,
) -> Decided | Denied:
    """Decide whether `officer` may give `verdict` on the wording that was shown (`seen_hash`).

    A refusal may come from anyone in scope at any time before sending; an approval needs another author,
    the wording that was seen, no blocking finding, and time left. An approval after the publishing time
    puts the post off by the package's delay, so that a late click never becomes an immediate post; what was
    approved in time keeps its time when it is approved once more.
    """
    denial = _denial(item, officer=officer, satker=satker, verdict=verdict, seen_hash=seen_hash)
    if denial is not None:
        return Denied(item.draft_id, denial)
    publish_at = item.publish_at
    if verdict == "approve" and item.state != "approved" and item.publish_at <= item.now:
        publish_at = item.now + timedelta(seconds=item.late_delay_seconds)
        if publish_at >= item.not_after:
            return Denied(item.draft_id, "too_late")
    return Decided(
        item.draft_id, item.package_id, item.content_hash, publish_at, is_being_sent=item.state == "sending"
    )


def _denial(
    item: Decidable, *, officer: Officer, satker: Mapping[str, Satker], verdict: Verdict, seen_hash: str
) -> Denial | None:
    """The first reason against this decision, in the order in which a person can do something about it."""
    deciding = OPEN_STATES if verdict == "approve" else REFUSABLE_STATES
    rules: tuple[tuple[Denial, bool], ...] = (
        ("repeated", item.is_repeated),
        ("role", officer.role not in {"penyetuju", "admin"}),
        ("scope", not officer.covers(satker[item.satker_code])),
        ("not_open", item.state not in deciding),
        ("changed", item.content_hash != seen_hash),
        ("own_words", verdict == "approve" and item.author == officer.username),
        ("findings", verdict == "approve" and any(f["severity"] == "block" for f in item.findings)),
        ("too_late", verdict == "approve" and item.not_after <= item.now),
    )
    return next((why for why, holds in rules if holds), None)
