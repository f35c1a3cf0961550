"""What a person has to look at: posts that may stand on a platform, and posts that did not go out."""

from __future__ import annotations

from typing import Any, Literal

from kabar.store.database import Connection, queries


def questions(
    connection: Connection, *, province: str | None = None, satker: str | None = None
) -> list[dict[str, Any]]:
    """Unconfirmed posts in a scope, with their evidence, for the desk."""
    return list(queries("post").list_questions(connection, province=province, satker=satker))


def unsent(
    connection: Connection,
    state: Literal["held", "expired"],
    *,
    province: str | None = None,
    satker: str | None = None,
    at_most: int,
) -> list[dict[str, Any]]:
    """Posts that did not go out at their time, the latest first; `many` says how many there are in all."""
    return list(
        queries("post").list_unsent(
            connection, state=state, province=province, satker=satker, at_most=at_most
        )
    )


def question(connection: Connection, post_id: int) -> dict[str, Any] | None:
    """One unconfirmed post for the person who answers it, locked until the transaction ends."""
    statements = queries("post")
    statements.lock_post(connection, post_id=post_id)
    row: dict[str, Any] | None = statements.read_question(connection, post_id=post_id)
    return row


def answer_published(
    connection: Connection,
    *,
    post_id: int,
    claim_number: int,
    platform_id: str,
    permalink: str,
    officer: str,
    reason: str,
) -> bool:
    """Save a person's word that the post stands on the platform."""
    changed: int = queries("post").answer_unconfirmed_published(
        connection,
        post_id=post_id,
        claim_number=claim_number,
        platform_id=platform_id,
        permalink=permalink,
        officer=officer,
        reason=reason,
    )
    return changed == 1


def answer_absent(
    connection: Connection, *, post_id: int, claim_number: int, officer: str, reason: str
) -> bool:
    """Save a person's word that it is not there; the approval stands and the post may go out again.

    Past its not-after time it expires instead. False when the question has been answered meanwhile.
    """
    changed: int = queries("post").answer_unconfirmed_absent(
        connection, post_id=post_id, claim_number=claim_number, officer=officer, reason=reason
    )
    return changed == 1
