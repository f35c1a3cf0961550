"""One round of sending or reading, with its doors opened and closed: what a task does in its few seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from kabar.channels.usage import UsageBook
from kabar.errors import RefusedError
from kabar.orchestration.connections import open_channels
from kabar.orchestration.present import calendar_versions, official_names, take_over_registry
from kabar.posting.doubles import look_for_doubles
from kabar.posting.pausing import remember_strains
from kabar.posting.publish import Channels, publish
from kabar.posting.reconcile import read_back, settle_for
from kabar.settings import Settings
from kabar.store import packages, posts
from kabar.store.database import Database, database
from kabar.store.ledger import PostgresLedger
from kabar.store.turns import upcoming_turns

log = logging.getLogger(__name__)

#: Transactions at the same time; more only wait for PostgreSQL's cores.
LEDGER_CONNECTIONS = 8
#: Packages at the same time; each opens its own connections, of which PostgreSQL has a hundred.
PACKAGES_AT_ONCE = 6


class Doors(NamedTuple):
    """Everything a round works through."""

    pool: Database
    ledger: PostgresLedger
    channels: Channels
    settings: Settings
    usage: UsageBook


@asynccontextmanager
async def doors(url: str, *, worker: str, package_id: int, wave: str | None = None) -> AsyncIterator[Doors]:
    """Open the ledger and the channels of one package."""
    settings = Settings.from_environment()
    pace = settings.pace
    usage = UsageBook()
    with database(url, connections=LEDGER_CONNECTIONS) as pool:
        with pool.connection() as connection:
            take_over_registry(connection, settings)
            package = packages.package(connection, package_id)
            wanted = packages.connections(connection, package_id=package_id)
        if package is None:
            raise RefusedError(f"There is no package {package_id}.")
        async with (
            PostgresLedger(
                pool,
                worker=worker,
                calendar_versions=calendar_versions(settings),
                official_names=official_names(settings),
                lease_seconds=pace.lease_seconds,
                call_seconds=pace.call_seconds,
                package_id=package_id,
                wave=wave,
                account_gap_seconds=pace.account_gap_seconds,
            ) as ledger,
            open_channels(
                wanted,
                is_rehearsal=package.rehearsal_id is not None,
                call_seconds=pace.call_seconds,
                settle_seconds=pace.settle_seconds,
                usage=usage,
            ) as channels,
        ):
            yield Doors(pool, ledger, channels, settings, usage)


async def publish_round(
    url: str, *, package_id: int, worker: str, wave: str | None = None, channel: str | None = None
) -> dict[str, int]:
    """Send what is approved and due; gives the counts by outcome."""
    async with doors(url, worker=worker, package_id=package_id, wave=wave) as opened:
        return await _publish(opened, package_id=package_id, wave=wave, channel=channel)


async def confirm_round(url: str, *, package_id: int, worker: str, wave: str | None = None) -> dict[str, int]:
    """Settle doubts and read published posts back; gives the counts."""
    async with doors(url, worker=worker, package_id=package_id, wave=wave) as opened:
        return await _confirm(opened)


async def late_round(url: str, *, package_id: int, worker: str, wave: str | None = None) -> dict[str, int]:
    """Expire what is past its time, send what is due by now, settle and read back; gives the counts."""
    async with doors(url, worker=worker, package_id=package_id, wave=wave) as opened:
        with opened.pool.connection() as connection:
            expired = posts.expire(connection, worker=worker, package_id=package_id, wave=wave)
        sent = await _publish(opened, package_id=package_id, wave=wave, channel=None)
        return {**sent, **await _confirm(opened), "expired": expired}


async def _publish(
    opened: Doors, *, package_id: int, wave: str | None, channel: str | None
) -> dict[str, int]:
    pace = opened.settings.pace
    with opened.pool.connection() as connection:
        turns = upcoming_turns(
            connection,
            package_id=package_id,
            wave=wave,
            channel=channel,
            spread_seconds=pace.spread_seconds,
            account_gap_seconds=pace.account_gap_seconds,
        )
    outcome = await publish(
        [turn.post_id for turn in turns],
        ledger=opened.ledger,
        channels=opened.channels,
        pictures=opened.settings.picture_store,
        in_flight=pace.in_flight,
        prepare_seconds=pace.prepare_seconds,
        in_seconds=dict(turns),
        usage=opened.usage,
    )
    return {str(name): count for name, count in outcome.items()}


async def _confirm(opened: Doors) -> dict[str, int]:
    pace = opened.settings.pace
    left = await settle_for(
        pace.lease_seconds + pace.settle_seconds + 3 * pace.look_gap_seconds,
        ledger=opened.ledger,
        channels=opened.channels,
        look_gap_seconds=pace.look_gap_seconds,
        in_flight=pace.in_flight,
    )
    seen = await read_back(ledger=opened.ledger, channels=opened.channels, in_flight=pace.in_flight)
    await remember_strains(opened.usage, ledger=opened.ledger)
    return {**seen, "unconfirmed": len(left)}


class Hour(NamedTuple):
    """What an hour's look at one package has brought."""

    counts: dict[str, int]
    #: Numbers of posts that were found to stand more than once, and were not known to.
    doubled: list[int]


async def hourly_rounds(url: str, package_ids: Sequence[int], *, worker: str) -> dict[int, Hour]:
    """A late round and a look for doubles in each package; what went wrong is raised after all had theirs."""
    gate = asyncio.Semaphore(PACKAGES_AT_ONCE)

    async def one(package_id: int) -> Hour:
        async with gate:
            counts = await late_round(url, package_id=package_id, worker=worker)
            return Hour(counts, await doubles_round(url, package_id=package_id, worker=worker))

    results = await asyncio.gather(*map(one, package_ids), return_exceptions=True)
    failures = [result for result in results if isinstance(result, Exception)]
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(results)} packages could not be settled", failures)
    return {
        package_id: result
        for package_id, result in zip(package_ids, results, strict=True)
        if not isinstance(result, BaseException)
    }


async def doubles_round(url: str, *, package_id: int, worker: str) -> list[int]:
    """Look for second copies of a package's posts of the last days; gives those that are news."""
    async with doors(url, worker=worker, package_id=package_id) as opened:
        found = await look_for_doubles(
            ledger=opened.ledger, channels=opened.channels, in_flight=opened.settings.pace.in_flight
        )
    log.info("Package %s, looked for doubles: %s", package_id, dict(found.counts))
    if found.new:
        log.error("Posts that stand more than once: %s", list(found.new))
    return list(found.new)
