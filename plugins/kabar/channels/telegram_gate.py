"""When a bot may send its next message: Telegram's limits, kept before Telegram has to say them.

core.telegram.org/bots/faq: about one message a second in a chat, 20 a minute in a group or channel, about
30 a second over all. Exact limits are not published, so that a 429 may come nevertheless.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

#: 20 a minute in one channel; this keeps the limit of one a second as well.
SECONDS_A_CHAT: Final = 3.0
#: Some below 30 a second, because other processes may use the same bot.
SECONDS_A_MESSAGE: Final = 1 / 25


class Gate:
    """Hands out turns on one bot. `clock` is a monotonic one, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._next_over_all = 0.0
        self._next_in_chat: dict[str, float] = {}
        self._turns: dict[int, float] = {}
        self._floods: dict[str, float] = {}

    def seconds_until_turn(self, post_id: int, chat: str, *, messages: int) -> float:
        """How long a post of so many messages has to wait; it keeps its turn until it is `used`."""
        now = self._clock()
        turn = self._turns.get(post_id)
        if turn is None:
            turn = max(now, self._next_over_all, self._next_in_chat.get(chat, 0.0))
            self._turns[post_id] = turn
            self._next_over_all = turn + messages * SECONDS_A_MESSAGE
            self._next_in_chat[chat] = turn + messages * SECONDS_A_CHAT
        return max(turn - now, 0.0)

    def used(self, post_id: int) -> None:
        """The post has been sent, or will not be."""
        self._turns.pop(post_id, None)

    def flood_in(self, chat: str, seconds: float) -> bool:
        """Note a 429 of one chat; gives whether it is the whole bot that has to wait.

        Telegram does not say whom it means. Two chats that are stopped at the same time are the bot.
        """
        now = self._clock()
        self._floods = {one: until for one, until in self._floods.items() if until > now}
        self._floods[chat] = now + seconds
        return len(self._floods) > 1
