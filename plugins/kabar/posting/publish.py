"""Send what is approved and due: claim, one call, save the answer. Nothing here is ever repeated."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from kabar.channels.channel import Channel, Outgoing
from kabar.errors import PausedError, RefusedError, UnconfirmedError, UnreachableError
from kabar.posting.ledger import Ledger
from kabar.posting.states import Claim
from kabar.posting.turns import each_has_its_turn

#: What became of a post: `left` is not ours or not to be sent now, `released` and `lost_claim` went back
#: unsent, `doubled` stands on the platform although another claim had already answered for it.
Outcome = Literal["published", "refused", "unconfirmed", "left", "released", "lost_claim", "doubled"]

#: One key a platform and connection: two tokens never share a session.
Channels = Mapping[tuple[str, str], Channel]

#: How long a post waits after its platform could not be reached at all.
UNREACHABLE_PAUSE_SECONDS = 30.0


async def publish(
    post_ids: Iterable[int], *, ledger: Ledger, channels: Channels, in_flight: int
) -> Counter[Outcome]:
    """Send each post at most once, `in_flight` at a time, and count what became of them.

    One account's failure never stops another's; a pause that the platform asks of the whole app stops
    further calls behind the same connection, and those posts stay approved for a later round.

    Raises:
        ExceptionGroup: Some posts met a fault of ours; every other post has had its turn.
    """
    gate = asyncio.Semaphore(in_flight)
    paused: dict[str, float] = {}

    async def one(post_id: int) -> Outcome:
        async with gate:
            claim = await ledger.claim(post_id)
            if claim is None:
                return "left"
            if claim.connection in paused:
                await ledger.release(
                    claim,
                    "the platform asked this connection to pause",
                    pause_seconds=paused[claim.connection],
                )
                return "released"
            return await _send(claim, ledger=ledger, channels=channels, paused=paused)

    return Counter(await each_has_its_turn(one(post_id) for post_id in post_ids))


async def _send(claim: Claim, *, ledger: Ledger, channels: Channels, paused: dict[str, float]) -> Outcome:
    """Make the one call of a claim and save what it brought, before anything else may fail."""
    channel = channels.get((claim.channel, claim.connection))
    if channel is None:
        await ledger.release(
            claim,
            f"no channel {claim.channel} behind the connection {claim.connection}",
            pause_seconds=UNREACHABLE_PAUSE_SECONDS,
        )
        return "released"
    if not await ledger.claim_stands(claim):
        # Only this worker knows that it made no call; unsaid, a person would have to answer for it.
        await ledger.release(
            claim, "the claim's time was over before the call", pause_seconds=UNREACHABLE_PAUSE_SECONDS
        )
        return "lost_claim"
    try:
        standing = await channel.create(outgoing(claim))
    except UnreachableError as error:
        pause_seconds = error.pause_seconds if isinstance(error, PausedError) else UNREACHABLE_PAUSE_SECONDS
        if isinstance(error, PausedError) and error.is_app_wide:
            paused[claim.connection] = pause_seconds
        await ledger.release(claim, str(error), pause_seconds=pause_seconds)
        return "released"
    except RefusedError as error:
        await ledger.record_refused(claim, str(error))
        return "refused"
    except UnconfirmedError as error:
        await ledger.record_unconfirmed(claim, str(error))
        return "unconfirmed"
    is_the_only_one = await ledger.record_published(claim, standing)
    return "published" if is_the_only_one else "doubled"


def outgoing(claim: Claim) -> Outgoing:
    """The post that a claim is about, as it is to stand on the account."""
    return Outgoing(
        account_id=claim.account_external_id,
        message=full_text(claim.message, claim.hashtags),
        link=claim.link,
        post_id=claim.post_id,
    )


def full_text(message: str, hashtags: Iterable[str]) -> str:
    """The text as a citizen reads it: hashtags on a line of their own at the end."""
    tags = " ".join(hashtags)
    return f"{message.rstrip()}\n\n{tags}" if tags else message.rstrip()
