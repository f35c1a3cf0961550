"""Bring the tables up to date. A module of its own: Alembic costs half a second that no task needs."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from kabar.errors import RefusedError
from kabar.store.database import HERE, database, place_of

#: PostgreSQL 15, as libpq writes it.
OLDEST_SERVER = 150_000


def migrate(url: str, *, to: str = "head") -> None:
    """Bring the schemas `kabar` and `insight` of the database at `url` to a version, the newest by default.

    Raises:
        UnreachableError: PostgreSQL does not answer.
        RefusedError: It is older than PostgreSQL 15, whose MERGE and NULLS NOT DISTINCT we need.
    """
    with database(url) as pool, pool.connection() as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise RefusedError(
                f"PostgreSQL at {place_of(url)} is version {connection.info.server_version // 10_000}; "
                "15 or newer is needed."
            )
    settings = Config()
    settings.set_main_option("script_location", str(HERE / "migrations"))
    settings.attributes["url"] = url
    command.upgrade(settings, to)
