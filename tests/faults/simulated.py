"""A platform in memory whose time a simulation moves, and a ledger whose worker a simulation may hold up.

The ledger, the publishing loop and the reconciliation are the real ones, on a real PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Literal, NamedTuple

from kabar.channels.channel import Outgoing, Standing
from kabar.errors import PausedError, RefusedError, UnconfirmedError, UnreachableError
from kabar.posting.states import Claim
from kabar.store.ledger import PostgresLedger
from ledger import DeafChannel

#: What becomes of a call: taken and answered; taken, the answer lost; not taken, which nobody can tell; taken
#: later than the answer was lost; refused; never left.
Fate = Literal["answered", "lost", "vanished", "late", "refused", "paused", "unreachable"]
#: How late a post may show after its call (seconds); the platform keeps to it.
LATEST_SECONDS = 60.0

worker: ContextVar[str] = ContextVar("worker", default="")


class Shown(NamedTuple):
    """One post that the platform took."""

    post_id: int
    platform_id: str
    message: str
    appears_at: float


class Platform(DeafChannel):
    """Takes what it is sent according to its fate, and shows it when its time has come."""

    settle_seconds = LATEST_SECONDS

    def __init__(self, before_call: Callable[[Outgoing], None]) -> None:
        self.taken: list[Shown] = []
        self.now = 0.0
        self.fate: Fate = "answered"
        self._before_call = before_call
        self.answers: dict[str, asyncio.Future[None]] = {}

    def shows(self, post_id: int) -> list[Shown]:
        """What a citizen sees of a post now."""
        return [one for one in self.taken if one.post_id == post_id and one.appears_at <= self.now]

    async def create(self, post: Outgoing) -> Standing:
        self._before_call(post)
        fate = self.fate
        if fate in {"answered", "lost", "late"}:
            delay = LATEST_SECONDS - 1 if fate == "late" else 0.0
            self.taken.append(Shown(post.post_id, f"p_{len(self.taken)}", post.message, self.now + delay))
            shown = self.taken[-1]
        await hold(self.answers)
        match fate:
            case "answered":
                return Standing(shown.platform_id, None, None, {"by": "answer", "id": shown.platform_id})
            case "refused":
                raise RefusedError("The platform said no.")
            case "paused":
                raise PausedError("The platform asked to wait.", pause_seconds=60, is_app_wide=False)
            case "unreachable":
                raise UnreachableError("There was no connection.")
        raise UnconfirmedError("The answer was lost.")

    async def find(self, post: Outgoing, *, sent_at: datetime) -> Sequence[Standing]:  # noqa: ARG002 -- It forgets nothing.
        return [
            Standing(one.platform_id, None, None, {"by": "reading", "id": one.platform_id})
            for one in self.shows(post.post_id)
        ]


async def hold(doors: dict[str, asyncio.Future[None]]) -> None:
    """Hold this worker up until the simulation opens its door."""
    door = asyncio.get_running_loop().create_future()
    doors[worker.get()] = door
    await door


class HeldUpLedger(PostgresLedger):
    """Its workers can be held up after their claim, as if the machine had frozen them."""

    doors: dict[str, asyncio.Future[None]]

    async def claim(self, post_id: int) -> Claim | None:
        claim = await super().claim(post_id)
        await hold(self.doors)
        return claim


class UnfencedLedger(HeldUpLedger):
    """A planted fault: it sends whatever it has once claimed."""

    async def claim_stands(self, claim: Claim) -> bool:  # noqa: ARG002 -- The planted fault.
        return True


class HastyPlatform(Platform):
    """A planted fault: it is believed to show everything at once."""

    settle_seconds = 0.0
