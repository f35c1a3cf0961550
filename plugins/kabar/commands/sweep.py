"""Every draft of whole elections, rendered and checked by all cores, with equal findings taken together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from kabar.channels.composing import word_misfits
from kabar.commands.contrast import contrasting
from kabar.content import Finding, Origin, Origins, Templates, Text, check, open_templates, render
from kabar.election import binds
from kabar.errors import InputError
from kabar.orchestration.tables import Tables
from kabar.plan import Obligation, obligations_of, public_stages
from kabar.settings import Settings
from kabar.tonggak import tonggak_of
from kabar.yaml_file import read_yaml

#: Enough to see what the drafts with a finding have in common.
EXAMPLES: Final = 3
#: Facts that make the same fault read differently for each satker.
_OWN: Final = ("satker_lengkap", "satker", "wilayah")
_NUMBER: Final = re.compile(r"\d+")


class Unit(NamedTuple):
    """One tonggak: what a process takes at a time."""

    number: int
    calendar: str
    stage: str
    tonggak: str
    channels: tuple[str, ...]
    #: Codes of the satker whose drafts it holds.
    satker: frozenset[str]
    drafts: int


class Example(NamedTuple):
    """One draft with a finding; examples sort in the order of the plan."""

    unit: int
    place: int
    draft: str


class Fault(NamedTuple):
    """What equal findings have in common."""

    severity: str
    rule: str
    #: With `{satker}` and `{wilayah}` in the place of names, and of numbers those of the first draft.
    message: str
    legal_basis: str
    origin: Origin


@dataclass(slots=True)
class Group:
    """Equal findings of many drafts."""

    fault: Fault
    count: int
    examples: list[Example]

    def add(self, other: Group) -> None:
        """Take the drafts of another process in."""
        self.count += other.count
        self.examples = sorted(self.examples + other.examples)[:EXAMPLES]
        if other.examples[0] == self.examples[0]:
            self.fault = other.fault


def units_of(
    tables: Tables,
    *,
    channels: Sequence[str],
    contrasted: Sequence[str] = (),
    calendar: str | None = None,
    stage: str | None = None,
) -> tuple[Unit, ...]:
    """List the tonggak of all elections, or of one, or of one stage, that some satker must speak of.

    On `channels` every satker speaks; on those `contrasted` only the few that stand for all of them.
    """
    found: list[Unit] = []
    for election in tables.calendars:
        for one in public_stages(election):
            if calendar not in {None, election.code} or stage not in {None, one.slug}:
                continue
            bound = tuple(office for office in tables.satker if binds(one, office))
            crews = ((tuple(channels), bound), (tuple(contrasted), contrasting(bound)))
            for tonggak in tonggak_of(election, one, tables.patterns):
                for spoken, crew in crews:
                    if spoken and crew:
                        codes = frozenset(office.code for office in crew)
                        drafts = len(crew) * len(spoken)
                        found.append(
                            Unit(len(found), election.code, one.slug, tonggak.key, spoken, codes, drafts)
                        )
    return tuple(found)


def sweep(
    settings: Settings, units: Sequence[Unit], *, jobs: int | None, advance: Callable[[int], None]
) -> tuple[Group, ...]:
    """Render and check every draft of the units; gives the findings, those that block first.

    `advance` hears after each unit how many drafts it had. Nothing is changed anywhere. A template that
    cannot be filled is a finding too; InputError is raised for what `Tables.read` refuses.
    """
    groups: dict[Fault, Group] = {}
    for unit, found in zip(units, _results(settings, units, jobs or cores()), strict=True):
        for group in found:
            key = _kind_of(group.fault)
            if key in groups:
                groups[key].add(group)
            else:
                groups[key] = group
        advance(unit.drafts)
    return tuple(sorted(groups.values(), key=_order))


def cores() -> int:
    """Give the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def _results(settings: Settings, units: Sequence[Unit], jobs: int) -> Iterator[list[Group]]:
    work = partial(check_unit, settings)
    if jobs == 1:
        yield from map(work, units)
        return
    with get_context().Pool(jobs) as pool:
        yield from pool.imap(work, units)


def check_unit(settings: Settings, unit: Unit) -> list[Group]:
    """Render and check the drafts of one tonggak; tables are read once in each process."""
    desk = _desk(settings)
    calendar = desk.tables.calendar(unit.calendar)
    stage = calendar.stage(unit.stage)
    tonggak = next(
        one for one in tonggak_of(calendar, stage, desk.tables.patterns) if one.key == unit.tonggak
    )
    groups: dict[Fault, Group] = {}
    crew = [one for one in desk.tables.satker if one.code in unit.satker]
    for place, obligation in enumerate(obligations_of(calendar, stage, tonggak, crew, unit.channels)):
        for fault in _faults(obligation, desk):
            example = Example(unit.number, place, _name_of(obligation))
            group = groups.setdefault(_kind_of(fault), Group(fault, 0, []))
            group.count += 1
            group.examples = [*group.examples, example][:EXAMPLES]
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Desk:
    tables: Tables
    templates: Templates
    origins: Origins


@lru_cache(maxsize=1)
def _desk(settings: Settings) -> _Desk:
    tables = Tables.read(settings)
    templates = open_templates(settings.templates)
    documents = {
        str(document.data["kode"]): document
        for document in map(read_yaml, sorted(settings.calendars.glob("*.yaml")))
        if isinstance(document.data, dict)
    }
    return _Desk(tables, templates, Origins(templates, documents))


def _faults(obligation: Obligation, desk: _Desk) -> Iterable[Fault]:
    try:
        text = render(obligation, calendar=obligation.calendar, templates=desk.templates)
    except InputError as error:
        message = f"{error.problem} {error.remedy}"
        return (Fault("block", "template", message, "", Origin(error.file, error.line)),)
    # Pictures are made when a draft is made, so here only the words are held to the channel.
    findings = (*check(text, obligation, desk.tables.rules), *word_misfits(obligation.channel, text))
    return [_fault(one, text, obligation, desk) for one in findings]


def _fault(finding: Finding, text: Text, obligation: Obligation, desk: _Desk) -> Fault:
    origin = desk.origins.of(finding.message, obligation)
    message = finding.message
    for name in _OWN:
        if value := text.facts.get(name):
            message = message.replace(value, f"{{{name}}}")
    return Fault(finding.severity, finding.rule, message, finding.legal_basis, origin)


def _kind_of(fault: Fault) -> Fault:
    """Findings that differ in a number alone (a length, say) are of one kind."""
    return fault._replace(message=_NUMBER.sub("…", fault.message))


def _name_of(obligation: Obligation) -> str:
    satker = obligation.satker
    channel = obligation.channel
    return f"{obligation.calendar.code} {obligation.tonggak.key} {satker.code} {satker.short_name} {channel}"


def _order(group: Group) -> tuple[bool, Path, int, str, list[Example]]:
    fault = group.fault
    return (
        fault.severity != "block",
        fault.origin.file,
        fault.origin.line or 0,
        fault.rule,
        group.examples,
    )
