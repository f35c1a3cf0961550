"""How far decisions about standing posts have come, what waits for a hand, and the ways to choose posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kabar.desk.aftermath import Chosen
from kabar.desk.cards import safe_link
from kabar.desk.reasons import reason_words
from kabar.desk.scope import home_zone, scope_of
from kabar.desk.tables import Tables
from kabar.desk.words import FACTS, moment
from kabar.officers import Officer
from kabar.satker import Satker
from kabar.store import remedies
from kabar.store.database import Connection

#: Decisions that are shown; older ones stay in the history of their posts.
SHOWN_DECISIONS = 10
ACTIONS = {"withdraw": "tarik", "correct": "ralat", "replace": "tarik dan ralat"}


@dataclass(frozen=True, slots=True)
class Progress:
    """One decision and how far it has come within the officer's scope."""

    id: int
    action: str
    chosen_by: str
    reason: str
    officer: str
    decided_at: str
    withdrawals: int
    withdrawn: int
    manual: int
    #: Seconds from the decision to the last post that was taken down so far.
    withdrawn_after: int | None
    corrections: int
    corrections_waiting: int
    corrections_published: int
    #: Seconds from the decision to the last correction that stands so far.
    corrected_after: int | None


@dataclass(frozen=True, slots=True)
class Task:
    """One post that a person has to take down by hand."""

    withdrawal_id: int
    draft_id: int
    satker: Satker
    channel: str
    account_name: str
    title: str
    permalink: str
    platform_id: str
    reason: str
    said: str
    decided_at: str


@dataclass(frozen=True, slots=True)
class Way:
    """One choice that can be clicked."""

    label: str
    posts: int
    query: str


@dataclass(frozen=True, slots=True)
class Ways:
    """Every choice that the page offers."""

    stages: tuple[Way, ...]
    templates: tuple[Way, ...]
    #: Names of facts with their labels.
    facts: Mapping[str, str]
    #: The fact whose values are shown; empty when none was chosen.
    fact: str
    values: tuple[Way, ...]


def progress(connection: Connection, *, officer: Officer, tables: Tables) -> list[Progress]:
    """The newest decisions that concern the officer's scope."""
    scope, zone = scope_of(officer), home_zone(officer, tables.satker)
    rows = remedies.newest(connection, province=scope.province, satker=scope.satker, at_most=SHOWN_DECISIONS)
    same = ("id", "chosen_by", "reason", "withdrawals", "withdrawn", "manual")
    counted = ("corrections", "corrections_waiting", "corrections_published")
    return [
        Progress(
            **{name: row[name] for name in (*same, *counted)},
            action=ACTIONS[row["action"]],
            officer=tables.officer_title(row["officer"]),
            decided_at=moment(row["decided_at"], zone),
            withdrawn_after=_seconds(row["decided_at"], row["last_withdrawn_at"]),
            corrected_after=_seconds(row["decided_at"], row["last_corrected_at"]),
        )
        for row in rows
    ]


def _seconds(begin: datetime, end: datetime | None) -> int | None:
    return max(0, round((end - begin).total_seconds())) if end is not None else None


def manual_tasks(connection: Connection, *, officer: Officer, tables: Tables) -> list[Task]:
    """What the officer's scope has to take down by hand, oldest first."""
    scope, zone = scope_of(officer), home_zone(officer, tables.satker)
    return [
        Task(
            withdrawal_id=row["withdrawal_id"],
            draft_id=row["draft_id"],
            satker=tables.satker[row["satker_code"]],
            channel=row["channel"].capitalize(),
            account_name=row["account_name"] or "",
            title=row["title"],
            permalink=safe_link(row["permalink"]),
            platform_id=row["platform_id"],
            reason=row["reason"],
            said=reason_words(row["said"]),
            decided_at=moment(row["decided_at"], zone),
        )
        for row in remedies.manual(connection, province=scope.province, satker=scope.satker)
    ]


def ways_to_choose(connection: Connection, *, officer: Officer, tables: Tables, fact: str) -> Ways:
    """What can be chosen; the values of a fact only when `fact` names one that is known."""
    scope = scope_of(officer)
    inside: dict[str, Any] = {"province": scope.province, "satker": scope.satker}
    known = fact if fact in FACTS else ""
    return Ways(
        stages=tuple(
            Way(
                f"{_stage_title(tables, row)} · {tables.calendar_title(row['calendar'])}",
                row["posts"],
                Chosen(calendar=row["calendar"], stage=row["stage"]).query,
            )
            for row in remedies.stages(connection, **inside)
        ),
        templates=tuple(
            Way(
                f"{row['template']} (versi {row['template_hash'][:12]})",
                row["posts"],
                Chosen(template_hash=row["template_hash"]).query,
            )
            for row in remedies.templates(connection, **inside)
        ),
        facts=FACTS,
        fact=known,
        values=tuple(
            Way(row["value"], row["posts"], Chosen(fact=known, value=row["value"]).query)
            for row in (remedies.fact_values(connection, known, **inside) if known else ())
        ),
    )


def _stage_title(tables: Tables, row: Mapping[str, Any]) -> str:
    calendar = tables.calendars.get(row["calendar"])
    stages = calendar.stages if calendar else ()
    return next((stage.title for stage in stages if stage.slug == row["stage"]), str(row["stage"]))
