"""All that the environment decides, read in one place and handed on as a frozen value."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this installation finds its tables and its database."""

    #: Folder of words and tables that editors keep.
    include: Path
    #: The accounts registry; a demo points it at the Pages of its sandbox.
    accounts_file: Path
    #: Who may decide; a demo keeps its own file with demo logins.
    officers_file: Path
    #: `postgresql://…` of the warehouse; None inside Airflow, where the Connection `warehouse_conn_id` has it.
    database_url: str | None = field(repr=False)
    #: Airflow Connection of the warehouse.
    warehouse_conn_id: str
    #: Where logs, the embedded database and the demo's own files live.
    state: Path

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the `KABAR_*` variables; everything has a default but the database."""
        include = Path(os.environ.get("KABAR_INCLUDE", REPOSITORY / "include"))
        return cls(
            include=include,
            accounts_file=Path(os.environ.get("KABAR_ACCOUNTS", include / "accounts.csv")),
            officers_file=Path(os.environ.get("KABAR_OFFICERS", include / "officers.csv")),
            database_url=os.environ.get("KABAR_DATABASE_URL"),
            warehouse_conn_id=os.environ.get("KABAR_WAREHOUSE_CONN_ID", "kabar_warehouse"),
            state=Path(os.environ.get("KABAR_STATE", REPOSITORY / ".kabar")),
        )

    @property
    def calendars(self) -> Path:
        """The folder with one YAML file an election."""
        return self.include / "calendars"

    @property
    def templates(self) -> Path:
        """The folder of message templates."""
        return self.include / "templates"
