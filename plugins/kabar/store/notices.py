"""Being woken by a decision, without asking the database all the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import psycopg
from psycopg.rows import dict_row

from kabar.store.database import Connection

Standing = TypeVar("Standing")

#: How long a watcher waits before it asks a database again that has gone away.
RECONNECT_SECONDS = 2.0


async def watch(
    url: str,
    package_id: int | None,
    read: Callable[[Connection], Standing],
    *,
    wait_seconds: Callable[[Standing], float],
) -> AsyncIterator[Standing]:
    """Read how a package stands now, and again after every decision announced for it; None hears all.

    Between two readings at most `wait_seconds` of the last standing go by. A lost database is waited for, so
    a watcher outlives a restart of PostgreSQL. The caller ends the watch by leaving the loop.
    """
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as ear:
                # LISTEN comes before the first reading, so that a decision made in between is not missed.
                await ear.execute("listen kabar_decision")
                while True:
                    standing = await asyncio.to_thread(_read_once, url, read)
                    yield standing
                    await _hear(ear, package_id, seconds=wait_seconds(standing))
        except psycopg.OperationalError:
            await asyncio.sleep(RECONNECT_SECONDS)


def _read_once(url: str, read: Callable[[Connection], Standing]) -> Standing:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return read(connection)


async def _hear(
    ear: psycopg.AsyncConnection[tuple[object, ...]], package_id: int | None, *, seconds: float
) -> None:
    """Return at the first announcement for this package, or after `seconds`."""
    async for notice in ear.notifies(timeout=seconds):
        if package_id is None or notice.payload == str(package_id):
            return
