"""The tables that the desk reads: offices, officers and election titles, fresh whenever an editor saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kabar.calendar import Calendar, readable_calendars
from kabar.channel_table import ChannelTable, read_channels
from kabar.officers import Officer, read_officers
from kabar.satker import Satker, read_satker
from kabar.settings import Settings


@dataclass(frozen=True, slots=True)
class Tables:
    """What the files in `include/` say, checked."""

    #: By code.
    satker: Mapping[str, Satker]
    #: By login.
    officers: Mapping[str, Officer]
    #: By code; a calendar that cannot be read is missing.
    calendars: Mapping[str, Calendar]
    channels: ChannelTable

    def calendar_title(self, code: str) -> str:
        """The short title of an election, or its code when its file cannot be read."""
        calendar = self.calendars.get(code)
        return calendar.short_title if calendar else code

    def channel_title(self, name: str) -> str:
        """What Humas call a channel, or its name when the table does not know it."""
        return next((row.title for known, row in self.channels.by_name.items() if known == name), name)

    def officer_title(self, username: str) -> str:
        """The office behind a login, or the login itself when its row is gone."""
        officer = self.officers.get(username)
        return officer.title if officer else username


class _Stamp(NamedTuple):
    """A file as it was when it was read; a new time means another file."""

    path: Path
    modified_ns: int


def read_tables(settings: Settings) -> Tables:
    """Give the tables as they stand in the files now; a file is parsed again only after it changed.

    An officer whose row is deleted loses the desk with the next click, without a restart.

    Raises:
        InputError: The table of satker, of officers or of channels cannot be read as a whole.
    """
    offices = _stamp(settings.include / "satker.csv")
    files = sorted(settings.calendars.glob("*.yaml"))
    return Tables(
        satker=_satker(offices),
        officers=_officers(_stamp(settings.officers_file), offices),
        calendars=_calendars(settings.calendars, tuple(_stamp(file) for file in files)),
        channels=_channels(_stamp(settings.include / "channels.yaml")),
    )


def _stamp(path: Path) -> _Stamp:
    # A missing file has no time; the strict reader then says which file is missing.
    return _Stamp(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=4)
def _satker(stamp: _Stamp) -> Mapping[str, Satker]:
    return {one.code: one for one in read_satker(stamp.path)}


@lru_cache(maxsize=4)
def _officers(stamp: _Stamp, offices: _Stamp) -> Mapping[str, Officer]:
    satker = _satker(offices).values()
    return {officer.username: officer for officer in read_officers(stamp.path, satker)}


@lru_cache(maxsize=4)
def _channels(stamp: _Stamp) -> ChannelTable:
    return read_channels(stamp.path)


@lru_cache(maxsize=4)
def _calendars(folder: Path, _stamps: tuple[_Stamp, ...]) -> Mapping[str, Calendar]:
    return {calendar.code: calendar for calendar in readable_calendars(folder)}
