"""The posting ledger's memory. `posting/` decides; every function here is one step of its state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from kabar.posting.states import Claim, Claimable, Unconfirmed, Unread
from kabar.store.database import Connection, queries

#: What a call brought when it did not bring a post.
Outcome = Literal["refused", "unconfirmed"]


def due(
    connection: Connection,
    *,
    package_id: int | None = None,
    wave: str | None = None,
    channel: str | None = None,
) -> list[int]:
    """Numbers of the posts that a worker may send now: approved, due, still worth saying, not resting."""
    rows = queries("post").list_due_posts(
        connection,
        package_id=package_id,
        wave=wave,
        channel=channel,
        spread_seconds=0.0,
        account_gap_seconds=0.0,
    )
    return [row["id"] for row in rows]


def lock(connection: Connection, post_id: int, *, account_gap_seconds: float = 0.0) -> Claimable:
    """Lock one post until the transaction ends, then read what is true of it now.

    With a gap, claims of one account pass one after the other, so that each sees the one before.
    """
    statements = queries("post")
    statements.lock_post(connection, post_id=post_id)
    if account_gap_seconds > 0:
        list(statements.lock_account_turn(connection, post_id=post_id))
    # A statement of its own: under READ COMMITTED it sees what the holder of the lock before us committed.
    return look(connection, post_id, account_gap_seconds=account_gap_seconds)


def look(connection: Connection, post_id: int, *, account_gap_seconds: float = 0.0) -> Claimable:
    """Read what is true of a post now, without any lock."""
    return Claimable(
        **queries("post").read_for_claim(connection, post_id=post_id, account_gap_seconds=account_gap_seconds)
    )


def take_claim(connection: Connection, post_id: int, *, worker: str, lease_seconds: float) -> Claim:
    """Take a locked, approved post to *sending*; commit before the platform is called."""
    return Claim(
        **queries("post").take_claim(connection, post_id=post_id, worker=worker, lease_seconds=lease_seconds)
    )


def turn_down(connection: Connection, post_id: int, *, state: str, worker: str, reason: str) -> None:
    """Take a locked, approved post to the state that explains why it may not go out."""
    queries("post").turn_down_claim(connection, post_id=post_id, state=state, worker=worker, reason=reason)


def put_off(connection: Connection, post_id: int, *, worker: str, reason: str, pause_seconds: float) -> None:
    """Let a locked, approved post wait before it is tried again; it never waits past its not-after time."""
    queries("post").put_off(
        connection, post_id=post_id, worker=worker, reason=reason, pause_seconds=pause_seconds
    )


def claim_stands(connection: Connection, claim: Claim, *, margin_seconds: float) -> bool:
    """Whether the claim is still its worker's own and stays so for `margin_seconds`."""
    stands: bool = queries("post").claim_stands(
        connection,
        post_id=claim.post_id,
        claim_number=claim.claim_number,
        margin_seconds=margin_seconds,
    )
    return stands


def record_handle(connection: Connection, claim: Claim, handle: Mapping[str, Any]) -> bool:
    """Remember what lies prepared on the platform, for this wording on this account alone.

    False, and nothing is saved, when the claim has passed on.
    """
    changed: int = queries("post").record_handle(
        connection,
        post_id=claim.post_id,
        claim_number=claim.claim_number,
        handle=Jsonb(dict(handle)),
        handle_of=f"{claim.content_hash}@{claim.account_external_id}",
    )
    return changed == 1


def give_back(connection: Connection, claim: Claim, *, worker: str) -> bool:
    """Take a locked claim back before its call, to be turned down; False when it has passed on."""
    changed: int = queries("post").give_back_claim(
        connection,
        post_id=claim.post_id,
        claim_number=claim.claim_number,
        worker=worker,
        reason="something stood against it before the call",
    )
    return changed == 1


def record_published(
    connection: Connection,
    *,
    post_id: int,
    claim_number: int,
    platform_id: str,
    permalink: str | None,
    published_at: datetime,
    worker: str,
    reason: str,
    evidence: Sequence[dict[str, Any]],
) -> bool:
    """Save that the post stands on the platform.

    The platform's word stands above what a lapsed lease or a person has said about the same claim meanwhile.
    False when a newer claim is on its way or another post was saved; `packages.doubles` lists such posts.
    """
    statements = queries("post")
    found = {
        "post_id": post_id,
        "claim_number": claim_number,
        "platform_id": platform_id,
        "permalink": permalink,
        "published_at": published_at,
        "worker": worker,
        "evidence": Jsonb(list(evidence)),
    }
    if statements.record_published(connection, reason=reason, **found):
        return True
    doubt = f"claim {claim_number} was answered too: a person must look for two posts"
    return not statements.note_another_post(connection, reason=doubt, **found)


def record_outcome(
    connection: Connection,
    claim: Claim,
    *,
    state: Outcome,
    worker: str,
    reason: str,
    evidence: dict[str, Any],
) -> bool:
    """Save that the platform refused, or that nobody can tell; False when the claim has passed on.

    A refusal also answers the question that a lapsed lease has raised; a doubt after that begins it anew.
    """
    changed: int = queries("post").record_outcome(
        connection,
        post_id=claim.post_id,
        claim_number=claim.claim_number,
        state=state,
        worker=worker,
        reason=reason,
        evidence=Jsonb([evidence]),
    )
    return changed == 1


def release(connection: Connection, claim: Claim, *, worker: str, reason: str, pause_seconds: float) -> bool:
    """Give back a claim whose call provably had no effect; it is not tried before the pause is over."""
    changed: int = queries("post").release_claim(
        connection,
        post_id=claim.post_id,
        claim_number=claim.claim_number,
        worker=worker,
        reason=reason,
        pause_seconds=pause_seconds,
    )
    return changed == 1


def doubt_lapsed(
    connection: Connection, *, worker: str, package_id: int | None = None, wave: str | None = None
) -> int:
    """Turn claims whose lease has ended into questions; gives how many."""
    rows = queries("post").doubt_lapsed_claims(connection, worker=worker, package_id=package_id, wave=wave)
    return len(list(rows))


def unconfirmed(
    connection: Connection, *, package_id: int | None = None, wave: str | None = None
) -> list[Unconfirmed]:
    """Posts that may stand on the platform, oldest first."""
    rows = queries("post").list_unconfirmed(connection, package_id=package_id, wave=wave)
    return [Unconfirmed(**row) for row in rows]


def record_look(
    connection: Connection, post: Unconfirmed, *, worker: str, reason: str, evidence: dict[str, Any]
) -> bool:
    """Remember that the platform was read and the post was not there.

    Two readers at the same time are one look: False, and nothing is counted, when `post.looks` has moved on.
    """
    changed: int = queries("post").record_look(
        connection,
        post_id=post.post_id,
        claim_number=post.claim_number,
        looks=post.looks,
        worker=worker,
        reason=reason,
        evidence=Jsonb([evidence]),
    )
    return changed == 1


def unread(connection: Connection, *, package_id: int | None = None, wave: str | None = None) -> list[Unread]:
    """Published posts that nobody has read back yet."""
    rows = queries("post").list_unread(connection, package_id=package_id, wave=wave)
    return [Unread(**row) for row in rows]


def record_seen(connection: Connection, seen: Mapping[int, str | None]) -> None:
    """Remember that these posts stand on the platform as they were approved, and where, by their numbers.

    An address that is known already stays.
    """
    queries("post").record_seen(connection, post_ids=list(seen), permalinks=list(seen.values()))


def record_missing(connection: Connection, post_ids: Sequence[int]) -> None:
    """Remember that these posts were looked for and are not there as they were approved."""
    queries("post").record_missing(connection, post_ids=list(post_ids))


def expire(
    connection: Connection, *, worker: str, package_id: int | None = None, wave: str | None = None
) -> int:
    """Close what is past its not-after time; gives how many posts that were."""
    count: int = queries("post").expire_posts(connection, worker=worker, package_id=package_id, wave=wave)
    return count


def events(connection: Connection, post_id: int) -> list[dict[str, Any]]:
    """The history of one post, oldest first."""
    return list(queries("post").list_events(connection, post_id=post_id))
