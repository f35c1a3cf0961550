"""Insights in the warehouse: staged while they are read, merged once, never rewritten without a change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from kabar.insights.harvest import DayRow, Post, PostRow
from kabar.store.database import Connection, queries

#: Rows that wait in memory before they are copied.
ROWS_A_COPY = 5_000


class Merged(NamedTuple):
    """What a merge did with the daily values, in rows."""

    #: New rows, valued or explained.
    added: int
    #: Gaps that got a value or another reason.
    filled: int
    #: Values that the platform changed after it had given one.
    restated: int
    #: Values that stayed although this reading had none.
    kept: int
    #: Rows of posts added or filled.
    post_rows: int


class Staging:
    """Rows of one harvest on their way into the warehouse."""

    def __init__(self, connection: Connection, day: date) -> None:
        self._connection = connection
        self._day = day
        self._days: list[DayRow] = []
        self._posts: list[PostRow] = []

    def keep(self, days: Sequence[DayRow], posts: Sequence[PostRow]) -> None:
        """Take over rows and copy them into the staging tables when enough have come together."""
        self._days.extend(days)
        self._posts.extend(posts)
        if len(self._days) + len(self._posts) >= ROWS_A_COPY:
            self._copy()

    def merge(self, *, first: date, last: date, read_at: datetime) -> Merged:
        """Merge all that was kept, in one transaction; all days are between `first` and `last`."""
        self._copy()
        statements = queries("insight")
        span = {"first": first, "last": last}
        with self._connection.transaction():
            list(statements.one_writer_at_a_time(self._connection))
            change = statements.measure_change(self._connection, **span)
            statements.remember_restatements(self._connection, read_at=read_at, **span)
            key = self._day.isoformat()
            statements.merge_days(self._connection, read_at=read_at, partition_key=key, **span)
            post_rows = statements.merge_posts(self._connection, read_at=read_at, **span)
        return Merged(**change, post_rows=post_rows)

    def _copy(self) -> None:
        """Move the rows from memory into the staging tables, in a transaction of its own."""
        statements = queries("insight")
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy(statements.copy_days.sql) as copy:
                for account_id, read in self._days:
                    copy.write_row(
                        (
                            account_id,
                            read.metric,
                            read.day,
                            read.value,
                            _json(read.parts),
                            read.availability,
                            read.reason,
                            read.ends_at,
                        )
                    )
            with cursor.copy(statements.copy_posts.sql) as copy:
                for post_id, read in self._posts:
                    copy.write_row(
                        (
                            post_id,
                            read.metric,
                            self._day,
                            read.value,
                            _json(read.parts),
                            read.availability,
                            read.reason,
                        )
                    )
        self._days.clear()
        self._posts.clear()


@contextmanager
def staging(connection: Connection, day: date) -> Iterator[Staging]:
    """Open the staging tables of the harvest of `day` and drop them at the end.

    No transaction stays open in between, so that a slow platform holds nothing up. `connection` must not be
    in a transaction.
    """
    statements = queries("insight")
    with connection.transaction():
        statements.drop_staging(connection)
        statements.make_staging(connection)
    yield Staging(connection, day)
    with connection.transaction():
        statements.drop_staging(connection)


def make_partitions(connection: Connection, *, first: date, last: date) -> None:
    """Make the monthly partitions for these days; harmless to repeat."""
    queries("insight").make_partitions(connection, first=first, last=last)


def published_posts(connection: Connection, *, since: datetime) -> Mapping[int, tuple[Post, ...]]:
    """Posts published since a moment, by the number of their account."""
    posts: defaultdict[int, list[Post]] = defaultdict(list)
    for row in queries("insight").published_posts(connection, since=since):
        posts[row["account_id"]].append(Post(row["id"], row["platform_id"]))
    return {account_id: tuple(of_account) for account_id, of_account in posts.items()}


def count_day(
    connection: Connection, day: date, *, accounts: Sequence[int], metrics: Sequence[str]
) -> dict[str, int]:
    """Rows of one day by availability, of these accounts and metrics."""
    rows = queries("insight").count_day(connection, day=day, accounts=list(accounts), metrics=list(metrics))
    return {row["availability"]: row["rows"] for row in rows}


def count_values(connection: Connection, *, first: date, last: date, accounts: Sequence[int]) -> int:
    """Rows with a value between two days, of these accounts."""
    count: int = queries("insight").count_values(connection, first=first, last=last, accounts=list(accounts))
    return count


def _json(parts: Mapping[str, int] | None) -> Jsonb | None:
    return None if parts is None else Jsonb(dict(parts))


class Extent(NamedTuple):
    """How much some days hold."""

    rows: int
    #: Rows with a value; the others say why there is none.
    values: int
    #: Accounts that have a row on the last of the days.
    accounts: int


def extent_of_days(connection: Connection, *, first: date, last: date) -> Extent:
    """How much the days from `first` to `last` hold."""
    return Extent(**queries("insight").extent_of_days(connection, first=first, last=last))
