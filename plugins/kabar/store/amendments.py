"""Amended calendars: which drafts do not agree with them yet, and the decisions that applied them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from kabar.posting.amending import Drafted, Verdict, as_values
from kabar.store import decisions
from kabar.store.database import Connection, queries
from kabar.store.drafts import MACHINE, FreshDraft, save_drafts

COLUMNS = (
    "draft_id",
    "effect",
    "changes",
    "says_at",
    "publish_at",
    "not_after",
    "message",
    "link",
    "alt_text",
    "hashtags",
    "facts",
    "template",
    "template_hash",
    "findings",
    "content_hash",
    "pictures",
)


class Outdated(NamedTuple):
    """A package with drafts that do not agree with the calendar as it is."""

    package_id: int
    calendar: str
    title: str
    versions: list[int]
    drafts: int


class Standing(NamedTuple):
    """A draft as it stands, with its place."""

    package_id: int
    satker_code: str
    channel: str
    calendar_version: int
    drafted: Drafted


class Judged(NamedTuple):
    """What becomes of one draft; `fresh` is there where it gets words and times of today."""

    draft_id: int
    package_id: int
    verdict: Verdict
    fresh: FreshDraft | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who applies which file."""

    calendar: str
    from_versions: Sequence[int]
    to_version: int
    #: The sha256 of the calendar's file.
    file_hash: str
    officer: str
    officer_scope: str
    request_key: str


def outdated(connection: Connection, versions: Mapping[str, int]) -> list[Outdated]:
    """Packages with drafts that do not agree with `versions`, the calendars as they are now, by code."""
    rows = queries("amendment").list_outdated(
        connection, calendars=list(versions), versions=list(versions.values())
    )
    return [Outdated(**row) for row in rows]


def lock(connection: Connection) -> None:
    """Let no other amendment be decided until the transaction ends."""
    list(queries("amendment").lock_amendments(connection))


def lock_posts(connection: Connection, package_ids: Sequence[int]) -> None:
    """Let no claim, edit or decision move these packages until the transaction ends."""
    list(queries("amendment").lock_packages(connection, package_ids=list(package_ids)))


def standing(connection: Connection, package_ids: Sequence[int]) -> list[Standing]:
    """Every draft of some packages as it stands."""
    return [
        Standing(
            package_id=row["package_id"],
            satker_code=row["satker_code"],
            channel=row["channel"],
            calendar_version=row["calendar_version"],
            drafted=Drafted(
                draft_id=row["draft_id"],
                state=row["state"],
                says_at=row["says_at"],
                not_after=row["not_after"],
                message=row["message"],
                facts=row["facts"],
                findings=row["findings"],
                content_hash=row["content_hash"],
                is_by_hand=row["author"] != MACHINE,
            ),
        )
        for row in queries("amendment").list_drafted(connection, package_ids=list(package_ids))
    ]


def made_by(connection: Connection, request_key: str) -> int | None:
    """The number of the amendment that this request has decided already."""
    row = queries("amendment").find_amendment(connection, request_key=request_key)
    return row["id"] if row else None


def apply(
    connection: Connection,
    decision: Decision,
    judged: Sequence[Judged],
    *,
    added: Mapping[int, Sequence[FreshDraft]],
    agreeing: Sequence[int],
) -> int:
    """Do what was judged, remember it, and give the amendment's number; the caller holds both locks.

    Args:
        connection: In the transaction that holds both locks.
        decision: Who applies which file.
        judged: Every draft that did not agree.
        added: Drafts that were not there, by package.
        agreeing: Packages whose tonggak the calendar still has.
    """
    statements = queries("amendment")
    _stage(connection, judged)
    number: int = statements.add_amendment(
        connection,
        calendar=decision.calendar,
        from_versions=list(decision.from_versions),
        to_version=decision.to_version,
        file_hash=decision.file_hash,
        officer=decision.officer,
        officer_scope=decision.officer_scope,
        request_key=decision.request_key,
        kept=sum(one.verdict.effect == "kept" for one in judged),
    )
    reason = f"the calendar {decision.calendar} was amended to version {decision.to_version}"
    statements.add_effects(connection, amendment_id=number)
    # The words first: the event of the move pins them.
    statements.word_anew(connection, author=MACHINE)
    statements.move(connection)
    statements.agree(connection, version=decision.to_version)
    statements.return_to_review(connection, officer=decision.officer, reason=reason)
    gone = f"the calendar {decision.calendar} has no such message any more"
    statements.take_off(connection, officer=decision.officer, reason=gone)
    statements.agree_package(connection, version=decision.to_version, package_ids=list(agreeing))
    last = statements.last_draft(connection)
    for package_id, fresh in added.items():
        save_drafts(connection, package_id, fresh, calendar_version=decision.to_version)
    statements.add_new_effects(connection, amendment_id=number, package_ids=list(added), last_draft_id=last)
    decisions.announce(connection, {*added, *(one.package_id for one in judged)})
    return number


def _stage(connection: Connection, judged: Sequence[Judged]) -> None:
    queries("amendment").make_amending(connection)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy amending ({', '.join(COLUMNS)}) from stdin") as copy,
    ):
        for one in judged:
            known = (one.draft_id, one.verdict.effect, Jsonb(as_values(one.verdict.changes)))
            copy.write_row(
                known + (_today(one.fresh) if one.fresh else (None,) * (len(COLUMNS) - len(known)))
            )


def _today(fresh: FreshDraft) -> tuple[Any, ...]:
    words = fresh.wording
    return (
        fresh.says_at,
        fresh.publish_at,
        fresh.not_after,
        words.message,
        words.link,
        words.alt_text,
        list(words.hashtags),
        Jsonb(dict(words.facts)),
        words.template,
        words.template_hash,
        Jsonb([dict(finding) for finding in words.findings]),
        words.content_hash,
        list(words.pictures),
    )


def active_accounts(connection: Connection, *, usage: str) -> dict[tuple[str, str], int]:
    """The account of each satker and channel, for `real` posts or for a `rehearsal`."""
    rows = queries("amendment").active_accounts(connection, usage=usage)
    return {(row["satker_code"], row["channel"]): row["id"] for row in rows}


def amendment(connection: Connection, amendment_id: int) -> dict[str, Any] | None:
    """One decision, with its `effects` counted."""
    row = queries("amendment").read_amendment(connection, amendment_id=amendment_id)
    if row is None:
        return None
    counts = queries("amendment").count_effects(connection, amendment_id=amendment_id)
    return {**row, "effects": {count["effect"]: count["drafts"] for count in counts}}


def amendments(connection: Connection, calendar: str) -> list[dict[str, Any]]:
    """Every decision about a calendar, newest first."""
    return list(queries("amendment").list_amendments(connection, calendar=calendar))


def wrong(
    connection: Connection, calendar: str, *, province: str | None = None, satker: str | None = None
) -> list[dict[str, Any]]:
    """Posts that stand, or may, and that an amendment has found wrong; `changes` says what is not so."""
    return list(
        queries("amendment").list_wrong(connection, calendar=calendar, province=province, satker=satker)
    )
