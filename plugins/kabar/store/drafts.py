"""Drafts and every wording they ever had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from kabar.store.database import Connection, queries

STAGED_COLUMNS = (
    "satker_code",
    "province_code",
    "channel",
    "account_id",
    "wave",
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
    "by_hand",
)

#: The author of what no person has written.
MACHINE = "mesin"


@dataclass(frozen=True, slots=True)
class Wording:
    """All that a citizen would see, where it came from and what the rules say about it."""

    message: str
    link: str
    alt_text: str
    hashtags: tuple[str, ...]
    facts: Mapping[str, str]
    template: str
    template_hash: str
    #: One mapping a finding: rule, severity, message, legal_basis.
    findings: tuple[Mapping[str, str], ...]
    content_hash: str
    #: Pictures by the sha256 of their bytes, in their order; `alt_text` has a line for each.
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FreshDraft:
    """A draft as the machine would write it now."""

    satker_code: str
    province_code: str
    channel: str
    #: Number of `kabar.account`; None where the satker has no active account on the channel.
    account_id: int | None
    wave: str
    #: The calendar's moment, which the reader of a rehearsal sees; equals `publish_at` in the real ledger.
    says_at: datetime
    publish_at: datetime
    not_after: datetime
    wording: Wording
    #: Whether a person posts it (a manual card) instead of a worker.
    by_hand: bool = False


class Saved(NamedTuple):
    """What saving changed."""

    added: int
    reworded: int


def save_account(
    connection: Connection,
    *,
    channel: str,
    external_id: str,
    satker_code: str,
    name: str,
    usage: str,
    reached_by: str,
    is_active: bool,
) -> int:
    """Take over one account of the registry and give its number."""
    number: int = queries("account").save_account(
        connection,
        channel=channel,
        external_id=external_id,
        satker_code=satker_code,
        name=name,
        usage=usage,
        connection=reached_by,
        is_active=is_active,
    )
    return number


def save_drafts(
    connection: Connection,
    package_id: int,
    fresh: Iterable[FreshDraft],
    *,
    calendar_version: int | None = None,
    author: str = MACHINE,
) -> Saved:
    """Add new drafts and reword those that no person has edited or decided; everything else stays.

    A draft that still needs a decision also moves to the account that the satker has now. New drafts agree
    with `calendar_version` of their calendar; left out, with the one that the package began with. The
    `author` of words may not approve them.
    """
    statements = queries("draft")
    statements.make_staging(connection)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy fresh_draft ({', '.join(STAGED_COLUMNS)}) from stdin") as copy,
    ):
        for draft in fresh:
            wording = draft.wording
            copy.write_row(
                (
                    draft.satker_code,
                    draft.province_code,
                    draft.channel,
                    draft.account_id,
                    draft.wave,
                    draft.says_at,
                    draft.publish_at,
                    draft.not_after,
                    wording.message,
                    wording.link,
                    wording.alt_text,
                    list(wording.hashtags),
                    Jsonb(dict(wording.facts)),
                    wording.template,
                    wording.template_hash,
                    Jsonb([dict(finding) for finding in wording.findings]),
                    wording.content_hash,
                    list(wording.pictures),
                    draft.by_hand,
                )
            )
    # A statement of its own: what follows sees what the holders of these locks before us committed.
    list(statements.lock_package(connection, package_id=package_id))
    statements.move_to_present_accounts(connection, package_id=package_id)
    # Rewording first: a draft that was added just now must not be looked at again.
    reworded: int = statements.reword_untouched_drafts(connection, package_id=package_id, author=author)
    added: int = statements.add_new_drafts(
        connection, package_id=package_id, author=author, calendar_version=calendar_version
    )
    statements.plan_new_drafts(connection, package_id=package_id, author=author)
    return Saved(added=added, reworded=reworded)


def drafts(
    connection: Connection,
    package_id: int,
    *,
    province: str | None = None,
    satker: str | None = None,
    state: str | None = None,
    with_findings: bool | None = None,
    at_most: int = 100_000,
    from_row: int = 0,
) -> list[dict[str, Any]]:
    """The drafts of a package with wording, state and last decision, in the order of satker codes."""
    return list(
        queries("draft").list_drafts(
            connection,
            package_id=package_id,
            province=province,
            satker=satker,
            state=state,
            with_findings=with_findings,
            at_most=at_most,
            from_row=from_row,
        )
    )


def draft(connection: Connection, draft_id: int) -> dict[str, Any] | None:
    """One draft with its present wording and state."""
    row: dict[str, Any] | None = queries("draft").read_draft(connection, draft_id=draft_id)
    return row


def versions(connection: Connection, draft_id: int) -> list[dict[str, Any]]:
    """Every wording a draft ever had, newest first."""
    return list(queries("draft").list_versions(connection, draft_id=draft_id))


def rewrite(
    connection: Connection, draft_id: int, *, expected_version: int, author: str, wording: Wording
) -> bool:
    """Give a draft a wording written by a person and return it to review.

    Gives False, and changes nothing, when the draft has moved on since `expected_version` was shown or its
    post can no longer be changed.
    """
    list(queries("decision").lock_drafts(connection, draft_ids=[draft_id]))
    present = draft(connection, draft_id)
    if present is None or present["version"] != expected_version:
        return False
    returned: int = queries("post").return_to_review(
        connection, draft_id=draft_id, officer=author, reason="the text was edited"
    )
    if not returned:
        return False
    version = expected_version + 1
    queries("draft").add_version(
        connection,
        draft_id=draft_id,
        version=version,
        author=author,
        message=wording.message,
        link=wording.link,
        alt_text=wording.alt_text,
        hashtags=list(wording.hashtags),
        facts=Jsonb(dict(wording.facts)),
        template=wording.template,
        template_hash=wording.template_hash,
        findings=Jsonb([dict(finding) for finding in wording.findings]),
        content_hash=wording.content_hash,
        pictures=list(wording.pictures),
    )
    queries("draft").point_to_version(connection, draft_id=draft_id, version=version)
    return True
