"""Look for a second copy of what stands already: planted by hand, or by a fault that we do not know yet.

A double is told to a person and never deleted by machine: which of the two is right, and who has liked or
answered it, only a person can weigh.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from kabar.channels.channel import Outgoing
from kabar.errors import RefusedError, UnreachableError
from kabar.posting.ledger import Ledger
from kabar.posting.publish import Channels, full_text
from kabar.posting.reconcile import Readers
from kabar.posting.states import Published
from kabar.posting.turns import each_has_its_turn

#: How long a post is looked for again, every hour. A repeated call shows within minutes; a hand that posts
#: the same words does so on the same day.
WATCH_HOURS = 48.0
#: Somebody may have posted the same words by hand before our own call.
BEFORE = timedelta(hours=12)


class Doubles(NamedTuple):
    """What a search has found."""

    #: Numbers of the posts of which more copies were found than were known.
    new: Sequence[int]
    #: Posts by `once`, `twice` (new or not), `gone` and `unreadable`.
    counts: Counter[str]


async def look_for_doubles(*, ledger: Ledger, channels: Channels, in_flight: int) -> Doubles:
    """Read the account of every post of the last two days, and save what stands more than once.

    Raises:
        ExceptionGroup: Some posts met a fault of ours; every other post has been looked for.
    """
    gate = asyncio.Semaphore(in_flight)
    readers = Readers(channels, ledger)

    async def one(post: Published) -> tuple[str, int | None]:
        async with gate:
            return await _look(post, ledger=ledger, readers=readers)

    found = await each_has_its_turn(one(post) for post in await ledger.published_since(hours=WATCH_HOURS))
    new = [post_id for _, post_id in found if post_id is not None]
    return Doubles(new, Counter(result for result, _ in found))


async def _look(post: Published, *, ledger: Ledger, readers: Readers) -> tuple[str, int | None]:
    """How often a post stands, and its number when that is news."""
    channel = readers.of(post)
    if channel is None or not channel.abilities.can_read:
        return "unreadable", None
    wanted = Outgoing(
        account_id=post.account_external_id,
        message=full_text(post.message, post.hashtags),
        link=post.link,
        post_id=post.post_id,
    )
    try:
        copies = await channel.find(wanted, sent_at=post.first_sent_at - BEFORE)
    except (UnreachableError, RefusedError) as error:
        await readers.heed(error, post)
        return "unreadable", None
    if len(copies) < 2:  # noqa: PLR2004 -- More than one is the whole question.
        return ("once" if copies else "gone"), None
    is_new = await ledger.note_copies(post, copies)
    return "twice", post.post_id if is_new else None
