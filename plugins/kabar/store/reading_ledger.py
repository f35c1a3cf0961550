"""The half of the posting ledger that reads platforms back: questions, looks, copies.

Every method is one short transaction that may be repeated without harm, as in `store/ledger.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from kabar.channels.channel import Standing
from kabar.posting.states import Published, Unconfirmed, Unread
from kabar.store import doubles, packages, posts
from kabar.store.database import Connection, Database
from kabar.store.patience import PatientDatabase

Result = TypeVar("Result")


class ReadingLedger:
    """What one worker asks and saves when it looks at platforms; a package and wave narrow it."""

    def __init__(
        self, database: Database, *, worker: str, package_id: int | None = None, wave: str | None = None
    ) -> None:
        self._database = PatientDatabase(database)
        self._worker = worker
        self._package_id = package_id
        self._wave = wave

    async def _run(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in one transaction, and wait for the database if it is away."""
        return await self._database.run(work)

    async def doubt_lapsed(self) -> int:
        """Turn claims whose lease has ended into questions; gives how many."""
        return await self._run(
            lambda connection: posts.doubt_lapsed(
                connection, worker=self._worker, package_id=self._package_id, wave=self._wave
            )
        )

    async def latest_lease(self) -> datetime | None:
        """Until when somebody may still be sending; None when nobody is."""
        return await self._run(
            lambda connection: packages.latest_lease(connection, package_id=self._package_id, wave=self._wave)
        )

    async def unconfirmed(self) -> Sequence[Unconfirmed]:
        """Open questions, oldest first."""
        return await self._run(
            lambda connection: posts.unconfirmed(connection, package_id=self._package_id, wave=self._wave)
        )

    async def settle(self, post: Unconfirmed, found: Sequence[Standing]) -> None:
        """Save that a question was answered by reading; the oldest of several copies is the post."""
        standing = min(found, key=lambda copy: (copy.published_at or post.sent_at, copy.platform_id))
        reason = (
            "found by reading"
            if len(found) == 1
            else f"found by reading, {len(found)} copies: a person must look"
        )
        await self._run(
            lambda connection: posts.record_published(
                connection,
                post_id=post.post_id,
                claim_number=post.claim_number,
                platform_id=standing.platform_id,
                permalink=standing.permalink,
                published_at=standing.published_at or post.sent_at,
                worker=self._worker,
                reason=reason,
                evidence=[dict(copy.evidence) for copy in found],
            )
        )

    async def record_look(self, post: Unconfirmed, evidence: Mapping[str, Any]) -> None:
        """Save that the platform was read and the post was not there."""
        await self._run(
            lambda connection: posts.record_look(
                connection,
                post,
                worker=self._worker,
                reason=f"look {post.looks + 1}: not on the platform",
                evidence=dict(evidence),
            )
        )

    async def unread(self) -> Sequence[Unread]:
        """Published posts that nobody has read back yet."""
        return await self._run(
            lambda connection: posts.unread(connection, package_id=self._package_id, wave=self._wave)
        )

    async def record_seen(self, seen: Mapping[int, str | None]) -> None:
        """Save that these posts stand as they were approved, and the addresses that a reading told."""
        await self._run(lambda connection: posts.record_seen(connection, seen))

    async def published_since(self, *, hours: float) -> Sequence[Published]:
        """Posts that were published in the last hours, oldest first."""
        return await self._run(
            lambda connection: doubles.published_since(connection, hours=hours, package_id=self._package_id)
        )

    async def note_copies(self, post: Published, found: Sequence[Standing]) -> bool:
        """Save that a post stands more than once; False when nothing is new about that."""
        evidence = [dict(copy.evidence) for copy in found]
        return await self._run(
            lambda connection: doubles.note_copies(
                connection, post.post_id, worker=self._worker, evidence=evidence
            )
        )

    async def record_missing(self, post_ids: Sequence[int]) -> None:
        """Save that these posts were looked for and are not there as they were approved."""
        await self._run(lambda connection: posts.record_missing(connection, post_ids))
