"""The desk of a real installation: Airflow's Connection and secret, files of `include/`, the real clock."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from urllib.parse import quote

from airflow.configuration import conf
from airflow.sdk import BaseHook

from kabar.desk.checking import rules_check
from kabar.desk.correcting import corrections
from kabar.desk.desk import Desk, Today
from kabar.desk.seal import Seal
from kabar.desk.tables import read_tables
from kabar.settings import Settings
from kabar.store.database import Database, database

#: Requests that may speak to PostgreSQL at one time; the rest wait a moment.
CONNECTIONS = 8


def installed(today: Callable[[Settings], Today]) -> Desk:
    """The desk as this installation's environment describes it; the database is opened by the first page.

    `today` is handed in, because what joins words and store stands beside this room and not below it.
    """
    settings = Settings.from_environment()

    @cache
    def pool() -> Database:
        stack = ExitStack()
        atexit.register(stack.close)
        return stack.enter_context(database(warehouse_url(settings), connections=CONNECTIONS))

    return Desk(
        database=pool,
        tables=lambda: read_tables(settings),
        check=rules_check(settings),
        correct=corrections(settings),
        clock=lambda: datetime.now(UTC),
        # Every worker of the api-server has the same one, so a form may reach another than made it.
        seal=Seal(conf.get("api", "secret_key").encode()),
        today=lambda: today(settings),
        pictures=settings.picture_store,
    )


def warehouse_url(settings: Settings) -> str:
    """Address of the warehouse: from the environment, else from the Airflow Connection that settings name."""
    if settings.database_url is not None:
        return settings.database_url
    found = BaseHook.get_connection(settings.warehouse_conn_id)
    login = f"{quote(found.login or '', safe='')}:{quote(found.password or '', safe='')}"
    return f"postgresql://{login}@{found.host}:{found.port or 5432}/{found.schema}"
