"""Everything that the pages need, handed in when the app is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request

from kabar.calendar import Calendar
from kabar.content import Finding
from kabar.desk.seal import Seal
from kabar.desk.tables import Tables
from kabar.pictures import Pictures
from kabar.posting.remedies import Remediable
from kabar.store.database import Database
from kabar.store.drafts import FreshDraft, Wording
from kabar.store.packages import Package, Rehearsal

#: Holds the rules of content against a draft (a row of `store.drafts`) in a new message.
Check = Callable[[Mapping[str, Any], str], tuple[Finding, ...]]


class Today(Protocol):
    """What the machine would write by the files in `include/` as they are; `orchestration.today` has it."""

    def calendar(self, code: str) -> Calendar | None:
        """The calendar with this code; None when there is none any more."""
        ...

    def file_hash(self, code: str) -> str:
        """The sha256 of a calendar's file."""
        ...

    def redraft(self, package: Package, rehearsal: Rehearsal | None) -> Mapping[tuple[str, str], FreshDraft]:
        """Every draft of a package by satker and channel; none if its tonggak is gone."""
        ...


class Correct(Protocol):
    """Writes the corrections of posts, held to the rules."""

    def __call__(
        self, posts: Sequence[Remediable], *, wrong: str, truth: str, now: datetime
    ) -> Mapping[int, Wording]:
        """Words by post number; a post whose calendar is gone is left out."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """The doors of Meja Humas: what it reads, remembers, writes with and tells the time by."""

    database: Callable[[], Database]
    tables: Callable[[], Tables]
    check: Check
    correct: Correct
    clock: Callable[[], datetime]
    seal: Seal
    #: Reads every table; `InputError` if one of them is broken.
    today: Callable[[], Today]
    pictures: Pictures


def desk_of(request: Request) -> Desk:
    """The desk that this app was made with."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]
