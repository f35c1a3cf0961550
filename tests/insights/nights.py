"""One night as the tests play it: from the list of Pages to the merge, without Airflow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import aiohttp

from kabar.channels.facebook_day import newest_complete_day
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.insights.catalogue import Metric
from kabar.insights.facebook import Harvested, harvest_pages
from kabar.insights.harvest import Post, Warehouse, days_read
from kabar.sandbox.running import RunningSandbox
from kabar.store.database import Database
from kabar.store.insights import Merged, make_partitions, staging

#: KPU RI, a province, and regencies and cities of three time zones.
CODES = ("00", "11", "1101", "3273", "6471", "9171")
CALL_SECONDS = 5.0


@dataclass
class Night:
    """What a night needs, and questions to the warehouse afterwards."""

    sandbox: RunningSandbox
    db: Database
    metrics: Sequence[Metric]
    now: datetime
    accounts: dict[int, str]
    posts: dict[int, Sequence[Post]] = field(default_factory=dict)

    @property
    def day(self) -> date:
        return newest_complete_day(self.now)

    def harvest(self, day: date | None = None, *, now: datetime | None = None) -> tuple[Harvested, Merged]:
        day, now = day or self.day, now or self.now
        first = days_read(day)[0]
        with self.db.connection() as connection:
            make_partitions(connection, first=first, last=day)
            connection.commit()
            with staging(connection, day) as stage:
                harvested = asyncio.run(self._read(day, now, stage))
                return harvested, stage.merge(first=first, last=day, read_at=now)

    async def _read(self, day: date, now: datetime, stage: Warehouse) -> Harvested:
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            return await harvest_pages(
                day,
                now=now,
                transport=HTTPTransport(session_sender(session, self.sandbox.url)),
                user_token=self.sandbox.user_token,
                accounts=self.accounts,
                posts=self.posts,
                metrics=self.metrics,
                warehouse=stage,
            )

    def rows(self, question: str, *values: object) -> list[dict[str, Any]]:
        with self.db.connection() as connection:
            return connection.execute(question, values).fetchall()

    def gaps(self, code: str, day: date | None = None) -> dict[str, tuple[str, str]]:
        """Availability and reason by metric, of one office on one day."""
        found = self.rows(
            "select metric, availability, reason"
            " from insight.daily d join kabar.account a on a.id = d.account_id"
            " where a.satker_code = %s and d.day = %s",
            code,
            day or self.day,
        )
        return {row["metric"]: (row["availability"], row["reason"]) for row in found}
