"""When it is each account's turn, so that the posts of one instant do not reach a platform at once."""

from __future__ import annotations

from typing import NamedTuple

from kabar.store.database import Connection, queries


class Turn(NamedTuple):
    """A post that may go out, and how many seconds from now it is its account's turn."""

    post_id: int
    in_seconds: float


def upcoming_turns(
    connection: Connection,
    *,
    package_id: int | None = None,
    wave: str | None = None,
    channel: str | None = None,
    spread_seconds: float = 0.0,
    account_gap_seconds: float = 0.0,
) -> list[Turn]:
    """The same posts as `posts.due`, each with its turn: accounts are spread over `spread_seconds`.

    An account has the same place in the spread every time. One that has sent another post within
    `account_gap_seconds` is not due yet.
    """
    rows = queries("post").list_due_posts(
        connection,
        package_id=package_id,
        wave=wave,
        channel=channel,
        spread_seconds=spread_seconds,
        account_gap_seconds=account_gap_seconds,
    )
    return [Turn(row["id"], row["in_seconds"]) for row in rows]
