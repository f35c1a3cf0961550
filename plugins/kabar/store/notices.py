"""Being woken by a decision, without asking the database all the time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg


async def decision_notices(url: str, package_id: int, *, at_most_every_seconds: float) -> AsyncIterator[None]:
    """Yield when a decision of `package_id` was announced, and at the latest after the given seconds.

    The first value comes at once, after LISTEN took effect, so that a decision made in between is not missed.

    Raises:
        psycopg.OperationalError: The connection was lost; the caller starts anew.
    """
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("listen kabar_decision")
        yield
        while True:
            async for notice in connection.notifies(timeout=at_most_every_seconds):
                if notice.payload == str(package_id):
                    break
            yield
