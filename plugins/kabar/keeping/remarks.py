"""What an editor should look at in a calendar that can be read: sources, statuses, dates, the law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Final, Literal, NamedTuple

from kabar.calendar import read_calendar
from kabar.election import Calendar, Stage
from kabar.keeping.law import unfit_dates
from kabar.pattern import Patterns
from kabar.reading import Document, Location
from kabar.satker import Satker
from kabar.tonggak import is_public, never_sayable
from kabar.yaml_file import read_yaml

Severity = Literal["wrong", "doubtful"]
#: Pages that must agree before a date counts as `terverifikasi`, and for `satu_sumber`.
PAGES: Final = {"terverifikasi": 2, "satu_sumber": 1, "ingatan": 0}


class Remark(NamedTuple):
    """A sentence about one line of a calendar: `wrong` must be mended, `doubtful` must be answered for."""

    file: Path
    line: int | None
    severity: Severity
    sentence: str


def remarks_on(path: Path, *, satker: tuple[Satker, ...], patterns: Patterns) -> tuple[Remark, ...]:
    """Report what is wrong or doubtful in the calendar of a file, in the order of its lines.

    InputError for what the strict reader refuses: then there is no calendar to speak about.
    """
    calendar = read_calendar(path, satker=satker, patterns=patterns.by_name)
    document = read_yaml(path)
    found = [
        Remark(path, document.line_of(place), severity, sentence)
        for place, severity, sentence in (*_all(calendar, document), *_too_late(calendar, patterns))
    ]
    return tuple(sorted(found, key=lambda remark: (remark.line or 0, remark.sentence)))


def _too_late(calendar: Calendar, patterns: Patterns) -> Iterator[tuple[Location, Severity, str]]:
    """Messages that would be over before they are due, such as after the TPS have closed."""
    for index, stage in enumerate(calendar.stages):
        for one in never_sayable(calendar, stage, patterns):
            said = f"`{one.label}` at {one.at_time:%H.%M} is never said: it is over at {one.last_time:%H.%M}."
            yield ("tahapan", index, "pola"), "wrong", f"{stage.slug}: {said}"


def _all(calendar: Calendar, document: Document) -> Iterator[tuple[Location, Severity, str]]:
    place_of = {stage.slug: ("tahapan", place) for place, stage in enumerate(calendar.stages)}
    yield from _unused_sources(calendar)
    for stage in calendar.stages:
        place = place_of[stage.slug]
        yield from ((place + key, "doubtful", said) for key, said in _vouching(stage))
        yield from ((place + key, "doubtful", said) for key, said in _outside_parent(stage, calendar))
        yield from ((place + key, "doubtful", said) for key, said in _deadline(stage))
    for unfit in unfit_dates(calendar):
        yield (*place_of[unfit.stage.slug], unfit.key), "wrong", unfit.sentence
    for first, second in _doubles(calendar):
        line = document.line_of((*place_of[first.slug], "id"))
        said = (
            f"{second.slug} says the same as {first.slug} (line {line}): same days, same satker, same parent."
        )
        yield (*place_of[second.slug], "id"), "doubtful", said
    slugs = set(place_of)
    if calendar.polling_day and "pemungutan-suara" in slugs and "masa-tenang" not in slugs:
        said = "there is a polling day but no stage masa-tenang, so no message is held to its filter."
        yield ("hari_pemungutan_suara",), "doubtful", said


def _unused_sources(calendar: Calendar) -> Iterator[tuple[Location, Severity, str]]:
    used = {name for basis in calendar.legal_basis for name in basis.sources}
    for stage in calendar.stages:
        used |= {*stage.sources, *(name for basis in stage.legal_basis for name in basis.sources)}
        used |= {name for event in stage.events for name in event.sources}
    for name in calendar.sources:
        if name not in used:
            yield ("sumber", name), "doubtful", f"the source {name} vouches for nothing; cite or remove it."
    pages = Counter(source.address for source in calendar.sources.values())
    for name, source in calendar.sources.items():
        if pages[source.address] > 1:
            said = f"the page of {name} stands under {pages[source.address]} names; one page is one source."
            yield ("sumber", name), "wrong", said


def _vouching(stage: Stage) -> Iterator[tuple[Location, str]]:
    pages = len(stage.sources)
    if pages < PAGES[stage.status]:
        need = PAGES[stage.status]
        yield (
            ("status",),
            f"{stage.slug} is called {stage.status}, which takes {need} pages; it names {pages}.",
        )
    if stage.status == "ingatan" and is_public(stage.model_copy(update={"status": "satu_sumber"})):
        yield ("status",), f"{stage.slug} is known from memory only, so it is never spoken of; find a source."


def _outside_parent(stage: Stage, calendar: Calendar) -> Iterator[tuple[Location, str]]:
    if stage.parent is None:
        return
    parent = calendar.stage(stage.parent)
    # A stage that prepares its parent's one day (the letters before polling) lies before it by nature.
    if parent.begins_on == parent.ends_on:
        return
    first, last = stage.begins_on or stage.ends_on, stage.ends_on or stage.begins_on
    if first and parent.begins_on and first < parent.begins_on:
        key = "mulai" if stage.begins_on else "selesai"
        yield (key,), f"{stage.slug} begins before its parent {parent.slug}, on {parent.begins_on}."
    if last and parent.ends_on and last > parent.ends_on:
        key = "selesai" if stage.ends_on else "mulai"
        yield (key,), f"{stage.slug} goes on after its parent {parent.slug} ends, on {parent.ends_on}."


def _deadline(stage: Stage) -> Iterator[tuple[Location, str]]:
    if stage.deadline and (stage.deadline.days is None) != (stage.deadline.anchor is None):
        yield ("tenggat",), f"the deadline of {stage.slug} needs both `hari` and `acuan`, or neither of them."
    for number, (earlier, later) in enumerate(pairwise(stage.events), start=1):
        if later.happened_on < earlier.happened_on:
            yield (
                ("peristiwa", number),
                f"the events of {stage.slug} do not stand in the order of their days.",
            )


def _doubles(calendar: Calendar) -> Iterator[tuple[Stage, Stage]]:
    """Find siblings that overlap entirely: whoever is bound would say everything twice."""
    for first, second in combinations((one for one in calendar.stages if is_public(one)), 2):
        if _extent(first) == _extent(second) and set(first.binds) & set(second.binds):
            yield first, second


def _extent(stage: Stage) -> tuple[object, ...]:
    return (
        stage.parent,
        stage.begins_on,
        stage.ends_on,
        stage.satker_codes,
        stage.condition,
        stage.pattern,
    )
