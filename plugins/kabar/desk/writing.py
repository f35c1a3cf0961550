"""One draft: its page with facts and history, and the new wording that a person gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kabar.content import Text, content_hash
from kabar.desk.cards import Card, card
from kabar.desk.costs import cost_lines
from kabar.desk.desk import Check
from kabar.desk.reasons import reason_words
from kabar.desk.refusal import PageRefusal, not_in_scope
from kabar.desk.scope import WRITERS, home_zone
from kabar.desk.tables import Tables
from kabar.desk.words import FACTS, STATES, moment
from kabar.officers import Officer
from kabar.posting.approval import OPEN_STATES
from kabar.store import decisions, drafts, posts
from kabar.store.database import Connection
from kabar.store.drafts import MACHINE, Wording


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a draft's history."""

    at: datetime
    at_words: str
    what: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Version:
    """One wording that the draft had."""

    number: int
    author: str
    at_words: str
    message: str


@dataclass(frozen=True, slots=True)
class DraftView:
    """Everything that an officer may know about one draft."""

    card: Card
    package_id: int
    package_title: str
    calendar: str
    is_rehearsal: bool
    version: int
    message: str
    hashtags: tuple[str, ...]
    not_after: str
    #: What filled the template, in the words of the page; the legal basis is their source.
    facts: tuple[tuple[str, str], ...]
    source: str
    template: str
    history: tuple[Step, ...]
    versions: tuple[Version, ...]
    can_write: bool
    #: What this post costs; empty where its platform takes nothing.
    costs: tuple[str, ...]
    #: Number of its post, where the post stands and may be taken down or corrected; None elsewhere.
    standing_post_id: int | None
    #: The post that this draft corrects, with the draft of that post; None for any other draft.
    corrects_post_id: int | None
    corrects_draft_id: int | None


def draft_in_scope(
    connection: Connection, draft_id: int, *, officer: Officer, tables: Tables
) -> dict[str, Any]:
    """One draft (a row of `store.drafts.draft`).

    Raises:
        PageRefusal: There is no such draft, or it lies outside the officer's scope.
    """
    row = drafts.draft(connection, draft_id)
    if row is None or not officer.covers(tables.satker[row["satker_code"]]):
        raise not_in_scope()
    return row


def draft_view(connection: Connection, draft_id: int, *, officer: Officer, tables: Tables) -> DraftView:
    """The page of one draft; times of its history are in the officer's zone.

    Raises:
        PageRefusal: As `draft_in_scope`.
    """
    row = draft_in_scope(connection, draft_id, officer=officer, tables=tables)
    zone = home_zone(officer, tables.satker)
    wordings = drafts.versions(connection, draft_id)
    return DraftView(
        card=card(row, officer=officer, tables=tables),
        package_id=row["package_id"],
        package_title=row["title"],
        calendar=tables.calendar_title(row["calendar"]),
        is_rehearsal=row["rehearsal_id"] is not None,
        version=row["version"],
        message=row["message"],
        hashtags=tuple(row["hashtags"]),
        not_after=moment(row["not_after"], tables.satker[row["satker_code"]].zone),
        facts=tuple((label, row["facts"][key]) for key, label in FACTS.items() if row["facts"].get(key)),
        source=row["facts"].get("dasar", ""),
        template=row["template"],
        history=_history(posts.events(connection, row["post_id"]), tables=tables, zone=zone),
        versions=tuple(_version(wording, tables=tables, zone=zone) for wording in wordings),
        can_write=officer.role in WRITERS and row["state"] in OPEN_STATES,
        costs=cost_lines([row], tables.channels),
        standing_post_id=row["post_id"] if row["state"] in {"published", "corrected"} else None,
        corrects_post_id=row["corrects_post_id"],
        corrects_draft_id=row["corrects_draft_id"],
    )


def rewrite(
    connection: Connection,
    draft_id: int,
    *,
    message: str,
    expected_version: int,
    officer: Officer,
    tables: Tables,
    check: Check,
) -> bool:
    """Give a draft the officer's own wording; it returns to review, where another officer decides.

    Gives False when the wording is the present one already.

    Raises:
        PageRefusal: Not this officer's to write, an empty text, or a draft that moved on meanwhile.
    """
    row = draft_in_scope(connection, draft_id, officer=officer, tables=tables)
    if officer.role not in WRITERS:
        raise PageRefusal(403, "Tidak berwenang mengubah", "Jabatan Anda hanya dapat membaca naskah.")
    message = "\n".join(line.rstrip() for line in message.splitlines()).strip()
    if not message:
        raise PageRefusal(422, "Naskah kosong", "Tulis naskahnya dahulu. Belum ada yang berubah.")
    # A satker that was renamed since the draft was made speaks in its name of today, whoever writes.
    name = {"satker_lengkap": tables.satker[row["satker_code"]].official_name}
    is_renamed = row["facts"].get("satker_lengkap", name["satker_lengkap"]) != name["satker_lengkap"]
    if message == row["message"] and expected_version == row["version"] and not is_renamed:
        return False
    row |= {"facts": row["facts"] | (name if is_renamed else {})}
    wording = _wording(row, message, check)
    if not drafts.rewrite(
        connection, draft_id, expected_version=expected_version, author=officer.username, wording=wording
    ):
        raise PageRefusal(
            409,
            "Naskah ini sudah berubah",
            "Orang lain menyimpan naskah ini, atau naskahnya sudah dikirim, setelah Anda membukanya. Tulisan "
            "Anda belum disimpan: kembali, salin tulisan Anda, lalu buka lagi naskahnya.",
        )
    # Its wave may have waited for nothing else; the sensor counts anew.
    decisions.announce(connection, {row["package_id"]})
    return True


def text_of(row: Mapping[str, Any], message: str) -> Text:
    """The text that a draft would be with another message; all else stays as it was drafted."""
    return Text(
        message=message,
        link=row["link"],
        alt_text=row["alt_text"],
        hashtags=tuple(row["hashtags"]),
        facts=row["facts"],
        template=row["template"],
        template_hash=row["template_hash"],
        pictures=tuple(row["pictures"]),
    )


def _wording(row: Mapping[str, Any], message: str, check: Check) -> Wording:
    text = text_of(row, message)
    return Wording(
        **text._asdict(),
        findings=tuple(finding._asdict() for finding in check(row, message)),
        content_hash=content_hash(text),
    )


def _history(events: Sequence[Mapping[str, Any]], *, tables: Tables, zone: str) -> tuple[Step, ...]:
    return tuple(
        Step(
            at=event["at"],
            at_words=moment(event["at"], zone),
            what=STATES[event["to_state"]].label,
            who=_who(event["changed_by"], tables),
            why=reason_words(event["reason"]),
        )
        for event in events
    )


def _version(wording: Mapping[str, Any], *, tables: Tables, zone: str) -> Version:
    return Version(
        number=wording["version"],
        author=_who(wording["author"], tables),
        at_words=moment(wording["created_at"], zone),
        message=wording["message"],
    )


def _who(name: str, tables: Tables) -> str:
    """The office of a person; for a worker or the machine, the system."""
    return "sistem" if name == MACHINE or name not in tables.officers else tables.officer_title(name)
