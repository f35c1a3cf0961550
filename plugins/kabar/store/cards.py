"""Manual cards: posts that a person makes by hand. `posting.claiming` judges whether one may be taken."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from kabar.store.database import Connection, queries


def cards(
    connection: Connection, *, province: str | None = None, satker: str | None = None, at_most: int
) -> list[dict[str, Any]]:
    """Cards of a scope that somebody may have to do something about, the most pressing first."""
    return list(queries("card").list_cards(connection, province=province, satker=satker, at_most=at_most))


def finished_cards(
    connection: Connection, *, province: str | None = None, satker: str | None = None, at_most: int
) -> list[dict[str, Any]]:
    """Cards of the last seven days that were posted or died, the latest first."""
    return list(
        queries("card").list_finished_cards(connection, province=province, satker=satker, at_most=at_most)
    )


def count_open(connection: Connection, *, province: str | None = None, satker: str | None = None) -> int:
    """How many cards of a scope can be posted now, are in somebody's hand or in doubt."""
    cards: int = queries("card").count_open_cards(connection, province=province, satker=satker)
    return cards


def card(connection: Connection, draft_id: int) -> dict[str, Any] | None:
    """One card with wording, account and who has taken it; None where the draft is no card."""
    row: dict[str, Any] | None = queries("card").read_card(connection, draft_id=draft_id)
    return row


def take(connection: Connection, post_id: int, *, officer: str, lease_seconds: float) -> bool:
    """Put a locked, approved card into one officer's hand; False when it is not approved."""
    changed: int = queries("card").take_card(
        connection, post_id=post_id, officer=officer, lease_seconds=lease_seconds
    )
    return changed == 1


def give_back(connection: Connection, post_id: int, *, claim_number: int, officer: str) -> bool:
    """Save that a taken card was not posted; False when its time was over or somebody has answered."""
    changed: int = queries("card").give_back_card(
        connection, post_id=post_id, claim_number=claim_number, officer=officer
    )
    return changed == 1


def whose_link(connection: Connection, *, channel: str, platform_id: str, post_id: int) -> int | None:
    """The draft that has this post of the platform already; later askers wait until this transaction ends."""
    statements = queries("card")
    list(statements.lock_link(connection, channel=channel, platform_id=platform_id))
    draft_id: int | None = statements.whose_link(
        connection, channel=channel, platform_id=platform_id, post_id=post_id
    )
    return draft_id


def record_by_hand(
    connection: Connection, post_id: int, *, platform_id: str, permalink: str, officer: str
) -> bool:
    """Save the link of a card that was posted; False when it was never approved."""
    changed: int = queries("card").record_by_hand(
        connection,
        post_id=post_id,
        platform_id=platform_id,
        permalink=permalink,
        officer=officer,
        evidence=Jsonb([{"by": "officer", "id": platform_id, "link": permalink}]),
    )
    return changed == 1
