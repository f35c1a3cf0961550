"""What the posting loop needs of its memory; each call is a transaction of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from kabar.channels.channel import Standing
from kabar.posting.states import Claim, Published, Unconfirmed, Unread


class Ledger(Protocol):
    """The ledger of posts. `store.ledger.PostgresLedger` is the one there is."""

    async def claim(self, post_id: int) -> Claim | None:
        """Take one post to *sending* if everything still holds; None when it does not."""
        ...

    async def claim_stands(self, claim: Claim) -> bool:
        """Ask, right before the call, whether the claim is still ours for the length of a call."""
        ...

    async def record_handle(self, claim: Claim, handle: Mapping[str, Any]) -> bool:
        """Save what lies prepared on the platform for a claim; False when the claim has passed on."""
        ...

    async def record_published(self, claim: Claim, standing: Standing) -> bool:
        """Save the platform's answer; False when another post was already saved for it, or is on its way."""
        ...

    async def record_refused(self, claim: Claim, reason: str) -> None:
        """Save that the platform said no."""
        ...

    async def record_unconfirmed(self, claim: Claim, reason: str) -> None:
        """Save that nobody can tell."""
        ...

    async def release(self, claim: Claim, reason: str, *, pause_seconds: float) -> None:
        """Give back a claim whose call had no effect, not to be tried before the pause is over."""
        ...

    async def block_account(self, claim: Claim, reason: str, *, pause_seconds: float) -> None:
        """Give back a claim whose account cannot publish, and note why for everybody who looks at it."""
        ...

    async def unblock_account(self, claim: Claim) -> None:
        """Note that the account of a claim can publish again."""
        ...

    async def cool_down(self, *, reached_by: str, account: str, pause_seconds: float, reason: str) -> None:
        """Let every worker leave an account (empty: all behind a connection) alone for a while."""
        ...

    async def doubt_lapsed(self) -> int:
        """Turn claims whose lease has ended into questions; gives how many."""
        ...

    async def latest_lease(self) -> datetime | None:
        """Until when somebody may still be sending; None when nobody is."""
        ...

    async def unconfirmed(self) -> Sequence[Unconfirmed]:
        """Open questions, oldest first."""
        ...

    async def settle(self, post: Unconfirmed, found: Sequence[Standing]) -> None:
        """Save that a question was answered by reading; `found` holds every copy that was seen."""
        ...

    async def record_look(self, post: Unconfirmed, evidence: Mapping[str, Any]) -> None:
        """Save that the platform was read and the post was not there."""
        ...

    async def unread(self) -> Sequence[Unread]:
        """Published posts that nobody has read back yet."""
        ...

    async def record_seen(self, seen: Mapping[int, str | None]) -> None:
        """Save that these posts stand as they were approved, and the addresses that a reading told."""
        ...

    async def published_since(self, *, hours: float) -> Sequence[Published]:
        """Posts that were published in the last hours, oldest first."""
        ...

    async def note_copies(self, post: Published, found: Sequence[Standing]) -> bool:
        """Save that a post stands more than once; False when nothing is new about that."""
        ...

    async def record_missing(self, post_ids: Sequence[int]) -> None:
        """Save that these posts were looked for and are not there as they were approved."""
        ...
