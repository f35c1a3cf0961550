"""The readable schema and the migrations are the same thing, and what is append-only stays so."""

from __future__ import annotations

import subprocess

import psycopg
import pytest

from kabar.local.binaries import runnable_binaries
from kabar.store.database import HERE, Database
from kabar.store.migrate import migrate


def dump(url: str) -> list[str]:
    """Our two schemas as SQL, without the lines that differ from dump to dump."""
    command = [
        str(runnable_binaries(None) / "pg_dump"),
        "--schema-only",
        "--no-owner",
        "-n",
        "kabar",
        "-n",
        "insight",
        url,
    ]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line for line in result.stdout.splitlines() if line and not line.startswith(("--", "\\"))]


def test_schema_file_equals_all_migrations(server: str, database_url: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database kabar_from_file")
    url = server.rsplit("/", 1)[0] + "/kabar_from_file"
    with psycopg.connect(url) as connection:
        connection.execute((HERE / "schema.sql").read_text())

    assert dump(url) == dump(database_url)
    assert len(dump(url)) > 100


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    before = dump(database_url)

    migrate(database_url)

    assert dump(database_url) == before


@pytest.mark.parametrize(
    ("table", "column"), [("decision", "reason"), ("draft_version", "message"), ("post_event", "reason")]
)
@pytest.mark.parametrize("change", ["update kabar.{0} set {1} = 'lain'", "delete from kabar.{0}"])
def test_history_cannot_be_changed(db: Database, one_post: int, table: str, column: str, change: str) -> None:
    with db.connection() as connection:
        before = connection.execute(f"select * from kabar.{table}").fetchall()  # noqa: S608 -- Our own names.

    with pytest.raises(psycopg.errors.RaiseException, match="append-only"), db.connection() as connection:
        connection.execute(change.format(table, column))

    with db.connection() as connection:
        assert connection.execute(f"select * from kabar.{table}").fetchall() == before  # noqa: S608 -- As above.
        assert one_post in {row["id"] for row in connection.execute("select id from kabar.post").fetchall()}
    assert before
