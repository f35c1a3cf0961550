"""`kabar check`: everything in `include/`, read strictly, rendered for every satker and held to the rules."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from kabar.commands.sweep import Group, cores, sweep, units_of
from kabar.commands.terminal import Bar, say
from kabar.errors import RefusedError
from kabar.orchestration.tables import Tables, check_include
from kabar.settings import Settings

BLOCKED = 1


def check_all(options: argparse.Namespace, settings: Settings) -> int:
    """Read every table; without `--fast` also write and check every draft. Gives 1 when a finding blocks."""
    tables = check_include(settings)
    stages = sum(len(calendar.stages) for calendar in tables.calendars)
    say(
        f"{len(tables.satker)} satker, {len(tables.calendars)} calendars with {stages} stages, "
        f"{len(tables.accounts)} accounts: all can be read."
    )
    if options.fast:
        return 0
    if options.calendar is not None:
        tables.calendar(options.calendar)
    whole, contrasted = _channels(options.channel, tables)
    units = units_of(
        tables, channels=whole, contrasted=contrasted, calendar=options.calendar, stage=options.stage
    )
    if not units:
        raise RefusedError(f"No calendar has a public dated stage {options.stage!r}.")
    jobs = options.jobs or cores()
    if jobs < 1:
        raise RefusedError("--jobs needs at least 1.")
    began = time.monotonic()
    total = sum(unit.drafts for unit in units)
    bar = Bar(total, noun="drafts")
    groups = sweep(settings, units, jobs=jobs, advance=bar.advance)
    bar.close()
    for group in groups:
        _show(group)
    processes = "1 process" if jobs == 1 else f"{jobs} processes"
    say(f"{total:,} drafts rendered and checked in {time.monotonic() - began:.1f} s by {processes}.")
    if contrasted:
        say(
            f"On {', '.join(whole)} for every satker; on {', '.join(contrasted)} for those that differ in "
            "more than their names, with the longest names. --channel NAME checks every satker on a channel."
        )
    blocking = sum(group.count for group in groups if group.fault.severity == "block")
    warning = sum(group.count for group in groups) - blocking
    say(f"{blocking:,} findings block, {warning:,} warn.")
    return BLOCKED if blocking else 0


def _channels(chosen: Sequence[str] | None, tables: Tables) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The channels to be checked for every satker, and those for few: by default, what not everyone owes."""
    table = tables.channels
    for channel in chosen or ():
        if channel not in table.names:
            raise RefusedError(f"There is no channel {channel!r}; there are {', '.join(table.names)}.")
    if chosen:
        return tuple(chosen), ()
    owed = table.owed_with(())
    return owed, tuple(name for name in table.names if name not in owed)


def _show(group: Group) -> None:
    fault = group.fault
    drafts = "1 draft" if group.count == 1 else f"{group.count:,} drafts"
    say(f"{fault.origin}: {fault.severity} {fault.rule} in {drafts}: {fault.message}")
    if fault.legal_basis:
        say(f"    basis: {fault.legal_basis}")
    say(f"    such as {'; '.join(example.draft for example in group.examples)}")
