"""What the daily look at every account has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from kabar.store.database import Connection, queries


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """The verdict on one account on one day; what is None is not known."""

    account_id: int
    day: date
    #: `ready`, `attention`, `cannot_publish` or `not_read`.
    verdict: str
    #: Sentences in English, the gravest first; none when ready.
    reasons: list[str]
    page_name: str | None
    category: str | None
    is_published: bool | None
    tasks: list[str] | None
    #: Of the Page's token, never the token itself: its type, and when it ends if it does.
    token_kind: str | None
    token_expires_at: datetime | None
    token_never_expires: bool | None
    checked_at: datetime


def save_checks(connection: Connection, checks: Sequence[AccountCheck]) -> None:
    """Remember verdicts; again on the same day replaces them, but what was read is not lost to an outage."""
    for check in checks:
        queries("account").save_check(connection, **asdict(check))


def block(connection: Connection, *, channel: str, external_id: str, reason: str) -> None:
    """Remember that an account could not publish just now: one notice a day, however many posts wait."""
    queries("account").block_account(
        connection, channel=channel, external_id=external_id, reason=f"Cannot publish: {reason}"
    )


def unblock(connection: Connection, *, channel: str, external_id: str) -> None:
    """Remember that an account which could not publish can again, as a look at it has shown."""
    queries("account").unblock_account(connection, channel=channel, external_id=external_id)


def latest_checks(connection: Connection) -> list[dict[str, Any]]:
    """The newest verdict on every account ever looked at, with satker, name, use and whether it is active."""
    return list(queries("account").list_latest_checks(connection))
