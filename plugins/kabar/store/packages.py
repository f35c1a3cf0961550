"""Packages (one tonggak of one ledger) and rehearsals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kabar.store.database import Connection, queries


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A real stage played as if it were another moment; its waves are `gap_seconds` apart."""

    id: int
    calendar: str
    stage: str
    tonggak: str
    as_if_at: datetime
    first_wave_at: datetime
    gap_seconds: int
    late_delay_seconds: int
    dag_id: str
    run_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Package:
    """What Humas decide together: one tonggak, in the real ledger or in a rehearsal."""

    id: int
    rehearsal_id: int | None
    calendar: str
    calendar_version: int
    stage: str
    tonggak: str
    kind: str
    title: str
    late_delay_seconds: int
    dag_id: str
    run_id: str
    created_at: datetime


def open_rehearsal(
    connection: Connection,
    *,
    calendar: str,
    stage: str,
    tonggak: str,
    as_if_at: datetime,
    first_wave_at: datetime,
    gap_seconds: int,
    late_delay_seconds: int,
    dag_id: str,
    run_id: str,
) -> int:
    """Remember a rehearsal and give its number."""
    number: int = queries("package").open_rehearsal(
        connection,
        calendar=calendar,
        stage=stage,
        tonggak=tonggak,
        as_if_at=as_if_at,
        first_wave_at=first_wave_at,
        gap_seconds=gap_seconds,
        late_delay_seconds=late_delay_seconds,
        dag_id=dag_id,
        run_id=run_id,
    )
    return number


def rehearsal(connection: Connection, rehearsal_id: int) -> Rehearsal:
    """Read one rehearsal."""
    return Rehearsal(**queries("package").read_rehearsal(connection, rehearsal_id=rehearsal_id))


def rehearsal_of_run(connection: Connection, *, dag_id: str, run_id: str) -> int | None:
    """The number of the rehearsal that a run has opened, if it has."""
    number: int | None = queries("package").rehearsal_of_run(connection, dag_id=dag_id, run_id=run_id)
    return number


def package_of_run(connection: Connection, *, dag_id: str, run_id: str) -> int | None:
    """The number of the package that a run works on, if it has drafted."""
    number: int | None = queries("package").package_of_run(connection, dag_id=dag_id, run_id=run_id)
    return number


def open_package(
    connection: Connection,
    *,
    rehearsal_id: int | None,
    calendar: str,
    calendar_version: int,
    stage: str,
    tonggak: str,
    kind: str,
    title: str,
    late_delay_seconds: int,
    dag_id: str,
    run_id: str,
) -> int:
    """Find or make the package of a tonggak in a ledger and give its number; harmless to repeat."""
    number: int = queries("package").open_package(
        connection,
        rehearsal_id=rehearsal_id,
        calendar=calendar,
        calendar_version=calendar_version,
        stage=stage,
        tonggak=tonggak,
        kind=kind,
        title=title,
        late_delay_seconds=late_delay_seconds,
        dag_id=dag_id,
        run_id=run_id,
    )
    return number


def package(connection: Connection, package_id: int) -> Package | None:
    """Read one package."""
    row = queries("package").read_package(connection, package_id=package_id)
    return Package(**row) if row else None


def packages(
    connection: Connection, *, province: str | None = None, satker: str | None = None
) -> list[dict[str, Any]]:
    """Every package with its counts by state (`waiting`, `approved`, `published`, …), newest first."""
    return list(queries("package").list_packages(connection, province=province, satker=satker))


def count_by_state(connection: Connection, package_id: int) -> dict[str, int]:
    """How many posts of a package are in each state; states without a post are left out."""
    rows = queries("package").count_package(connection, package_id=package_id)
    return {row["state"]: row["posts"] for row in rows}


def open_cards(connection: Connection, package_id: int) -> int:
    """How many manual cards of a package a person may still post: approved, taken or in doubt."""
    cards: int = queries("package").count_open_cards(connection, package_id=package_id)
    return cards


def unsettled_packages(connection: Connection) -> list[int]:
    """Numbers of the packages in which something is due, in doubt, unread or past its time."""
    return [row["package_id"] for row in queries("package").list_unsettled_packages(connection)]


def real_packages(connection: Connection) -> set[tuple[str, str, str]]:
    """Calendar, stage and tonggak of everything that was ever drafted outside rehearsals."""
    return {
        (row["calendar"], row["stage"], row["tonggak"])
        for row in queries("package").list_real_packages(connection)
    }


def decided_at_by_wave(connection: Connection, package_id: int) -> dict[str, datetime]:
    """When the last decision of each wave was made; waves without one are left out."""
    rows = queries("package").decided_at_by_wave(connection, package_id=package_id)
    return {row["wave"]: row["decided_at"] for row in rows}


def seconds_to_first_claim(connection: Connection, package_id: int) -> float | None:
    """How long after its time the first post of the slowest wave was claimed; None before any was."""
    seconds: float | None = queries("package").seconds_to_first_claim(connection, package_id=package_id)
    return seconds


def ledger_of_package(connection: Connection, package_id: int) -> list[dict[str, Any]]:
    """Each post of a package with state, satker and account, to be compared with the platform's own count."""
    return list(queries("package").ledger_of_package(connection, package_id=package_id))


def doubles(connection: Connection, package_id: int) -> list[int]:
    """Numbers of the posts for which the platform has named more than one post: a person must look."""
    return [row["id"] for row in queries("package").list_doubles(connection, package_id=package_id)]


def latest_lease(
    connection: Connection, *, package_id: int | None = None, wave: str | None = None
) -> datetime | None:
    """Until when somebody may still be sending; None when nobody is."""
    until: datetime | None = queries("post").latest_lease(connection, package_id=package_id, wave=wave)
    return until


def connections(connection: Connection, *, package_id: int | None = None) -> list[tuple[str, str]]:
    """The (channel, connection) pairs that the accounts of a package's drafts need."""
    rows = queries("post").list_connections(connection, package_id=package_id)
    return [(row["channel"], row["connection"]) for row in rows]


def senders(connection: Connection, *, package_id: int) -> list[str]:
    """The workers that hold a claim in a package now."""
    return [row["changed_by"] for row in queries("post").list_senders(connection, package_id=package_id)]
