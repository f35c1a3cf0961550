"""`kabar db …`: the warehouse."""

from __future__ import annotations

import argparse

from kabar.errors import RefusedError
from kabar.local.demo import DATABASE_URL_FILE
from kabar.settings import Settings
from kabar.store.migrate import migrate


def database_url(settings: Settings) -> str:
    """Give the database that the environment names, or that of a demo, which writes it beside its logs.

    RefusedError when there is neither.
    """
    if settings.database_url is not None:
        return settings.database_url
    file = settings.state / DATABASE_URL_FILE
    if not file.exists():
        raise RefusedError(
            "No database is known: start `make demo`, or set "
            "KABAR_DATABASE_URL=postgresql://user:password@host:port/name."
        )
    return file.read_text(encoding="utf-8")


def migrate_warehouse(_options: argparse.Namespace, settings: Settings) -> None:
    """Bring our tables up to date."""
    migrate(database_url(settings))
