"""The warehouse as tasks find it, and a sandbox behind an Airflow Connection."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.store.database import Database
from ledger import CONNECTION


@pytest.fixture
def warehouse(db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A fresh database to which the environment of the tasks points."""
    monkeypatch.setenv("KABAR_DATABASE_URL", database_url)
    return db


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The process; tests take `sandbox`, which cleans it first."""
    with running_sandbox(refuse_duplicates=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """A platform on which nothing has happened yet, behind the connection that the accounts name."""
    sandbox_server.control("reset", {})
    sandbox_server.control("settings", {"refuse_duplicates": False})
    connection = {"conn_type": "http", "host": sandbox_server.url, "password": sandbox_server.user_token}
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(connection))
    return sandbox_server
