"""Transactions that wait for a database which is away, for loops that talk to platforms at the same time.

A worker that holds a platform's answer must be able to save it, so its database is waited for. Only
transactions that may be done twice belong here: when the answer to a commit is lost, nobody can tell whether
it was done. The call to the platform is never repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
from psycopg.errors import IdleInTransactionSessionTimeout, ReadOnlySqlTransaction

from kabar.store.database import Connection, Database

Result = TypeVar("Result")

#: What a database says that is gone, restarting, full, or for a while a copy that only reads.
AWAY = (psycopg.OperationalError, ReadOnlySqlTransaction, IdleInTransactionSessionTimeout)
#: How long it is waited for, counted from the first failure after a transaction that went well.
PATIENCE_SECONDS = 30.0
#: How long one try waits for a connection: before anything has failed, and while the database is away.
TRY_SECONDS, KNOCK_SECONDS = 5.0, 0.5


class PatientDatabase:
    """Does one transaction a call, each in a thread, so that the event loop never waits for the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._away_since: float | None = None
        self._threads = ThreadPoolExecutor(max_workers=database.max_size, thread_name_prefix="ledger")

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in one transaction, again and again while the database is away.

        Raises:
            psycopg.Error: It was away for `PATIENCE_SECONDS`, or has refused the work itself.
        """

        def transaction() -> Result:
            seconds = TRY_SECONDS if self._away_since is None else KNOCK_SECONDS
            with self._database.connection(timeout=seconds) as connection:
                return work(connection)

        clock = asyncio.get_running_loop()
        while True:
            try:
                result = await clock.run_in_executor(self._threads, transaction)
            except AWAY:
                # One patience for all that wait at the same time, or a wave would wait for hours.
                self._away_since = self._away_since or clock.time()
                if clock.time() >= self._away_since + PATIENCE_SECONDS:
                    raise
                await asyncio.sleep(KNOCK_SECONDS)
            else:
                self._away_since = None
                return result

    def close(self) -> None:
        """Wait for what is under way, then take nothing more."""
        self._threads.shutdown()
