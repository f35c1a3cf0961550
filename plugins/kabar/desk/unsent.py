"""Posts that did not go out at their time: held until somebody decides again, or dead, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kabar.desk.reasons import reason_words
from kabar.desk.scope import scope_of
from kabar.desk.tables import Tables
from kabar.desk.words import STATES, StateWord, moment
from kabar.officers import Officer
from kabar.satker import Satker
from kabar.store import questions
from kabar.store.database import Connection

#: Posts of one state that are listed one by one.
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Unsent:
    """One post that is not out."""

    draft_id: int
    satker: Satker
    channel: str
    title: str
    is_rehearsal: bool
    reason: str
    #: When it should have gone out, and until when it may, in the satker's own zone.
    publish_at: str
    not_after: str


@dataclass(frozen=True, slots=True)
class UnsentGroup:
    """The posts of one state, the latest first."""

    state: Literal["held", "expired"]
    word: StateWord
    many: int
    posts: tuple[Unsent, ...]


def unsent(connection: Connection, *, officer: Officer, tables: Tables) -> list[UnsentGroup]:
    """What is held and what has expired in the officer's scope."""
    scope = scope_of(officer)
    groups = []
    states: tuple[Literal["held", "expired"], ...] = ("held", "expired")
    for state in states:
        rows = questions.unsent(
            connection, state, province=scope.province, satker=scope.satker, at_most=SHOWN
        )
        posts = tuple(
            Unsent(
                draft_id=row["draft_id"],
                satker=(satker := tables.satker[row["satker_code"]]),
                channel=tables.channel_title(row["channel"]),
                title=row["title"],
                is_rehearsal=row["rehearsal_id"] is not None,
                reason=reason_words(row["reason"]),
                publish_at=moment(row["publish_at"], satker.zone),
                not_after=moment(row["not_after"], satker.zone),
            )
            for row in rows
        )
        groups.append(UnsentGroup(state, STATES[state], rows[0]["many"] if rows else 0, posts))
    return groups
