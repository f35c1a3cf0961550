"""What an amended calendar says differently: stages and their messages, one difference a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple

from kabar.election import Calendar, LegalBasis, Stage
from kabar.pattern import Patterns
from kabar.tonggak import Tonggak, tonggak_of

Verb = Literal["appeared", "vanished", "moved", "changed"]


class Difference(NamedTuple):
    """One thing that is not as it was."""

    verb: Verb
    #: Slug of the stage, key of the tonggak, or the code of the calendar itself.
    subject: str
    #: Key of the calendar's file; `tonggak` for a message, `tahapan` for a whole stage.
    key: str
    before: str
    after: str


def differences(old: Calendar, new: Calendar, patterns: Patterns) -> tuple[Difference, ...]:
    """Compare two versions of a calendar: the calendar itself, its stages, then their tonggak.

    Stages are the same if their id is; a tonggak is the same if its key is.
    """
    return (
        *_of_calendar(old, new),
        *_of_stages(old, new),
        *_of_tonggak(_tonggak(old, patterns), _tonggak(new, patterns)),
    )


def _of_calendar(old: Calendar, new: Calendar) -> Iterator[Difference]:
    keys = (
        ("kode", old.code, new.code),
        ("versi", str(old.version), str(new.version)),
        ("nama", old.title, new.title),
        ("hari_pemungutan_suara", _day(old.polling_day), _day(new.polling_day)),
        ("berlaku_sejak", _day(old.takes_effect_on), _day(new.takes_effect_on)),
        ("dasar_hukum", _law(old.legal_basis), _law(new.legal_basis)),
    )
    for key, before, after in keys:
        if before != after:
            yield Difference("moved" if "hari" in key else "changed", new.code, key, before, after)


def _of_stages(old: Calendar, new: Calendar) -> Iterator[Difference]:
    before = {stage.slug: stage for stage in old.stages}
    after = {stage.slug: stage for stage in new.stages}
    for slug, stage in before.items():
        if slug not in after:
            yield Difference("vanished", slug, "tahapan", _days(stage), "")
    for slug, stage in after.items():
        if slug not in before:
            yield Difference("appeared", slug, "tahapan", "", _days(stage))
            continue
        yield from _of_stage(before[slug], stage)


def _of_stage(old: Stage, new: Stage) -> Iterator[Difference]:
    for key, was, now in (("mulai", old.begins_on, new.begins_on), ("selesai", old.ends_on, new.ends_on)):
        if was != now:
            yield Difference("moved", new.slug, key, _day(was), _day(now))
    keys = (
        ("nama", old.title, new.title),
        ("induk", old.parent or "", new.parent or ""),
        ("dasar_hukum", _law(old.legal_basis), _law(new.legal_basis)),
        ("berlaku_untuk", ", ".join(old.binds), ", ".join(new.binds)),
        ("syarat", old.condition, new.condition),
        ("satker", ", ".join(old.satker_codes), ", ".join(new.satker_codes)),
        ("pola", old.pattern, new.pattern),
        ("status", old.status, new.status),
        ("tidak_terlaksana", str(old.not_held), str(new.not_held)),
        ("waktu_setempat", str(old.local_hours or ""), str(new.local_hours or "")),
        ("ringkasan", old.summary, new.summary),
        ("ajakan", old.call_to_action, new.call_to_action),
        ("tautan", old.link or "", new.link or ""),
    )
    for key, before, after in keys:
        if before != after:
            yield Difference("changed", new.slug, key, before, after)


def _of_tonggak(old: dict[str, Tonggak], new: dict[str, Tonggak]) -> Iterator[Difference]:
    for key, one in old.items():
        if key not in new:
            yield Difference("vanished", key, "tonggak", _moment(one), "")
    for key, one in new.items():
        if key not in old:
            yield Difference("appeared", key, "tonggak", "", _moment(one))
        elif _moment(old[key]) != _moment(one):
            yield Difference("moved", key, "tonggak", _moment(old[key]), _moment(one))


def _tonggak(calendar: Calendar, patterns: Patterns) -> dict[str, Tonggak]:
    return {one.key: one for stage in calendar.stages for one in tonggak_of(calendar, stage, patterns)}


def _moment(tonggak: Tonggak) -> str:
    return f"{tonggak.on_date} {tonggak.at_time:%H.%M}"


def _days(stage: Stage) -> str:
    return f"{_day(stage.begins_on)} to {_day(stage.ends_on)}"


def _day(day: date | None) -> str:
    return str(day) if day else "no date"


def _law(rules: Sequence[LegalBasis]) -> str:
    return "; ".join(f"{rule.rule}, {rule.part} ({rule.status})" for rule in rules)
