"""The way into the warehouse: partitions by month, one writer at a time, no long transaction."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import psycopg
import pytest
from nights import Night

from kabar.channels.measured import Measured
from kabar.insights.harvest import DayRow
from kabar.store import insights
from kabar.store.database import Database
from kabar.store.insights import count_day, count_values, make_partitions, staging

DAY = date(2026, 10, 31)
READ_AT = datetime(2026, 11, 1, 19, 30, tzinfo=UTC)


def value(account_id: int, number: int, *, day: date = DAY, metric: str = "page_follows") -> DayRow:
    return DayRow(account_id, Measured(metric, day, number, None, "available", "", READ_AT))


def partitions(db: Database) -> set[str]:
    with db.connection() as connection:
        found = connection.execute(
            "select c.oid::regclass::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid"
            " where c.relkind = 'r'"
        ).fetchall()
    return {row["name"] for row in found}


def test_partitions_are_made_for_every_month_of_the_days_read_and_no_other(db: Database) -> None:
    for _ in range(2):
        with db.connection() as connection:
            make_partitions(connection, first=date(2026, 10, 30), last=date(2026, 11, 1))

    assert partitions(db) == {
        f"insight.{table}_{month}" for table in ("daily", "post_snapshot") for month in ("202610", "202611")
    }


def test_a_day_without_its_partition_is_refused_and_not_lost_elsewhere(night: Night) -> None:
    account_id = next(iter(night.accounts))
    with night.db.connection() as connection, staging(connection, DAY) as stage:
        stage.keep([value(account_id, 5)], [])
        with pytest.raises(psycopg.errors.CheckViolation, match="no partition"):
            stage.merge(first=DAY, last=DAY, read_at=READ_AT)


def test_no_transaction_is_open_while_rows_are_collected(night: Night) -> None:
    account_id = next(iter(night.accounts))
    rows = [value(account_id, n, metric=f"m{n}") for n in range(insights.ROWS_A_COPY)]

    with night.db.connection() as connection, staging(connection, DAY) as stage:
        stage.keep(rows, [])
        status = connection.info.transaction_status

    assert status is psycopg.pq.TransactionStatus.IDLE


def test_two_harvests_of_one_day_at_the_same_time_leave_one_row_each(night: Night) -> None:
    with night.db.connection() as connection:
        make_partitions(connection, first=DAY, last=DAY)

    def write(_: int) -> int:
        with night.db.connection() as connection, staging(connection, DAY) as stage:
            stage.keep([value(account_id, 100) for account_id in night.accounts], [])
            return stage.merge(first=DAY, last=DAY, read_at=READ_AT).added

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(write, range(8)))

    assert sorted(added) == [0] * 7 + [len(night.accounts)]


def test_a_merge_that_fails_leaves_nothing_half_written(night: Night) -> None:
    account_id = next(iter(night.accounts))
    with night.db.connection() as connection:
        make_partitions(connection, first=DAY, last=DAY)

    with night.db.connection() as connection, staging(connection, DAY) as stage:
        stage.keep([value(account_id, 5), value(-1, 5)], [])
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            stage.merge(first=DAY, last=DAY, read_at=READ_AT)

    assert night.rows("select * from insight.daily") == []


def test_every_row_says_which_run_has_written_it_and_when(night: Night) -> None:
    account_id = next(iter(night.accounts))
    yesterday = date(2026, 10, 30)
    with night.db.connection() as connection:
        make_partitions(connection, first=yesterday, last=DAY)
        connection.commit()
        with staging(connection, DAY) as stage:
            stage.keep([value(account_id, 5, day=yesterday)], [])
            stage.merge(first=yesterday, last=DAY, read_at=READ_AT)

    assert night.rows("select day, partition_key, harvested_at from insight.daily") == [
        {"day": yesterday, "partition_key": "2026-10-31", "harvested_at": READ_AT}
    ]


def test_counts_are_those_of_the_given_day_accounts_and_metrics(night: Night) -> None:
    night.harvest()
    accounts = list(night.accounts)
    with night.db.connection() as connection:
        daily = count_day(
            connection, night.day, accounts=accounts[:2], metrics=["page_follows", "page_views_total"]
        )
        values = count_values(connection, first=night.day, last=night.day, accounts=accounts[:2])

    assert daily == {"available": 4}
    assert values == 2 * 9
