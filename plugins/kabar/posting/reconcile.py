"""Answer *was it posted?* by reading. Nothing here creates anything on a platform."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from kabar.channels.channel import Channel, Outgoing
from kabar.errors import PausedError, RefusedError, UnreachableError
from kabar.posting.ledger import Ledger
from kabar.posting.pausing import remember_pause
from kabar.posting.publish import Channels, full_text
from kabar.posting.states import Published, Unconfirmed, Unread
from kabar.posting.turns import each_has_its_turn

Settlement = Literal["found", "found_twice", "absent", "too_early", "unreadable"]

#: How often an absent post is looked for before a person is asked; an empty list alone proves nothing.
LOOKS_BEFORE_A_PERSON_IS_ASKED = 2


async def settle(
    *, ledger: Ledger, channels: Channels, look_gap_seconds: float, in_flight: int
) -> Counter[Settlement]:
    """Look once for every unconfirmed post, after lapsed claims became questions.

    Raises:
        ExceptionGroup: Some posts met a fault of ours; every other post has been looked for.
    """
    await ledger.doubt_lapsed()
    gate = asyncio.Semaphore(in_flight)
    readers = Readers(channels, ledger)

    async def one(post: Unconfirmed) -> Settlement:
        async with gate:
            return await _look(post, ledger=ledger, readers=readers, look_gap_seconds=look_gap_seconds)

    return Counter(await each_has_its_turn(one(post) for post in await ledger.unconfirmed()))


class Readers:
    """The channels of one round of reading, without those that asked the whole app to pause."""

    def __init__(self, channels: Channels, ledger: Ledger) -> None:
        self._channels = dict(channels)
        self._ledger = ledger

    def of(self, post: Unconfirmed | Unread | Published) -> Channel | None:
        """The channel behind which a post stands; None when it cannot be read in this round."""
        return None if post.is_resting else self._channels.get((post.channel, post.connection))

    async def heed(
        self, error: UnreachableError | RefusedError, post: Unconfirmed | Unread | Published
    ) -> None:
        """Ask nothing more of whoever asked for a pause: calls lengthen its block (`platforms.md` 1.9)."""
        if isinstance(error, PausedError):
            if error.is_app_wide:
                self._channels.pop((post.channel, post.connection), None)
            await remember_pause(
                error, reached_by=post.connection, account=post.account_external_id, ledger=self._ledger
            )


async def _look(
    post: Unconfirmed, *, ledger: Ledger, readers: Readers, look_gap_seconds: float
) -> Settlement:
    channel = readers.of(post)
    if channel is None:
        return "unreadable"
    try:
        # Where nothing can be read the question is a person's, but not before the post must have appeared.
        found = (
            await channel.find(_wanted(post), sent_at=post.first_sent_at)
            if channel.abilities.can_read
            else ()
        )
    except (UnreachableError, RefusedError) as error:
        # The question stays open; the next round asks again.
        await readers.heed(error, post)
        return "unreadable"
    if found:
        await ledger.settle(post, found)
        return "found" if len(found) == 1 else "found_twice"
    if not may_count_as_absent(
        post, settle_seconds=channel.settle_seconds, look_gap_seconds=look_gap_seconds
    ):
        return "too_early"
    await ledger.record_look(
        post,
        {
            "by": "reading" if channel.abilities.can_read else "nobody: this platform cannot be read",
            "found": False,
            "since": post.first_sent_at.isoformat(),
            "at": post.now.isoformat(),
        },
    )
    return "absent"


def may_count_as_absent(post: Unconfirmed, *, settle_seconds: float, look_gap_seconds: float) -> bool:
    """Whether *not there* means anything yet: after the settle time, and spaced from the look before.

    The settle time runs from the end of the last call, not from its beginning: a call that was given up
    after its longest time may have reached the platform in its last moment.
    """
    if post.now < post.over_at + timedelta(seconds=settle_seconds):
        return False
    return post.looked_at is None or post.now >= post.looked_at + timedelta(seconds=look_gap_seconds)


async def read_back(*, ledger: Ledger, channels: Channels, in_flight: int) -> Counter[str]:
    """Read every published post once and remember that it stands; what is not there is shown to Humas.

    Counts `seen`, `missing` (gone, or other words than approved) and `unreadable`.
    """
    gate = asyncio.Semaphore(in_flight)
    readers = Readers(channels, ledger)

    async def one(post: Unread) -> tuple[int, str, str | None]:
        async with gate:
            return post.post_id, *await _read(post, readers)

    results = await each_has_its_turn(one(post) for post in await ledger.unread())
    await ledger.record_seen({post_id: link for post_id, result, link in results if result == "seen"})
    await ledger.record_missing([post_id for post_id, result, _ in results if result == "missing"])
    return Counter(result for _, result, _ in results)


async def _read(post: Unread, readers: Readers) -> tuple[str, str | None]:
    """What became of one post, and its permalink where the reading told it."""
    channel = readers.of(post)
    if channel is None:
        return "unreadable", None
    if not channel.abilities.can_read:
        # The answer that named the post is all the proof there will ever be.
        return "seen", None
    try:
        standing = await channel.read(_wanted(post), post.platform_id)
    except (UnreachableError, RefusedError) as error:
        await readers.heed(error, post)
        return "unreadable", None
    return ("missing", None) if standing is None else ("seen", standing.permalink)


async def settle_for(
    seconds: float,
    *,
    ledger: Ledger,
    channels: Channels,
    look_gap_seconds: float,
    in_flight: int,
) -> Sequence[Unconfirmed]:
    """Settle in rounds until no question is left that reading could still answer, `seconds` at most.

    Gives the questions that are left: those for a person, and those whose turn had not come in time.
    """
    clock = asyncio.get_running_loop()
    ends = clock.time() + seconds
    while True:
        await settle(ledger=ledger, channels=channels, look_gap_seconds=look_gap_seconds, in_flight=in_flight)
        left = await ledger.unconfirmed()
        is_done = all(post.looks >= LOOKS_BEFORE_A_PERSON_IS_ASKED for post in left)
        if (is_done and await ledger.latest_lease() is None) or clock.time() >= ends:
            return left
        await asyncio.sleep(min(look_gap_seconds, max(ends - clock.time(), 0.0)))


def _wanted(post: Unconfirmed | Unread) -> Outgoing:
    return Outgoing(
        account_id=post.account_external_id,
        message=full_text(post.message, post.hashtags),
        link=post.link,
        post_id=post.post_id,
        handle=post.handle if isinstance(post, Unconfirmed) else {},
    )
