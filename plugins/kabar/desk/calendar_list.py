"""The list of calendars in Meja Humas: with which of them the drafts agree."""

from __future__ import annotations

from typing import NamedTuple

from kabar.desk.amending import old_versions
from kabar.desk.scope import scope_of
from kabar.desk.tables import Tables
from kabar.officers import Officer
from kabar.store import amendments
from kabar.store.database import Connection


class CalendarLine(NamedTuple):
    """One calendar in the list."""

    code: str
    title: str
    version: int
    #: Versions that drafts still agree with instead.
    old_versions: tuple[int, ...]
    packages: int
    drafts: int
    wrong: int


def outdated_packages(connection: Connection, tables: Tables) -> dict[int, str]:
    """Packages of which something will not go out until an amended calendar is applied, with its code."""
    versions = {code: calendar.version for code, calendar in tables.calendars.items()}
    return {one.package_id: one.calendar for one in amendments.outdated(connection, versions)}


def calendar_lines(connection: Connection, *, officer: Officer, tables: Tables) -> list[CalendarLine]:
    """Every calendar, and how many drafts do not agree with it as it is."""
    scope = scope_of(officer)
    versions = {code: calendar.version for code, calendar in tables.calendars.items()}
    found = amendments.outdated(connection, versions)
    lines = []
    for code, calendar in tables.calendars.items():
        own = [one for one in found if one.calendar == code]
        lines.append(
            CalendarLine(
                code=code,
                title=calendar.short_title,
                version=calendar.version,
                old_versions=old_versions(own),
                packages=len(own),
                drafts=sum(one.drafts for one in own),
                wrong=len(amendments.wrong(connection, code, province=scope.province, satker=scope.satker)),
            )
        )
    return lines
