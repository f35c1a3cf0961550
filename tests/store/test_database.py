"""The door to PostgreSQL: it says where nobody answers, and frees what a stopped process holds."""

from __future__ import annotations

import time

import psycopg
import pytest

from kabar.errors import UnreachableError
from kabar.local.ports import free_port
from kabar.store import database as door
from kabar.store import posts
from kabar.store.database import Database, database
from ledger import drafted, rows


def test_a_database_that_does_not_answer_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = free_port()
    monkeypatch.setattr(door, "OPEN_SECONDS", 0.5)

    with (
        pytest.raises(UnreachableError, match=f"127.0.0.1:{port}/kabar") as caught,
        database(f"postgresql://kabar:rahasia@127.0.0.1:{port}/kabar"),
    ):
        pass

    assert "rahasia" not in str(caught.value)


def change_and_fail(db: Database) -> None:
    with db.connection() as connection:
        connection.execute("update kabar.post set state = 'approved'")
        connection.execute("select 1 / 0")


def test_an_error_rolls_everything_back(db: Database) -> None:
    package_id = drafted(db, ["3204"])

    with pytest.raises(psycopg.errors.DivisionByZero):
        change_and_fail(db)

    assert rows(db, package_id)["3204"].state == "planned"


def test_a_process_that_is_stopped_inside_a_transaction_gives_its_locks_back(
    db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise no decision, claim or expiry could touch its post until somebody found the process."""
    monkeypatch.setattr(door, "IDLE_IN_TRANSACTION", "300ms")
    package_id = drafted(db, ["3204"])
    number = rows(db, package_id)["3204"].post_id

    with database(database_url) as stopped, stopped.connection() as asleep:
        posts.lock(asleep, number)
        began = time.monotonic()
        with db.connection() as connection:
            posts.lock(connection, number)
        assert time.monotonic() - began < 5
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            asleep.execute("select 1")
        asleep.close()
