"""Bring the tables up to date. A module of its own: Alembic costs half a second that no task needs."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from kabar.store.database import HERE


def migrate(url: str) -> None:
    """Bring the schemas `kabar` and `insight` of the database at `url` to the newest version."""
    settings = Config()
    settings.set_main_option("script_location", str(HERE / "migrations"))
    settings.attributes["url"] = url
    command.upgrade(settings, "head")
