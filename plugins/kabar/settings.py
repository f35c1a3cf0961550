"""All that the environment decides, read in one place and handed on as a frozen value."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kabar.errors import RefusedError
from kabar.pictures import Pictures

REPOSITORY = Path(__file__).resolve().parents[2]


def positive_number(variable: str, default: float) -> float:
    """A positive number from the environment.

    Raises:
        RefusedError: The variable is set to something else.
    """
    text = os.environ.get(variable, str(default))
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if 0 < number < math.inf:
        return number
    raise RefusedError(f"{variable}={text} is not a positive number; leave it out for {default:g}.")


def number_or_zero(variable: str, default: float) -> float:
    """A number of the environment that may be 0, which switches off what it measures; errors as above."""
    return 0.0 if os.environ.get(variable, "").strip() == "0" else positive_number(variable, default)


def public_address(variable: str) -> str | None:
    """A web address from the environment, without a slash at its end; None when it is unset or empty.

    Raises:
        RefusedError: The variable is set to something else.
    """
    text = os.environ.get(variable, "")
    parts = urlsplit(text)
    if not text:
        return None
    if parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment):
        return text.rstrip("/")
    raise RefusedError(f"{variable}={text} is no web address; write https://host/folder, or leave it out.")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast and how patiently posts are sent and looked for (seconds)."""

    #: Longest time that one call to a platform may take.
    call_seconds: float
    #: How long a claim is its worker's own; longer than any call, so that a living worker never loses it.
    lease_seconds: float
    #: How late after its call a post may still appear on the platform.
    settle_seconds: float
    #: Time between two looks for an absent post.
    look_gap_seconds: float
    #: Calls to one platform at the same time.
    in_flight: int
    #: Over how long the posts of one instant are spread, each account always at the same place.
    spread_seconds: float = 0.0
    #: Least time between two posts of one account.
    account_gap_seconds: float = 0.0

    @property
    def prepare_seconds(self) -> float:
        """How long a claim may wait for what it has prepared, so that its call still fits into its lease."""
        return (self.lease_seconds - self.call_seconds) / 2

    def __post_init__(self) -> None:
        """Refuse a pace at which nothing could ever be sent."""
        if self.lease_seconds <= self.call_seconds:
            raise ValueError(
                f"KABAR_LEASE_SECONDS ({self.lease_seconds:g}) must be more than KABAR_CALL_SECONDS "
                f"({self.call_seconds:g}): a claim has to outlive its call."
            )
        if self.in_flight < 1:
            raise ValueError(f"KABAR_IN_FLIGHT ({self.in_flight}) must be at least 1.")

    @classmethod
    def from_environment(cls) -> Pace:
        """Read `KABAR_CALL_SECONDS` and its siblings."""
        return cls(
            call_seconds=positive_number("KABAR_CALL_SECONDS", 20),
            lease_seconds=positive_number("KABAR_LEASE_SECONDS", 60),
            settle_seconds=positive_number("KABAR_SETTLE_SECONDS", 60),
            look_gap_seconds=positive_number("KABAR_LOOK_GAP_SECONDS", 30),
            in_flight=round(positive_number("KABAR_IN_FLIGHT", 50)),
            spread_seconds=number_or_zero("KABAR_SPREAD_SECONDS", 30),
            account_gap_seconds=number_or_zero("KABAR_PAGE_GAP_SECONDS", 60),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this installation finds its tables and its database."""

    #: Folder of words and tables that editors keep.
    include: Path
    #: The accounts registry; a demo points it at the Pages of its sandbox.
    accounts_file: Path
    #: Who may decide; a demo keeps its own file with demo logins.
    officers_file: Path
    #: `postgresql://…` of the warehouse; None inside Airflow, where `warehouse_conn_id` has it.
    database_url: str | None = field(repr=False)
    #: Airflow Connection of the warehouse.
    warehouse_conn_id: str
    #: How fast and how patiently posts are sent and looked for.
    pace: Pace
    #: Where logs, the embedded database and the demo's own files live.
    state: Path
    #: Folder of the pictures of posts, each under the digest of its bytes.
    pictures: Path
    #: The address at which platforms fetch what lies in that folder; None where no web server shows it.
    pictures_url: str | None

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the `KABAR_*` variables; everything has a default but the database."""
        include = Path(os.environ.get("KABAR_INCLUDE", REPOSITORY / "include"))
        state = Path(os.environ.get("KABAR_STATE", REPOSITORY / ".kabar"))
        return cls(
            include=include,
            accounts_file=Path(os.environ.get("KABAR_ACCOUNTS", include / "accounts.csv")),
            officers_file=Path(os.environ.get("KABAR_OFFICERS", include / "officers.csv")),
            database_url=os.environ.get("KABAR_DATABASE_URL"),
            warehouse_conn_id=os.environ.get("KABAR_WAREHOUSE_CONN_ID", "kabar_warehouse"),
            pace=Pace.from_environment(),
            state=state,
            pictures=Path(os.environ.get("KABAR_PICTURES", state / "pictures")),
            pictures_url=public_address("KABAR_PICTURES_URL"),
        )

    @property
    def calendars(self) -> Path:
        """The folder with one YAML file an election."""
        return self.include / "calendars"

    @property
    def posters(self) -> Path:
        """The folder of poster templates and their fonts."""
        return self.include / "posters"

    @property
    def picture_store(self) -> Pictures:
        """The pictures of posts."""
        return Pictures(self.pictures, self.pictures_url)

    @property
    def templates(self) -> Path:
        """The folder of message templates."""
        return self.include / "templates"
