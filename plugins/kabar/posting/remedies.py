"""What an officer may decide about posts that stand: take them down, correct them, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from kabar.officers import Officer
from kabar.satker import Satker

#: `replace` takes the post down at once and prepares its correction.
Action = Literal["withdraw", "correct", "replace"]
WITHDRAWING: Final = frozenset({"withdraw", "replace"})
CORRECTING: Final = frozenset({"correct", "replace"})

#: How long a correction is worth saying; a mistake that nobody corrects for a week needs a new look.
CORRECTION_LASTS: Final = timedelta(days=7)
_MARK: Final = "~ralat"

#: Why nothing is done about a post; the desk says it in Bahasa Indonesia.
Obstacle = Literal["role", "scope", "not_standing", "under_way", "has_correction", "no_words"]


@dataclass(frozen=True, slots=True)
class Remediable:
    """One post under the decision's lock, with what its correction is made from."""

    post_id: int
    state: str
    published_at: datetime | None
    package_id: int
    satker_code: str
    province_code: str
    channel: str
    #: Whether a person posts it, and so its correction too.
    by_hand: bool
    account_id: int | None
    wave: str
    says_at: datetime
    facts: dict[str, Any]
    calendar: str
    calendar_version: int
    stage: str
    tonggak: str
    title: str
    rehearsal_id: int | None
    #: Somebody takes it down already.
    is_under_way: bool
    #: A correction of it is drafted, approved or published.
    has_correction: bool


@dataclass(frozen=True, slots=True)
class AftermathStanding:
    """What is to be done about standing posts now, on the database's clock."""

    withdrawals: int
    corrections: int
    #: Posts whose correction stands and that are not marked yet.
    marks: int
    next_at: datetime | None
    now: datetime

    @property
    def is_due(self) -> bool:
        """Whether there is something to do now."""
        return bool(self.withdrawals or self.corrections or self.marks)


def obstacle_to(
    post: Remediable, *, officer: Officer, satker: Mapping[str, Satker], action: Action
) -> Obstacle | None:
    """What keeps `officer` from doing `action` to a post; None when nothing does.

    The same people decide here as about drafts: in scope, and of a deciding role. A post is taken down by
    one decision at a time, and has one living correction at most.
    """
    rules: tuple[tuple[Obstacle, bool], ...] = (
        ("role", officer.role not in {"penyetuju", "admin"}),
        ("scope", not officer.covers(satker[post.satker_code])),
        ("not_standing", post.state not in {"published", "corrected"}),
        ("under_way", action in WITHDRAWING and post.is_under_way),
        ("has_correction", action in CORRECTING and post.has_correction),
    )
    return next((why for why, holds in rules if holds), None)


def correction_tonggak(tonggak: str, remedy_id: int) -> str:
    """The key of the package that corrects posts of a tonggak after a decision; each decision has its own."""
    return f"{corrected_tonggak(tonggak)}{_MARK}{remedy_id}"


def corrected_tonggak(tonggak: str) -> str:
    """The key of the tonggak whose posts a package corrects; any other key as it is."""
    return tonggak.partition(_MARK)[0]
