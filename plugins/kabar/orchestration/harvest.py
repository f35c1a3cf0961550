"""Bodies of the tasks of `harvest_insights`."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from kabar.accounts import Account, read_accounts
from kabar.channels.facebook_day import newest_complete_day
from kabar.channels.graph_errors import DEFAULT_PAUSE_SECONDS
from kabar.channels.usage import UsageBook
from kabar.errors import RefusedError, UnreachableError
from kabar.insights.catalogue import Metric, asked_on, read_metrics
from kabar.insights.completeness import judge
from kabar.insights.facebook import harvest_pages, posts_can_be_read
from kabar.insights.harvest import Post, Warehouse, days_read
from kabar.orchestration.connections import transport_of, user_token, warehouse_url
from kabar.satker import read_satker
from kabar.settings import Settings
from kabar.store import insights as memory
from kabar.store.cooldowns import BusyAccount, busy_accounts, cool_down
from kabar.store.database import Connection, database
from kabar.store.drafts import save_account

log = logging.getLogger(__name__)

#: A post's own values are followed for so long.
POSTS_FOR = timedelta(days=90)
#: The longest that one reading may take.
CALL_SECONDS = 30.0
#: Share of accounts that may stay without an answer before the whole night is asked again.
UNANSWERED_SHARE = 0.01


#: So long before a post is due the budget of its account belongs to publishing.
PUBLISHING_HOURS = 1


class Cooldown(NamedTuple):
    """A pause that a reading has met; see `store.cooldowns.cool_down`."""

    reached_by: str
    external_id: str
    pause_seconds: float
    reason: str


class Night(NamedTuple):
    """What a night brought through all connections."""

    rows: Counter[str]
    unanswered: int
    cooldowns: list[Cooldown]
    #: Why nothing came through some connections.
    failures: list[RefusedError | UnreachableError]


def open_day(partition_key: str | None) -> str:
    """Make the partitions of a day and give its name; without a key it is the newest day that is over.

    Raises:
        RefusedError: The day is not over in Los Angeles.
    """
    newest = newest_complete_day(datetime.now(UTC))
    day = _day(partition_key) if partition_key else newest
    if day > newest:
        raise RefusedError(f"The Los Angeles day {day} is not over; the newest that is over is {newest}.")
    days = days_read(day)
    with database(warehouse_url()) as db, db.connection() as connection:
        memory.make_partitions(connection, first=days[0], last=day)
    return day.isoformat()


def _day(name: str) -> date:
    try:
        return date.fromisoformat(name)
    except ValueError:
        raise RefusedError(f"{name!r} names no day; a partition key is a day such as 2026-11-20.") from None


def harvest(day_name: str) -> None:
    """Read the day of every active account and merge it; harmless to repeat.

    Raises:
        UnreachableError: More than 1 % of the accounts gave no answer; what came in has been saved.
    """
    day, now = date.fromisoformat(day_name), datetime.now(UTC)
    settings = Settings.from_environment()
    metrics = read_metrics(settings.include / "metrics.yaml")
    with database(warehouse_url()) as db, db.connection() as connection:
        accounts = _active_accounts(connection, settings)
        posts = memory.published_posts(connection, since=now - POSTS_FOR)
        left_alone = _left_alone(busy_accounts(connection, hours=PUBLISHING_HOURS))
        # No transaction stays open while the platform is asked.
        connection.commit()
        if not posts_can_be_read(day, now=now):
            log.info("%s has not just ended: values of posts are what they are today and are left out.", day)
            posts = {}
        with memory.staging(connection, day) as staging:
            night = asyncio.run(
                _harvest_all(day, now, accounts, posts, metrics, staging, left_alone=left_alone)
            )
            merged = staging.merge(first=days_read(day)[0], last=day, read_at=now)
        for cooldown in night.cooldowns:
            cool_down(connection, **cooldown._asdict(), noted_by="harvest_insights")
    log.info("%s: %d accounts, rows read %s; %s", day, len(accounts), dict(night.rows), merged)
    if night.failures:
        raise night.failures[0]
    if night.unanswered > len(accounts) * UNANSWERED_SHARE:
        raise UnreachableError(
            f"{night.unanswered} reads for {len(accounts)} accounts got no answer; the others are saved."
        )


def check(day_name: str) -> str:
    """Judge how complete the day is; gives the sentence that says so.

    Raises:
        RefusedError: Too much is missing without an explanation, or nothing came in at all.
    """
    day, settings = date.fromisoformat(day_name), Settings.from_environment()
    names = [m.name for m in asked_on(read_metrics(settings.include / "metrics.yaml"), [day], of="page")]
    with database(warehouse_url()) as db, db.connection() as connection:
        accounts = list(_active_accounts(connection, settings))
        verdict = judge(
            day,
            expected=len(accounts) * len(names),
            daily=memory.count_day(connection, day, accounts=accounts, metrics=names),
            valued_in_all_days=memory.count_values(
                connection, first=days_read(day)[0], last=day, accounts=accounts
            ),
        )
    log.info(verdict)
    return verdict


def _active_accounts(connection: Connection, settings: Settings) -> dict[int, Account]:
    """Active accounts of the registry on platforms that are harvested, by their number in the warehouse."""
    satker = read_satker(settings.include / "satker.csv")
    return {
        save_account(
            connection,
            channel=account.channel,
            external_id=account.account_id,
            satker_code=account.satker_code,
            name=account.name,
            usage="rehearsal" if account.use == "gladi" else "real",
            reached_by=account.connection,
            is_active=account.is_active,
        ): account
        for account in read_accounts(settings.accounts_file, satker)
        if account.is_active and account.channel == "facebook"
    }


async def _harvest_all(
    day: date,
    now: datetime,
    accounts: Mapping[int, Account],
    posts: Mapping[int, Sequence[Post]],
    metrics: Sequence[Metric],
    warehouse: Warehouse,
    *,
    left_alone: Mapping[str, Mapping[str, str]],
) -> Night:
    """Harvest the accounts of one Airflow Connection after the other: each has its token and its budget."""
    by_connection: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for account_id, account in accounts.items():
        by_connection[account.connection][account_id] = account.account_id
    rows: Counter[str] = Counter()
    unanswered = 0
    cooldowns: list[Cooldown] = []
    failures: list[RefusedError | UnreachableError] = []
    usage = UsageBook()
    for conn_id, pages in by_connection.items():
        try:
            async with transport_of(conn_id, call_seconds=CALL_SECONDS, usage=usage) as transport:
                night = await harvest_pages(
                    day,
                    now=now,
                    transport=transport,
                    user_token=await user_token(conn_id),
                    accounts=pages,
                    posts=posts,
                    metrics=metrics,
                    warehouse=warehouse,
                    left_alone=left_alone.get(conn_id, {}),
                )
        except (RefusedError, UnreachableError) as error:
            # The accounts behind the other connections keep their night; this one is raised after the merge.
            log.warning("Nothing came through the connection %s: %s", conn_id, error)
            failures.append(error)
            continue
        rows.update(night.rows)
        unanswered += night.unanswered
        cooldowns += [
            Cooldown(conn_id, page_id, DEFAULT_PAUSE_SECONDS, reason)
            for page_id, reason in night.limits.items()
        ]
    cooldowns += [
        Cooldown(conn_id, strain.account, strain.pause_seconds, strain.reason)
        for conn_id, strain in usage.take()
    ]
    return Night(rows, unanswered, cooldowns, failures)


def _left_alone(busy: Sequence[BusyAccount]) -> dict[str, dict[str, str]]:
    """Why some Pages are not asked tonight, by connection and Page id."""
    reasons: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for account in busy:
        reasons[account.connection][account.external_id] = (
            "A post of this Page is due soon; its budget of calls belongs to publishing."
            if account.rests_until is None
            else f"Facebook is left alone until {account.rests_until:%Y-%m-%d %H:%M %Z}."
        )
    return reasons
