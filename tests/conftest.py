"""Fixtures that every room shares: one PostgreSQL a test run, one fresh database a test."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from kabar.local.postgres import temporary_postgres
from kabar.settings import REPOSITORY
from kabar.store.database import Database, database
from kabar.store.migrate import migrate

# Airflow makes its home and reads its environment when it is first imported, and nothing above imports it.
# Each test process has a home of its own: two that write one `airflow.cfg` disturb each other, and no test
# may touch the Airflow of the person who runs it.
AIRFLOW_HOME = tempfile.mkdtemp(prefix="kabar-airflow-")
atexit.register(shutil.rmtree, AIRFLOW_HOME, ignore_errors=True)
os.environ |= {
    "AIRFLOW_HOME": AIRFLOW_HOME,
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
    "AIRFLOW__API_AUTH__JWT_SECRET": "of the tests alone " * 4,
    # Half a minute between the posts of one instant is for real platforms.
    "KABAR_SPREAD_SECONDS": "0",
    "KABAR_PAGE_GAP_SECONDS": "0",
}

TEMPLATE = "kabar_template"
numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a PostgreSQL whose template database holds our migrated schema."""
    with temporary_postgres() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"create database {TEMPLATE}")
        migrate(_at(url, TEMPLATE))
        yield url


@pytest.fixture
def database_url(server: str) -> Iterator[str]:
    """Address of a fresh database with our schema, dropped at the end."""
    name = f"kabar_{next(numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {TEMPLATE}")
        yield _at(server, name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A pool to a fresh database."""
    with database(database_url, connections=16) as pool:
        yield pool


def _at(url: str, name: str) -> str:
    return url.rsplit("/", 1)[0] + "/" + name
