"""Election calendars as they stand in `include/calendars/`, read strictly.

The values themselves are described in `kabar.election`; this is the door through which they come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from kabar.election import Calendar, LegalBasis, LocalHours, Stage, binds
from kabar.errors import InputError
from kabar.reading import Document, Location
from kabar.satker import Satker
from kabar.yaml_file import read_yaml

__all__ = [
    "Calendar",
    "LegalBasis",
    "LocalHours",
    "Stage",
    "binds",
    "read_calendar",
    "read_calendars",
    "readable_calendars",
]

CONDITIONAL = "bersyarat"


def read_calendar(
    path: Path, *, satker: Collection[Satker] | None = None, patterns: Collection[str] | None = None
) -> Calendar:
    """Return the one calendar of a file.

    With `satker` and `patterns` the codes and pattern names are checked against them too.

    Raises:
        InputError: the first thing in the file that is wrong; nothing is returned of it.
    """
    document = read_yaml(path)
    calendar = document.read_as(Calendar)
    _check(document, calendar)
    known = None if satker is None else {one.code: one for one in satker}
    for index, stage in enumerate(calendar.stages):
        place = ("tahapan", index)
        if patterns is not None and stage.pattern not in patterns:
            raise document.unknown((*place, "pola"), stage.pattern, patterns)
        if known is not None:
            _check_codes(document, place, stage, known)
    return calendar


def read_calendars(
    folder: Path, *, satker: Collection[Satker] | None = None, patterns: Collection[str] | None = None
) -> tuple[Calendar, ...]:
    """Return all calendars of a folder, in the order of their file names.

    Raises:
        InputError: no such folder, a file that `read_calendar` refuses, a code in two files, or a file
            that does not end in `.yaml` and would be overlooked.
    """
    found: dict[str, Calendar] = {}
    for path in _files(folder):
        calendar = read_calendar(path, satker=satker, patterns=patterns)
        if calendar.code in found:
            problem = f"`{calendar.code}` is already the code of another calendar."
            raise InputError(
                problem, file=path, line=None, key="kode", remedy="Give each election its own code."
            )
        found[calendar.code] = calendar
    return tuple(found.values())


def readable_calendars(
    folder: Path, *, satker: Collection[Satker] | None = None, patterns: Collection[str] | None = None
) -> tuple[Calendar, ...]:
    """Return the calendars of a folder that `read_calendar` accepts, leaving the others out.

    For places that must not fall silent for all elections because of one; `read_calendars` reports what
    is wrong. Of two calendars with one code the first by file name stays.
    """
    found: dict[str, Calendar] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            calendar = read_calendar(path, satker=satker, patterns=patterns)
        except InputError:
            continue
        found.setdefault(calendar.code, calendar)
    return tuple(found.values())


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise InputError("there is no such folder.", file=folder, line=None, key="file", remedy="Restore it.")
    for path in sorted(folder.iterdir()):
        if path.suffix == ".yaml":
            yield path
        elif path.suffix.lower() in {".yml", ".yaml", ".txt", ".json"}:
            problem = "a calendar whose name does not end in `.yaml` would be overlooked."
            raise InputError(
                problem, file=path, line=None, key="file", remedy=f"Rename it to {path.stem}.yaml."
            )


def _check(document: Document, calendar: Calendar) -> None:
    _check_sources(document, ("dasar_hukum",), calendar.legal_basis, calendar)
    slugs: dict[str, int] = {}
    for index, stage in enumerate(calendar.stages):
        if stage.slug in slugs:
            first = document.line_of(("tahapan", slugs[stage.slug], "id"))
            problem = f"the id `{stage.slug}` stands twice (first in line {first})."
            raise document.error(("tahapan", index, "id"), problem, "Give each stage its own id.")
        slugs[stage.slug] = index
    for index, stage in enumerate(calendar.stages):
        _check_stage(document, ("tahapan", index), stage, calendar)
        _check_parents(document, index, calendar, slugs)
    polling = slugs.get("pemungutan-suara")
    if polling is not None and calendar.stages[polling].begins_on != calendar.polling_day:
        problem = f"{calendar.polling_day} is not the day of the stage `pemungutan-suara`."
        raise document.error(("hari_pemungutan_suara",), problem, "Let both name the same day.")


def _check_stage(document: Document, place: Location, stage: Stage, calendar: Calendar) -> None:
    if stage.begins_on and stage.ends_on and stage.ends_on < stage.begins_on:
        problem = f"{stage.ends_on} lies before the beginning, {stage.begins_on}."
        raise document.error((*place, "selesai"), problem, "Correct one of the two dates.")
    if stage.condition not in calendar.conditions:
        raise document.unknown(
            (*place, "syarat"), stage.condition, [str(name) for name in calendar.conditions]
        )
    if stage.pattern == CONDITIONAL and (stage.begins_on or stage.ends_on):
        problem = "a stage that depends on an event (`bersyarat`) has no date of its own."
        key = "mulai" if stage.begins_on else "selesai"
        raise document.error((*place, key), problem, "Write null, or choose another pattern.")
    _check_doubles(document, (*place, "berlaku_untuk"), stage.binds)
    _check_doubles(document, (*place, "satker"), stage.satker_codes)
    _check_references(document, (*place, "sumber"), stage.sources, calendar)
    _check_sources(document, (*place, "dasar_hukum"), stage.legal_basis, calendar)
    for number, event in enumerate(stage.events):
        _check_references(document, (*place, "peristiwa", number, "sumber"), event.sources, calendar)


def _check_parents(document: Document, index: int, calendar: Calendar, slugs: Mapping[str, int]) -> None:
    place: Location = ("tahapan", index, "induk")
    own = calendar.stages[index].slug
    passed = {own}
    parent = calendar.stages[index].parent
    if parent is not None and parent not in slugs:
        raise document.unknown(place, parent, set(slugs) - passed)
    while parent is not None and parent in slugs:
        if parent in passed:
            raise document.error(place, f"`{own}` is its own parent.", "Name the stage above it, or null.")
        passed.add(parent)
        parent = calendar.stages[slugs[parent]].parent


def _check_sources(
    document: Document, place: Location, legal_basis: Sequence[LegalBasis], calendar: Calendar
) -> None:
    for number, basis in enumerate(legal_basis):
        _check_references(document, (*place, number, "sumber"), basis.sources, calendar)


def _check_references(document: Document, place: Location, names: Sequence[str], calendar: Calendar) -> None:
    for number, name in enumerate(names):
        if name not in calendar.sources:
            raise document.unknown((*place, number), name, calendar.sources)
    _check_doubles(document, place, names)


def _check_doubles(document: Document, place: Location, names: Sequence[str]) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise document.error((*place, number), f"`{name}` stands twice in this list.", "Keep one.")


def _check_codes(document: Document, place: Location, stage: Stage, known: Mapping[str, Satker]) -> None:
    for number, code in enumerate(stage.satker_codes):
        if code not in known:
            raise document.unknown((*place, "satker", number), code, known)
        if known[code].kind not in stage.binds:
            problem = f"{code} is a {known[code].kind}, which `berlaku_untuk` does not name."
            raise document.error((*place, "satker", number), problem, "Name its kind there.")
