"""Decisions about posts that stand, and the lists from which they are made; for the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kabar.posting.remedies import Action, Remediable
from kabar.store.database import Connection, queries


@dataclass(frozen=True, slots=True)
class Choice:
    """Which posts are meant; what is None narrows nothing."""

    province: str | None = None
    satker: str | None = None
    calendar: str | None = None
    stage: str | None = None
    package_id: int | None = None
    #: A fact by its name, together with its value.
    fact: str | None = None
    value: str | None = None
    template_hash: str | None = None
    post_ids: list[int] | None = None
    #: Whether only posts that were not found again are meant.
    is_missing: bool | None = None


def standing_posts(
    connection: Connection,
    choice: Choice,
    *,
    states: Sequence[str] = ("published", "corrected"),
    at_most: int = 100_000,
    from_row: int = 0,
) -> list[dict[str, Any]]:
    """Posts of a choice, newest first; each row has the `total` of all rows."""
    return list(
        queries("remedy").list_standing(
            connection, **asdict(choice), states=list(states), at_most=at_most, from_row=from_row
        )
    )


def stages(connection: Connection, *, province: str | None, satker: str | None) -> list[dict[str, Any]]:
    """Stages with posts that stand: calendar, stage, posts."""
    return list(queries("remedy").list_stages_standing(connection, province=province, satker=satker))


def fact_values(
    connection: Connection, fact: str, *, province: str | None, satker: str | None
) -> list[dict[str, Any]]:
    """What standing posts say of one fact, and how many: value, posts."""
    return list(queries("remedy").list_fact_values(connection, fact=fact, province=province, satker=satker))


def templates(connection: Connection, *, province: str | None, satker: str | None) -> list[dict[str, Any]]:
    """By which version of which template standing posts were written: template, template_hash, posts."""
    return list(queries("remedy").list_templates_standing(connection, province=province, satker=satker))


def lock(connection: Connection, post_ids: Sequence[int]) -> list[Remediable]:
    """Lock these posts until the transaction ends and read what a decision must know."""
    statements = queries("remedy")
    list(statements.lock_posts(connection, post_ids=list(post_ids)))
    # A statement of its own: it sees what the holder of the locks before us committed.
    return [Remediable(**row) for row in statements.read_for_remedy(connection, post_ids=list(post_ids))]


def of_request(connection: Connection, request_key: str) -> int | None:
    """The decision that a form has made already; None when it has made none."""
    number: int | None = queries("remedy").remedy_of_request(connection, request_key=request_key)
    return number


def record(
    connection: Connection,
    *,
    action: Action,
    reason: str,
    wrong: str,
    truth: str,
    chosen_by: str,
    officer: str,
    officer_scope: str,
    request_key: str,
) -> int | None:
    """Append a decision and give its number; None when the same form was faster."""
    number: int | None = queries("remedy").record_remedy(
        connection,
        action=action,
        reason=reason,
        wrong=wrong,
        truth=truth,
        chosen_by=chosen_by,
        officer=officer,
        officer_scope=officer_scope,
        request_key=request_key,
    )
    return number


def add_withdrawals(connection: Connection, remedy_id: int, post_ids: Sequence[int]) -> None:
    """Remember which posts a decision takes down; they are due at once."""
    queries("remedy").add_withdrawals(connection, remedy_id=remedy_id, post_ids=list(post_ids))


def add_corrections(
    connection: Connection, remedy_id: int, package_id: int, posts: Iterable[Remediable]
) -> None:
    """Remember which post each draft of a package of corrections corrects."""
    chosen = list(posts)
    queries("remedy").add_corrections(
        connection,
        remedy_id=remedy_id,
        package_id=package_id,
        codes=[post.satker_code for post in chosen],
        channels=[post.channel for post in chosen],
        post_ids=[post.post_id for post in chosen],
    )


def announce(connection: Connection) -> None:
    """Wake whoever takes down and corrects, when the transaction commits."""
    list(queries("remedy").announce(connection))


def newest(
    connection: Connection, *, province: str | None, satker: str | None, at_most: int
) -> list[dict[str, Any]]:
    """The newest decisions that concern a scope, with how far each has come within it."""
    return list(
        queries("remedy").list_remedies(connection, province=province, satker=satker, at_most=at_most)
    )


def manual(connection: Connection, *, province: str | None, satker: str | None) -> list[dict[str, Any]]:
    """What a person has to take down by hand, oldest first."""
    return list(queries("remedy").list_manual(connection, province=province, satker=satker))


def one_manual(connection: Connection, withdrawal_id: int) -> Mapping[str, Any] | None:
    """One withdrawal that a person does by hand, locked; None when there is none of this number."""
    row: Mapping[str, Any] | None = queries("remedy").read_manual(connection, withdrawal_id=withdrawal_id)
    return row
