"""Send what is approved and due: claim, one call, save the answer. Nothing here is ever repeated."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Literal

from kabar.channels.channel import Channel, Outgoing, Picture
from kabar.channels.usage import UsageBook
from kabar.errors import (
    AccountError,
    NotReadyError,
    PausedError,
    RefusedError,
    UnconfirmedError,
    UnreachableError,
)
from kabar.pictures import Pictures
from kabar.posting.claiming import ACCOUNT_PAUSE_SECONDS
from kabar.posting.ledger import Ledger
from kabar.posting.pausing import remember_pause, remember_strains
from kabar.posting.states import Claim
from kabar.posting.turns import each_has_its_turn

#: What became of a post: `left` is not ours or not to be sent now, `released`, `blocked` (its account cannot
#: publish) and `lost_claim` went back unsent, `doubled` stands on the platform although another claim had
#: already answered for it.
Outcome = Literal[
    "published", "refused", "unconfirmed", "left", "released", "blocked", "lost_claim", "doubled"
]

#: One key a platform and connection: two tokens never share a session.
Channels = Mapping[tuple[str, str], Channel]

#: How long a post waits after its platform could not be reached at all.
UNREACHABLE_PAUSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Work:
    """What a publishing loop works with."""

    ledger: Ledger
    channels: Channels
    pictures: Pictures
    #: Longest time that a claim may spend waiting for what it has prepared (seconds).
    prepare_seconds: float
    #: What the platforms' answers have said about used budgets.
    usage: UsageBook
    #: Connections that their platform asked to pause in this round, and for how long (seconds).
    paused: dict[str, float] = field(default_factory=dict)


async def publish(
    post_ids: Iterable[int],
    *,
    ledger: Ledger,
    channels: Channels,
    pictures: Pictures,
    in_flight: int,
    prepare_seconds: float,
    in_seconds: Mapping[int, float] | None = None,
    usage: UsageBook | None = None,
) -> Counter[Outcome]:
    """Send each post at most once, `in_flight` at a time, and count what became of them.

    One account's failure never stops another's. A pause that a platform asks for, or will ask for soon by
    what `usage` notes, is remembered for every worker; its posts stay approved for a later round. A post
    that stands in `in_seconds` waits for so long before it is claimed.

    Raises:
        ExceptionGroup: Some posts met a fault of ours; every other post has had its turn.
    """
    gate = asyncio.Semaphore(in_flight)
    work = Work(ledger, channels, pictures, prepare_seconds, usage or UsageBook())
    wait_seconds = in_seconds or {}

    async def one(post_id: int) -> Outcome:
        if wait_seconds.get(post_id):
            await asyncio.sleep(wait_seconds[post_id])
        async with gate:
            claim = await ledger.claim(post_id)
            if claim is None:
                return "left"
            if claim.connection in work.paused:
                await ledger.release(
                    claim,
                    "the platform asked this connection to pause",
                    pause_seconds=work.paused[claim.connection],
                )
                return "released"
            outcome = await _send(claim, work)
            # Only now: an answer is saved before anything else that may fail.
            await remember_strains(work.usage, ledger=ledger)
            return outcome

    return Counter(await each_has_its_turn(one(post_id) for post_id in post_ids))


async def _send(claim: Claim, work: Work) -> Outcome:
    """Prepare, make the one call of a claim and save what it brought, before anything else may fail."""
    ledger = work.ledger
    channel = work.channels.get((claim.channel, claim.connection))
    if channel is None:
        await ledger.release(
            claim,
            f"no channel {claim.channel} behind the connection {claim.connection}",
            pause_seconds=UNREACHABLE_PAUSE_SECONDS,
        )
        return "released"
    try:
        if claim.account_was_blocked:
            await _look_at_account(claim, channel, ledger)
        post = await _prepared(claim, channel, work)
        if post is None:
            return "lost_claim"
        standing = await channel.create(post)
    except (UnreachableError, RefusedError, UnconfirmedError) as error:
        return await _save_problem(claim, error, work)
    is_the_only_one = await ledger.record_published(claim, standing)
    return "published" if is_the_only_one else "doubled"


async def _save_problem(
    claim: Claim, error: UnreachableError | RefusedError | UnconfirmedError, work: Work
) -> Outcome:
    """Save why a call brought no post that we know of."""
    match error:
        case UnconfirmedError():
            await work.ledger.record_unconfirmed(claim, str(error))
            return "unconfirmed"
        case AccountError():
            # Nothing is wrong with the post, so its approval stands and it waits for its account.
            await work.ledger.block_account(claim, str(error), pause_seconds=ACCOUNT_PAUSE_SECONDS)
            return "blocked"
        case RefusedError():
            await work.ledger.record_refused(claim, str(error))
            return "refused"
    await work.ledger.release(claim, str(error), pause_seconds=await _pause(error, claim, work))
    return "released"


async def _pause(error: UnreachableError, claim: Claim, work: Work) -> float:
    """How long a post waits after a call that had no effect; what its platform asks for is remembered."""
    if not isinstance(error, PausedError):
        return UNREACHABLE_PAUSE_SECONDS
    if not isinstance(error, NotReadyError):
        if error.is_app_wide:
            work.paused[claim.connection] = error.pause_seconds
        await remember_pause(
            error, reached_by=claim.connection, account=claim.account_external_id, ledger=work.ledger
        )
    return error.pause_seconds


async def _look_at_account(claim: Claim, channel: Channel, ledger: Ledger) -> None:
    """Read whether an account that could not publish can again, before a call that may be refused.

    Raises:
        AccountError: It still cannot.
    """
    identity = await channel.identity(claim.account_external_id)
    if identity.obstacles:
        raise AccountError(identity.obstacles[0])
    await ledger.unblock_account(claim)


async def _prepared(claim: Claim, channel: Channel, work: Work) -> Outgoing | None:
    """Take the steps that nobody sees, saving what each leaves behind, and look at the claim once more.

    None when the claim has passed on.

    Raises:
        NotReadyError: The platform is not ready in time. What was prepared is kept for the next claim.
    """
    clock = asyncio.get_running_loop()
    ends = clock.time() + work.prepare_seconds
    post = outgoing(claim, work.pictures)
    while True:
        prepared = await channel.prepare(post)
        if prepared.handle != post.handle:
            if not await work.ledger.record_handle(claim, prepared.handle):
                await _give_back(claim, work)
                return None
            post = replace(post, handle=prepared.handle)
        if prepared.wait_seconds is None:
            break
        if clock.time() + prepared.wait_seconds > ends:
            raise NotReadyError(
                "the platform is still preparing the post",
                pause_seconds=max(prepared.wait_seconds, 1.0),
            )
        await asyncio.sleep(prepared.wait_seconds)
    if await work.ledger.claim_stands(claim):
        return post
    await _give_back(claim, work)
    return None


async def _give_back(claim: Claim, work: Work) -> None:
    """Say that no call was made: only this worker knows it, and a person would have to answer for it."""
    await work.ledger.release(
        claim, "the claim's time was over before the call", pause_seconds=UNREACHABLE_PAUSE_SECONDS
    )


def outgoing(claim: Claim, pictures: Pictures) -> Outgoing:
    """The post that a claim is about, as it is to stand on the account.

    Raises:
        RefusedError: A picture of the post is not there any more.
    """
    alt_texts = claim.alt_text.splitlines()
    return Outgoing(
        account_id=claim.account_external_id,
        message=full_text(claim.message, claim.hashtags),
        link=claim.link,
        post_id=claim.post_id,
        pictures=tuple(
            Picture(
                sha256, pictures.url(sha256) if pictures.public_url else "", alt_text, pictures.read(sha256)
            )
            for sha256, alt_text in zip_longest(
                claim.pictures, alt_texts[: len(claim.pictures)], fillvalue=""
            )
        ),
        handle=claim.handle,
    )


def full_text(message: str, hashtags: Iterable[str]) -> str:
    """The text as a citizen reads it: hashtags on a line of their own at the end."""
    tags = " ".join(hashtags)
    return f"{message.rstrip()}\n\n{tags}" if tags else message.rstrip()
