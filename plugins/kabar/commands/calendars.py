"""`kabar calendar …`: check, begin and compare the calendars of elections."""

from __future__ import annotations

import argparse
from pathlib import Path

from kabar.calendar import read_calendar
from kabar.commands.terminal import say
from kabar.content import Origin
from kabar.election import SLUG
from kabar.errors import InputError, RefusedError
from kabar.keeping.difference import differences
from kabar.keeping.remarks import remarks_on
from kabar.keeping.skeleton import BLANK, skeleton
from kabar.pattern import read_patterns
from kabar.satker import read_satker
from kabar.settings import Settings

WRONG = 1


def check_calendars(options: argparse.Namespace, settings: Settings) -> int:
    """Say what is wrong or doubtful in each file; gives 1 if something is wrong or cannot be read."""
    satker = read_satker(settings.include / "satker.csv")
    patterns = read_patterns(settings.include / "tonggak.yaml")
    files = options.files or sorted(settings.calendars.glob("*.yaml"))
    wrong = doubtful = 0
    for file in files:
        try:
            remarks = remarks_on(file, satker=satker, patterns=patterns)
        except InputError as error:
            say(f"{error}")
            wrong += 1
            continue
        for remark in remarks:
            say(f"{Origin(remark.file, remark.line)}: {remark.severity}: {remark.sentence}")
        wrong += sum(remark.severity == "wrong" for remark in remarks)
        doubtful += sum(remark.severity == "doubtful" for remark in remarks)
    say(f"{len(files)} calendars: {wrong} wrong, {doubtful} doubtful.")
    return WRONG if wrong else 0


def new_calendar(options: argparse.Namespace, settings: Settings) -> None:
    """Write the skeleton of a calendar; RefusedError if the code is no slug or the file is there."""
    if not SLUG.fullmatch(options.code):
        raise RefusedError(f"{options.code!r} is no code: write small letters, digits and single hyphens.")
    file: Path = options.to or Path(f"{options.code}.yaml")
    text = skeleton(options.code, tuple(read_patterns(settings.include / "tonggak.yaml").by_name))
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise RefusedError(f"{file} is already there; nothing was written.") from None
    except FileNotFoundError:
        raise RefusedError(f"There is no folder {file.parent}.") from None
    blanks = sum(line.count(BLANK) for line in text.splitlines() if not line.lstrip().startswith("#"))
    say(f"{file}: fill {blanks} blanks ({BLANK}), then run `kabar calendar check {file}`.")
    say(f"When it is content, move the file to {settings.calendars}.")


def diff_calendars(options: argparse.Namespace, settings: Settings) -> None:
    """Say what the second file changes against the first."""
    patterns = read_patterns(settings.include / "tonggak.yaml")
    old, new = (read_calendar(file, patterns=patterns.by_name) for file in (options.old, options.new))
    found = differences(old, new, patterns)
    for one in found:
        change = " → ".join(part for part in (one.before, one.after) if part)
        say(f"{one.verb} {one.subject} {one.key}: {change}")
    if found and new.version <= old.version:
        say(f"Raise `versi` above {old.version}: what was approved for the old calendar must be held.")
    say(f"{len(found)} differences." if found else "No difference.")
