"""A watcher reads at once, is woken by a decision, and outlives its connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from kabar.posting.approval import Standing
from kabar.store import decisions, notices
from kabar.store.database import Database
from kabar.store.notices import watch
from ledger import decide, drafted

LONG = 60.0
#: Whoever listens in this database.
EARS = "from pg_stat_activity where query ilike 'listen%' and datname = current_database()"


@asynccontextmanager
async def watching(
    url: str, package_id: int, *, seconds: float = LONG
) -> AsyncIterator[AsyncIterator[Standing]]:
    readings = watch(
        url,
        package_id,
        lambda connection: decisions.wave_standing(connection, package_id, "WIB"),
        wait_seconds=lambda _: seconds,
    )
    try:
        yield readings
    finally:
        await readings.aclose()  # type: ignore[attr-defined]


async def until_it_hears(url: str) -> None:
    """Wait until the watcher listens, so that what follows is an announcement to somebody."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        gives_up_at = time.monotonic() + 5
        while (await (await connection.execute(f"select count(*) {EARS}")).fetchone() or (0,))[0] == 0:
            assert time.monotonic() < gives_up_at
            await asyncio.sleep(0.02)


def test_a_decision_wakes_the_watcher_within_a_second(db: Database, database_url: str) -> None:
    package_id = drafted(db, ["3204"])

    async def story() -> tuple[int, int, float]:
        async with watching(database_url, package_id) as readings:
            first = await anext(readings)
            second = asyncio.ensure_future(anext(readings))
            await until_it_hears(database_url)
            began = time.monotonic()
            await asyncio.to_thread(decide, db, package_id)
            return first.waiting, (await asyncio.wait_for(second, 5)).waiting, time.monotonic() - began

    before, after, seconds = asyncio.run(story())
    assert (before, after) == (1, 0)
    assert seconds < 1


def test_a_decision_made_while_the_watcher_reads_is_not_missed(db: Database, database_url: str) -> None:
    package_id = drafted(db, ["3204"])

    async def story() -> int:
        async with watching(database_url, package_id) as readings:
            await anext(readings)
            # The watcher is not waiting now: whoever took its reading is still busy.
            await asyncio.to_thread(decide, db, package_id)
            return (await asyncio.wait_for(anext(readings), timeout=3)).waiting

    assert asyncio.run(story()) == 0


def test_a_decision_about_another_package_wakes_nobody(db: Database, database_url: str) -> None:
    ours = drafted(db, ["3204"], tonggak="pendaftaran-paslon|H-1")
    theirs = drafted(db, ["3204"])

    async def story() -> None:
        async with watching(database_url, ours) as readings:
            await anext(readings)
            second = asyncio.ensure_future(anext(readings))
            await until_it_hears(database_url)
            await asyncio.to_thread(decide, db, theirs)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(second, timeout=0.5)

    asyncio.run(story())


def test_without_an_announcement_it_reads_again_after_its_time(db: Database, database_url: str) -> None:
    package_id = drafted(db, ["3204"])

    async def story() -> Standing:
        async with watching(database_url, package_id, seconds=0.1) as readings:
            await anext(readings)
            return await asyncio.wait_for(anext(readings), timeout=5)

    assert asyncio.run(story()).waiting == 1


def test_a_watcher_whose_connection_is_ended_listens_again(
    db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "RECONNECT_SECONDS", 0.1)
    package_id = drafted(db, ["3204"])

    async def story() -> tuple[int, int]:
        async with watching(database_url, package_id) as readings:
            await anext(readings)
            second = asyncio.ensure_future(anext(readings))
            await until_it_hears(database_url)
            with db.connection() as connection:
                connection.execute(f"select pg_terminate_backend(pid) {EARS}")
            # It reads at once when it listens again: what was announced in between would be lost otherwise.
            reread = (await asyncio.wait_for(second, timeout=5)).waiting
            third = asyncio.ensure_future(anext(readings))
            await until_it_hears(database_url)
            await asyncio.to_thread(decide, db, package_id)
            return reread, (await asyncio.wait_for(third, timeout=3)).waiting

    assert asyncio.run(story()) == (1, 0)
