"""Connections, transactions and the SQL files: the only door to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiosql
import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from kabar.errors import RefusedError, UnreachableError

HERE = Path(__file__).parent

#: A process that is stopped in the middle of a transaction holds its locks no longer than this. Nothing here
#: waits for a platform or a person inside a transaction.
IDLE_IN_TRANSACTION = "15s"
#: How long the first connection may take.
OPEN_SECONDS = 10.0


Connection = psycopg.Connection[DictRow]
Database = ConnectionPool[Connection]


@cache
def queries(subject: str) -> Any:  # noqa: ANN401 -- aiosql makes the functions from the file's names.
    """The named statements of `queries/<subject>.sql` as functions that take a connection first."""
    return aiosql.from_path(HERE / "queries" / f"{subject}.sql", "psycopg", mandatory_parameters=False)


@contextmanager
def database(url: str, *, connections: int = 1) -> Iterator[Database]:
    """Open a pool of at most `connections` to `url` and close it at the end.

    A connection lent by the pool is one transaction: committed at the end of the `with` block, rolled back
    on an error.

    Raises:
        UnreachableError: PostgreSQL does not answer within `OPEN_SECONDS`.
        RefusedError: `url` is no address of a PostgreSQL.
    """
    place = place_of(url)
    pool = ConnectionPool(
        url,
        min_size=1,
        max_size=connections,
        kwargs={
            "row_factory": dict_row,
            "options": f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION}",
        },
        connection_class=Connection,
        check=ConnectionPool.check_connection,
        open=False,
        name="kabar",
    )
    try:
        pool.open(wait=True, timeout=OPEN_SECONDS)
    except psycopg.OperationalError as error:
        pool.close()
        raise UnreachableError(f"PostgreSQL does not answer: {place}.") from error
    try:
        yield pool
    finally:
        pool.close()


def place_of(url: str) -> str:
    """Name the place of `url` without its secret.

    Raises:
        RefusedError: It is no address; the message does not repeat it, for it holds a password.
    """
    try:
        place = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise RefusedError(
            "The warehouse's address cannot be read; write postgresql://user:password@host:port/name, with "
            "special characters of the password percent-encoded."
        ) from None
    return f"{place.get('host', 'local socket')}:{place.get('port', 5432)}/{place.get('dbname', '')}"
