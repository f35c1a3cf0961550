"""Take posts down as officers have decided. Unlike publishing, asking twice does no harm here.

So a lost answer is simply asked for again: a post that is gone is taken down. What a platform's interface
does not do, or refuses, becomes the work of a person; so does what did not succeed in several turns.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from kabar.channels.channel import Channel, Outgoing
from kabar.channels.opening import OPENERS
from kabar.errors import PausedError, RefusedError, UnconfirmedError, UnreachableError
from kabar.posting.publish import Channels, full_text
from kabar.posting.turns import each_has_its_turn

#: What became of a turn: `left` was somebody else's, `put_off` is tried again, `manual` waits for a person.
Outcome = Literal["withdrawn", "put_off", "manual", "left"]

#: Turns before a person is asked; with the pauses below about a quarter of an hour.
MOST_TURNS: Final = 8
#: Seconds before a platform that gave no answer is asked again, for each turn that was in vain.
PAUSE_SECONDS: Final = 30.0
#: Seconds before a call is repeated whose answer was lost.
UNCONFIRMED_PAUSE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One turn at taking a post down."""

    withdrawal_id: int
    #: Turns until now, this one counted.
    attempts: int
    post_id: int
    platform_id: str
    channel: str
    account_external_id: str
    connection: str
    message: str
    link: str
    hashtags: list[str]


class Withdrawals(Protocol):
    """The memory of what is to be taken down; each call is a transaction of its own."""

    async def take(self, withdrawal_id: int) -> Withdrawal | None:
        """Take a turn; None when it is not due any more or somebody else's."""
        ...

    async def finish(self, turn: Withdrawal, evidence: Mapping[str, Any]) -> None:
        """Save that the post is gone, and by what that is known."""
        ...

    async def put_off(self, turn: Withdrawal, said: str, *, pause_seconds: float) -> None:
        """Save that it is to be tried again after the pause."""
        ...

    async def leave_to_a_person(self, turn: Withdrawal, said: str) -> None:
        """Save that a person has to do it by hand, and why."""
        ...


async def withdraw(
    withdrawal_ids: Iterable[int], *, memory: Withdrawals, channels: Channels, in_flight: int
) -> Counter[Outcome]:
    """Give each withdrawal one turn, `in_flight` at a time, and count what became of them.

    A pause that the platform asks of the whole app stops further calls behind the same connection.

    Raises:
        ExceptionGroup: Some met a fault of ours; all others have had their turn.
    """
    gate = asyncio.Semaphore(in_flight)
    paused: dict[str, float] = {}

    async def one(withdrawal_id: int) -> Outcome:
        async with gate:
            turn = await memory.take(withdrawal_id)
            if turn is None:
                return "left"
            if turn.connection in paused:
                said = "the platform asked this connection to pause"
                await memory.put_off(turn, said, pause_seconds=paused[turn.connection])
                return "put_off"
            return await _take_down(turn, memory=memory, channels=channels, paused=paused)

    return Counter(await each_has_its_turn(one(number) for number in withdrawal_ids))


async def _take_down(
    turn: Withdrawal, *, memory: Withdrawals, channels: Channels, paused: dict[str, float]
) -> Outcome:
    try:
        evidence = await _ask(turn, channels.get((turn.channel, turn.connection)))
    except PausedError as error:
        if error.is_app_wide:
            paused[turn.connection] = error.pause_seconds
        # The platform answers and only asks for time: that is no reason to trouble a person.
        await memory.put_off(turn, str(error), pause_seconds=error.pause_seconds)
        return "put_off"
    except UnreachableError as error:
        return await _put_off(turn, str(error), memory=memory, pause_seconds=PAUSE_SECONDS * turn.attempts)
    except UnconfirmedError as error:
        return await _put_off(turn, str(error), memory=memory, pause_seconds=UNCONFIRMED_PAUSE_SECONDS)
    except RefusedError as error:
        await memory.leave_to_a_person(turn, str(error))
        return "manual"
    await memory.finish(turn, evidence)
    return "withdrawn"


async def _ask(turn: Withdrawal, channel: Channel | None) -> Mapping[str, Any]:
    if turn.channel not in OPENERS or (channel is not None and not channel.abilities.can_withdraw):
        raise RefusedError(f"Nothing is taken down on {turn.channel} by machine.")
    if channel is None:
        raise UnreachableError(f"no channel {turn.channel} behind the connection {turn.connection}")
    post = Outgoing(
        account_id=turn.account_external_id,
        message=full_text(turn.message, turn.hashtags),
        link=turn.link,
        post_id=turn.post_id,
    )
    return await channel.withdraw(post, turn.platform_id)


async def _put_off(turn: Withdrawal, said: str, *, memory: Withdrawals, pause_seconds: float) -> Outcome:
    if turn.attempts >= MOST_TURNS:
        await memory.leave_to_a_person(turn, said)
        return "manual"
    await memory.put_off(turn, said, pause_seconds=pause_seconds)
    return "put_off"
