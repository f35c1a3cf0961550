"""Harvest one day: ask every account, explain every gap, hand the rows on while others are still asked.

No platform and no SQL here: both the platform and the warehouse are handed in.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from kabar.channels.measured import Measured, missing
from kabar.insights.catalogue import Metric, asked_on

#: Values settle for a while after their day: each night reads this many days, the named one last.
DAYS_READ = 3
#: Accounts asked at the same time.
IN_FLIGHT = 50
#: Accounts asked alone, before all others, so that a dead name is found by one account and not by fifty.
CANARIES = 5


class Post(NamedTuple):
    """A published post of the ledger."""

    id: int
    platform_id: str


@dataclass(frozen=True, slots=True)
class Target:
    """One account to be asked, or the reason why it cannot be."""

    account_id: int
    external_id: str
    token: str | None = field(repr=False)
    #: Why there is no token; empty when there is one.
    obstacle: str
    posts: tuple[Post, ...] = ()


class DayRow(NamedTuple):
    """One value of `insight.daily`; its `measured.day` is set."""

    account_id: int
    measured: Measured


class PostRow(NamedTuple):
    """One value of `insight.post_snapshot`."""

    post_id: int
    measured: Measured


class Insights(Protocol):
    """What a platform tells about accounts and posts; it raises nothing and explains every gap."""

    async def page_days(
        self, page_id: str, *, token: str, metrics: Sequence[str], days: Sequence[date]
    ) -> list[Measured]:
        """One row for each metric and day."""
        ...

    async def post_lifetime(
        self, post_id: str, *, page_id: str, token: str, metrics: Sequence[str]
    ) -> list[Measured]:
        """One row for each metric."""
        ...


class Warehouse(Protocol):
    """Where rows go."""

    def keep(self, days: Sequence[DayRow], posts: Sequence[PostRow]) -> None:
        """Take over rows; called from one thread at a time."""
        ...


def days_read(day: date) -> tuple[date, ...]:
    """The days that the harvest of `day` reads, oldest first."""
    return tuple(day - timedelta(days=back) for back in reversed(range(DAYS_READ)))


async def harvest_day(
    day: date,
    *,
    targets: Sequence[Target],
    metrics: Sequence[Metric],
    insights: Insights,
    warehouse: Warehouse,
) -> Counter[str]:
    """Ask every target about `day` and the days before it, and about its posts if it has any.

    Each target yields a row for every metric and every day on which the metric is valid, with its value or
    with the reason for the gap. Gives how many rows there were of each availability.

    The lifetime value of a post is what it is at the time of asking: hand in posts only for a `day` that has
    just ended, because nobody can tell afterwards what the value was on an older night.
    """
    night = _Night(days_read(day), metrics, insights, warehouse)
    waiting = iter(targets)
    for target in _canaries(waiting):
        if await night.ask(target):
            break
    workers = [asyncio.create_task(night.work(waiting)) for _ in range(IN_FLIGHT)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return night.counts


def _canaries(waiting: Iterator[Target]) -> Iterator[Target]:
    """The first few targets; what is not taken stays in `waiting`."""
    for _ in range(CANARIES):
        target = next(waiting, None)
        if target is None:
            return
        yield target


class _Night:
    """What the accounts of one harvest share."""

    def __init__(
        self, days: tuple[date, ...], metrics: Sequence[Metric], insights: Insights, warehouse: Warehouse
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._days = days
        self._page = {metric.name: metric for metric in asked_on(metrics, days, of="page")}
        self._post = {metric.name: metric for metric in asked_on(metrics, days[-1:], of="post")}
        self._insights = insights
        self._warehouse = warehouse
        self._one_writer = asyncio.Lock()

    async def work(self, waiting: Iterator[Target]) -> None:
        """Ask one target after the other until none is left."""
        for target in waiting:
            await self.ask(target)

    async def ask(self, target: Target) -> bool:
        """Ask one target and hand its rows on; whether it gave at least one value."""
        measured = await self._page_days(target)
        days = [DayRow(target.account_id, m) for m in measured if self._is_valid(m)]
        posts = [
            PostRow(post.id, m) for post in target.posts for m in await self._post_lifetime(target, post)
        ]
        self.counts.update(row.measured.availability for row in days)
        self.counts.update(row.measured.availability for row in posts)
        async with self._one_writer:
            # In a thread, because PostgreSQL may take its time and the other answers should not wait for it.
            await asyncio.to_thread(self._warehouse.keep, days, posts)
        return any(row.measured.value is not None for row in days)

    async def _page_days(self, target: Target) -> list[Measured]:
        if target.token is None:
            return [
                missing(name, day, "no_permission", target.obstacle)
                for name in self._page
                for day in self._days
            ]
        return await self._insights.page_days(
            target.external_id, token=target.token, metrics=tuple(self._page), days=self._days
        )

    async def _post_lifetime(self, target: Target, post: Post) -> list[Measured]:
        if target.token is None:
            return [missing(name, None, "no_permission", target.obstacle) for name in self._post]
        return await self._insights.post_lifetime(
            post.platform_id, page_id=target.external_id, token=target.token, metrics=tuple(self._post)
        )

    def _is_valid(self, measured: Measured) -> bool:
        return measured.day is not None and self._page[measured.metric].is_valid_on(measured.day)
