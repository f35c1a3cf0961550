"""The last look before a call: whether the claim is its worker's own and nothing stands against it."""

from __future__ import annotations

from collections.abc import Mapping

from kabar.posting.claiming import objection
from kabar.posting.states import Claim
from kabar.store import posts
from kabar.store.database import Connection


def stands(
    connection: Connection,
    claim: Claim,
    *,
    worker: str,
    margin_seconds: float,
    calendar_versions: Mapping[str, int],
    official_names: Mapping[str, str],
) -> bool:
    """Whether the call may be made; what somebody has changed since the claim turns the post down here.

    `margin_seconds` is the length of a call; the rest is as `posting.claiming.judge` has it.
    """
    if not posts.claim_stands(connection, claim, margin_seconds=margin_seconds):
        return False
    if (
        objection(
            posts.look(connection, claim.post_id),
            calendar_versions=calendar_versions,
            official_names=official_names,
        )
        is None
    ):
        return True
    # Only now the lock, so that the common way makes nobody wait; what was seen is read again under it.
    against = objection(
        posts.lock(connection, claim.post_id),
        calendar_versions=calendar_versions,
        official_names=official_names,
    )
    if against is None:
        return posts.claim_stands(connection, claim, margin_seconds=margin_seconds)
    if posts.give_back(connection, claim, worker=worker):
        posts.turn_down(connection, claim.post_id, state=against.state, worker=worker, reason=against.reason)
    return False
