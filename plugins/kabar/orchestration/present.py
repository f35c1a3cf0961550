"""What the files of `include/` say at this moment, asked anew for every claim of a round.

A round may last minutes. A file is parsed again only after it changed; while it cannot be read, what it said
before stands: a broken table changes nothing, and `check_include.py` shows the mistake.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from kabar.accounts import read_accounts
from kabar.calendar import readable_calendars
from kabar.errors import InputError
from kabar.satker import read_satker
from kabar.settings import Settings
from kabar.store.accounts import take_over
from kabar.store.database import Connection

log = logging.getLogger(__name__)

Value = TypeVar("Value")


class Present(Mapping[str, Value], Generic[Value]):
    """A mapping that follows some files; safe for the threads of a ledger."""

    def __init__(self, files: Callable[[], Sequence[Path]], read: Callable[[], Mapping[str, Value]]) -> None:
        self._files = files
        self._read = read
        self._lock = threading.Lock()
        self._stamps: tuple[tuple[Path, int], ...] | None = None
        self._values: Mapping[str, Value] = {}

    def _now(self) -> Mapping[str, Value]:
        with self._lock:
            stamps = tuple((file, _stamp(file)) for file in self._files())
            if stamps != self._stamps:
                self._stamps = stamps
                try:
                    self._values = self._read()
                except InputError as error:
                    log.error("%s What it said before stands.", error)  # noqa: TRY400 -- The place is in it.
            return self._values

    def __getitem__(self, key: str) -> Value:
        return self._now()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())


def _stamp(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0


def calendar_versions(settings: Settings) -> Present[int]:
    """Version of each calendar that can be read now; one that cannot is missing, which holds its posts."""
    return Present(
        lambda: sorted(settings.calendars.glob("*.yaml")),
        lambda: {calendar.code: calendar.version for calendar in readable_calendars(settings.calendars)},
    )


def official_names(settings: Settings) -> Present[str]:
    """What each satker is called now, by code."""
    file = settings.include / "satker.csv"
    return Present(lambda: [file], lambda: {one.code: one.official_name for one in read_satker(file)})


def take_over_registry(connection: Connection, settings: Settings) -> int:
    """Let the warehouse's accounts follow a hand edit of the registry (`aktif`); gives how many did."""
    try:
        registry = read_accounts(settings.accounts_file, read_satker(settings.include / "satker.csv"))
    except InputError as error:
        log.error("%s What it said before stands.", error)  # noqa: TRY400 -- The place is in it.
        return 0
    changed = take_over(connection, registry)
    if changed:
        log.info("%d accounts follow a change of the registry.", changed)
    return changed
