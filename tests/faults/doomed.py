"""Workers in processes of their own that end by SIGKILL at a boundary of the posting ledger.

Nothing in the product knows of these boundaries. The real ledger, channel and sender are beneath; what stands
around them here kills its own process, as the kernel would, when a boundary is passed for the n-th time.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from random import Random
from typing import Any, NamedTuple, TypeVar

import aiohttp
import time_machine

from kabar.channels.channel import Outgoing, Prepared, Standing
from kabar.channels.facebook import FacebookPages
from kabar.channels.graph import PageAccess
from kabar.channels.transport import Body, HTTPTransport, Send, session_sender
from kabar.posting.publish import publish
from kabar.posting.reconcile import read_back, settle
from kabar.posting.states import Claim, Unconfirmed
from kabar.settings import Pace
from kabar.store import database as door
from kabar.store import patience, posts
from kabar.store.database import Connection, Database, database
from kabar.store.ledger import PostgresLedger
from ledger import QUICK, Worker

Result = TypeVar("Result")

#: What the worker does at each step: before it, in it (everything written, nothing committed), after it.
_STEPS = ("claim", "handle", "check", "record", "release", "doubt", "look", "settlement", "seen")
#: Every place at which a worker can die between two things that others can see.
BOUNDARIES = (
    *(f"{place}_{step}" for step in _STEPS for place in ("before", "in", "after")),
    "before_prepare",
    "after_prepare",
    "bytes_left",
    "after_effect",
)
#: The boundaries that are passed while posts are read, not sent.
READING = frozenset(
    f"{place}_{step}"
    for step in ("doubt", "look", "settlement", "seen")
    for place in ("before", "in", "after")
)
#: How slow the sandbox must be, so that a call has left and had no effect yet when `bytes_left` is passed.
LATENCY_MS = 100

_step: ContextVar[str] = ContextVar("_step", default="")


class Door(NamedTuple):
    """Where the sandbox is."""

    url: str
    user_token: str


@dataclass(frozen=True)
class Orders:
    """What a worker is to do, in words that travel to its process."""

    database_url: str
    sandbox: Door
    name: str
    #: None is everything that there is.
    package_id: int | None = None
    pages: Mapping[str, PageAccess] = field(default_factory=dict)
    pace: Pace = QUICK
    #: Boundary at which it dies, and at the how-manieth passage.
    dies_at: str = ""
    passage: int = 1
    #: How far its own clock is wrong.
    skew_seconds: float = 0
    #: Its time zone, as the environment would say.
    zone: str = ""
    #: How often it looks for work; None is until somebody ends it.
    rounds: int | None = 1
    #: Whether it publishes, or only settles what is in doubt and reads back.
    publishes: bool = True
    settles: bool = False
    connections: int = 8
    #: How long it waits for a database that is away.
    patience_seconds: float = patience.PATIENCE_SECONDS
    #: How many posts it takes at a time.
    batch: int = 100_000


class Death:
    """Ends this process when its boundary is passed for the n-th time."""

    def __init__(self, at: str, passage: int) -> None:
        self._at = at
        self._left = passage

    def here(self, boundary: str) -> None:
        if boundary == self._at:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class MortalLedger(PostgresLedger):
    """The real ledger, around whose transactions its process may die."""

    death: Death = Death("", 1)

    async def _through(self, step: str, doing: Awaitable[Result]) -> Result:
        _step.set(step)
        self.death.here(f"before_{step}")
        result = await doing
        self.death.here(f"after_{step}")
        _step.set("")
        return result

    async def _run(self, work: Callable[[Connection], Result]) -> Result:
        step = _step.get()

        def mortal(connection: Connection) -> Result:
            result = work(connection)
            self.death.here(f"in_{step}")
            return result

        return await super()._run(mortal)

    async def claim(self, post_id: int) -> Claim | None:
        return await self._through("claim", super().claim(post_id))

    async def record_handle(self, claim: Claim, handle: Mapping[str, Any]) -> bool:
        return await self._through("handle", super().record_handle(claim, handle))

    async def claim_stands(self, claim: Claim) -> bool:
        return await self._through("check", super().claim_stands(claim))

    async def record_published(self, claim: Claim, standing: Standing) -> bool:
        return await self._through("record", super().record_published(claim, standing))

    async def record_unconfirmed(self, claim: Claim, reason: str) -> None:
        await self._through("record", super().record_unconfirmed(claim, reason))

    async def release(self, claim: Claim, reason: str, *, pause_seconds: float) -> None:
        await self._through("release", super().release(claim, reason, pause_seconds=pause_seconds))

    async def doubt_lapsed(self) -> int:
        return await self._through("doubt", super().doubt_lapsed())

    async def record_look(self, post: Unconfirmed, evidence: Mapping[str, Any]) -> None:
        await self._through("look", super().record_look(post, evidence))

    async def settle(self, post: Unconfirmed, found: Sequence[Standing]) -> None:
        await self._through("settlement", super().settle(post, found))

    async def record_seen(self, post_ids: Sequence[int]) -> None:
        await self._through("seen", super().record_seen(post_ids))


class MortalPages(FacebookPages):
    """Real Pages, for which something harmless is prepared first, as a photo would be."""

    death: Death = Death("", 1)

    async def prepare(self, post: Outgoing) -> Prepared:
        self.death.here("before_prepare")
        prepared = await super().prepare(post)
        self.death.here("after_prepare")
        return Prepared({"prepared_for": post.post_id, **prepared.handle}, prepared.wait_seconds)


def mortal_sender(send: Send, death: Death) -> Send:
    """Send as usual; the process may die while a creating call is under way, or right after its effect."""

    async def sending(
        method: str, path: str, *, body: Body, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        if method == "GET":
            return await send(method, path, body=body, headers=headers)
        call = asyncio.ensure_future(send(method, path, body=body, headers=headers))
        await asyncio.sleep(LATENCY_MS / 3000)
        death.here("bytes_left")
        response = await call
        death.here("after_effect")
        return response

    return sending


@dataclass
class Doomed(Worker):
    """A worker whose process dies as it was ordered to."""

    death: Death = field(default_factory=lambda: Death("", 1))

    @asynccontextmanager
    async def channel(self) -> Any:  # noqa: ANN401 -- An async iterator of the mortal Pages.
        async with (
            super().channel(),
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.pace.call_seconds),
                connector=aiohttp.TCPConnector(limit=0),
            ) as session,
        ):
            send = session_sender(session, self.url or self.sandbox.url)
            if self.death is not NEVER:
                send = mortal_sender(send, self.death)
            pages = MortalPages(HTTPTransport(send), self._pages, settle_seconds=self.pace.settle_seconds)
            pages.death = self.death
            yield pages


NEVER = Death("", 1)


def obey(orders: Orders) -> None:
    """Work as ordered, in this process."""
    if orders.zone:
        os.environ["TZ"] = orders.zone
        time.tzset()
    # A test does not wait as long for the locks of a frozen process.
    door.IDLE_IN_TRANSACTION = "1s"
    patience.PATIENCE_SECONDS = orders.patience_seconds
    death = Death(orders.dies_at, orders.passage) if orders.dies_at else NEVER
    with database(orders.database_url, connections=orders.connections) as pool:
        worker = Doomed(
            pool,
            orders.sandbox,  # type: ignore[arg-type]
            orders.package_id,  # type: ignore[arg-type]
            name=orders.name,
            pace=orders.pace,
            ledger=type("Mortal", (MortalLedger,), {"death": death}),
            _pages=dict(orders.pages),
            death=death,
        )
        if orders.skew_seconds:
            with time_machine.travel(time.time() + orders.skew_seconds, tick=True):
                asyncio.run(_work(worker, orders, pool))
        else:
            asyncio.run(_work(worker, orders, pool))


async def _work(worker: Worker, orders: Orders, pool: Database) -> None:
    """Publish what is due, and settle; as often as ordered."""
    chance = Random(orders.name)  # noqa: S311 -- Repeatable chance is the point.
    done = 0
    async with worker.at_work() as (ledger, channels):
        while orders.rounds is None or done < orders.rounds:
            done += 1
            if orders.publishes:
                with pool.connection() as connection:
                    posts.expire(connection, worker=orders.name, package_id=orders.package_id)
                    numbers = posts.due(connection, package_id=orders.package_id)
                if orders.rounds is None:
                    chance.shuffle(numbers)
                await publish(numbers[: orders.batch], ledger=ledger, channels=channels, **worker.sending)
            if orders.settles:
                looking = {
                    "look_gap_seconds": orders.pace.look_gap_seconds,
                    "in_flight": orders.pace.in_flight,
                }
                await settle(ledger=ledger, channels=channels, **looking)
                await read_back(ledger=ledger, channels=channels, in_flight=orders.pace.in_flight)
            if orders.rounds is None:
                await asyncio.sleep(0.1)
                starter = multiprocessing.parent_process()
                if starter is not None and not starter.is_alive():
                    return


_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["doomed"])


def start(orders: Orders) -> BaseProcess:
    """A process of its own that obeys; whoever starts it also ends it."""
    process = _context.Process(target=obey, args=(orders,), daemon=True)
    process.start()
    return process
