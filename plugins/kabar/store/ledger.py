"""The posting ledger in PostgreSQL, for loops that talk to platforms at the same time.

Every method is one short transaction in a thread of its own: no connection is held during a call to a
platform, and the event loop never waits for the database.

Each transaction may be repeated without harm, because it changes nothing but its own claim: so a database
that is away is waited for (`store/patience.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

from kabar.channels.channel import Standing
from kabar.posting import claiming
from kabar.posting.states import Claim
from kabar.store import cooldowns, posts
from kabar.store.account_checks import block, unblock
from kabar.store.database import Connection, Database
from kabar.store.last_look import stands
from kabar.store.reading_ledger import ReadingLedger

Result = TypeVar("Result")


class PostgresLedger(ReadingLedger):
    """Implements `posting.ledger.Ledger` for one worker; a package and wave narrow what it looks at."""

    def __init__(
        self,
        database: Database,
        *,
        worker: str,
        calendar_versions: Mapping[str, int],
        official_names: Mapping[str, str] = MappingProxyType({}),
        lease_seconds: float,
        call_seconds: float,
        package_id: int | None = None,
        wave: str | None = None,
        account_gap_seconds: float = 0.0,
    ) -> None:
        super().__init__(database, worker=worker, package_id=package_id, wave=wave)
        self._calendar_versions = calendar_versions
        self._official_names = official_names
        self._lease_seconds = lease_seconds
        self._call_seconds = call_seconds
        self._account_gap_seconds = account_gap_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    async def claim(self, post_id: int) -> Claim | None:
        """Take one post to *sending* if everything still holds; None when it does not."""

        def work(connection: Connection) -> Claim | None:
            verdict = claiming.judge(
                posts.lock(connection, post_id, account_gap_seconds=self._account_gap_seconds),
                calendar_versions=self._calendar_versions,
                official_names=self._official_names,
            )
            match verdict:
                case claiming.Go():
                    return posts.take_claim(
                        connection, post_id, worker=self._worker, lease_seconds=self._lease_seconds
                    )
                case claiming.PutOff(reason, pause_seconds):
                    posts.put_off(
                        connection, post_id, worker=self._worker, reason=reason, pause_seconds=pause_seconds
                    )
                case claiming.TurnedDown(state, reason):
                    posts.turn_down(connection, post_id, state=state, worker=self._worker, reason=reason)
            return None

        return await self._run(work)

    async def claim_stands(self, claim: Claim) -> bool:
        """Ask, right before the call, whether the claim is ours and what it was made upon still holds.

        What somebody has changed since then turns the post down here, and the claim is over.
        """
        return await self._run(
            lambda connection: stands(
                connection,
                claim,
                worker=self._worker,
                margin_seconds=self._call_seconds,
                calendar_versions=self._calendar_versions,
                official_names=self._official_names,
            )
        )

    async def record_handle(self, claim: Claim, handle: Mapping[str, Any]) -> bool:
        """Save what lies prepared on the platform for a claim; False when the claim has passed on."""
        return await self._run(lambda connection: posts.record_handle(connection, claim, handle))

    async def record_published(self, claim: Claim, standing: Standing) -> bool:
        """Save the platform's answer; False when another post was already saved for it, or is on its way."""
        return await self._run(
            lambda connection: posts.record_published(
                connection,
                post_id=claim.post_id,
                claim_number=claim.claim_number,
                platform_id=standing.platform_id,
                permalink=standing.permalink,
                published_at=standing.published_at or claim.sent_at,
                worker=self._worker,
                reason="the platform named the post in its answer",
                evidence=[dict(standing.evidence)],
            )
        )

    async def record_refused(self, claim: Claim, reason: str) -> None:
        """Save that the platform said no."""
        await self._record(claim, "refused", reason)

    async def record_unconfirmed(self, claim: Claim, reason: str) -> None:
        """Save that nobody can tell."""
        await self._record(claim, "unconfirmed", reason)

    async def _record(self, claim: Claim, state: posts.Outcome, reason: str) -> None:
        await self._run(
            lambda connection: posts.record_outcome(
                connection,
                claim,
                state=state,
                worker=self._worker,
                reason=reason,
                evidence={"by": "answer", "said": reason},
            )
        )

    async def release(self, claim: Claim, reason: str, *, pause_seconds: float) -> None:
        """Give back a claim whose call had no effect, not to be tried before the pause is over."""
        await self._run(
            lambda connection: posts.release(
                connection, claim, worker=self._worker, reason=reason, pause_seconds=pause_seconds
            )
        )

    async def block_account(self, claim: Claim, reason: str, *, pause_seconds: float) -> None:
        """Give back a claim whose account cannot publish, and note why for everybody who looks at it."""

        def work(connection: Connection) -> None:
            block(connection, channel=claim.channel, external_id=claim.account_external_id, reason=reason)
            posts.release(connection, claim, worker=self._worker, reason=reason, pause_seconds=pause_seconds)

        await self._run(work)

    async def unblock_account(self, claim: Claim) -> None:
        """Note that the account of a claim can publish again."""
        await self._run(
            lambda connection: unblock(
                connection, channel=claim.channel, external_id=claim.account_external_id
            )
        )

    async def cool_down(self, *, reached_by: str, account: str, pause_seconds: float, reason: str) -> None:
        """Let every worker leave an account (empty: all behind a connection) alone for a while."""
        await self._run(
            lambda connection: cooldowns.cool_down(
                connection,
                reached_by=reached_by,
                external_id=account,
                pause_seconds=pause_seconds,
                reason=reason,
                noted_by=self._worker,
            )
        )
