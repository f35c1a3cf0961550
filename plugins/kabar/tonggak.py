"""Milestones (tonggak): the moments at which a stage must be spoken of, in the local time of each satker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kabar.election import Calendar, Stage
from kabar.pattern import CONDITIONAL, INTERNAL, Entry, MessageKind, Pattern, Patterns, read_patterns

__all__ = [
    "MessageKind",
    "Pattern",
    "Patterns",
    "Tonggak",
    "is_public",
    "never_sayable",
    "read_patterns",
    "tonggak_of",
]

END_OF_DAY = time(23, 59, 59)
#: When two messages of a stage meet, the first of these stays.
PRIORITY: tuple[MessageKind, ...] = ("hari_h", "pengingat", "penutup", "pengumuman", "edukasi")


@dataclass(frozen=True, slots=True)
class Tonggak:
    """One message of a stage that is due on a day at a local hour, the same everywhere on the clock."""

    #: `pendaftaran-paslon|H-7`: unique in a calendar, and the partition key of its run.
    key: str
    #: `H-7`, `H`, `H+7` from the first day, `akhir-3`, `akhir`, `akhir+1` from the last; `H.0700` with the
    #: local hour where one day has several.
    label: str
    stage: str
    kind: MessageKind
    on_date: date
    at_time: time
    #: What an hour of voting day is about; None for all others.
    theme: str | None
    #: The day that is counted to or from.
    anchor_on: date
    #: Days from the message to its anchor; negative afterwards.
    days_to_anchor: int
    last_on: date
    last_time: time

    @property
    def is_sayable(self) -> bool:
        """Whether there is any time between its due moment and its last."""
        return (self.last_on, self.last_time) > (self.on_date, self.at_time)

    def publish_at(self, zone: ZoneInfo) -> datetime:
        """Return the moment at which it is due in a zone."""
        return datetime.combine(self.on_date, self.at_time, tzinfo=zone)

    def not_after(self, zone: ZoneInfo) -> datetime:
        """Return the last moment at which it is still worth saying in a zone."""
        return datetime.combine(self.last_on, self.last_time, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class _Moment:
    """An entry of a pattern on one of its days, before collisions are settled."""

    entry: Entry
    anchor_on: date
    offset_days: int

    @property
    def on_date(self) -> date:
        return self.anchor_on + timedelta(days=self.offset_days)

    @property
    def local(self) -> datetime:
        # Wall-clock arithmetic without a zone: Indonesia has no daylight saving time.
        return datetime.combine(self.on_date, self.entry.at_time)

    @property
    def base_label(self) -> str:
        word = "H" if self.entry.anchor == "mulai" else "akhir"
        return f"{word}{self.offset_days:+d}" if self.offset_days else word


def is_public(stage: Stage) -> bool:
    """Return whether a stage is ever spoken of by itself.

    It has a date, was held, binds somebody, is not internal, does not depend on an event, and its dates
    are not merely remembered (`ingatan`).
    """
    return (
        (stage.begins_on is not None or stage.ends_on is not None)
        and not stage.not_held
        and bool(stage.binds)
        and stage.pattern not in {INTERNAL, CONDITIONAL}
        and stage.status != "ingatan"
    )


def tonggak_of(calendar: Calendar, stage: Stage, patterns: Patterns) -> tuple[Tonggak, ...]:
    """Return the tonggak of a stage in the order of their local time; none for a stage that is not public.

    One that is over before it is due is left out; `never_sayable` names it.

    Keys are unique, and so are local instants. `KeyError` for a pattern that does not exist:
    `read_calendars` says so with file and line when it is given the names.
    """
    return tuple(one for one in _all_of(calendar, stage, patterns) if one.is_sayable)


def never_sayable(calendar: Calendar, stage: Stage, patterns: Patterns) -> tuple[Tonggak, ...]:
    """Return what a pattern asks for when it is over already, such as an hour after the TPS have closed."""
    return tuple(one for one in _all_of(calendar, stage, patterns) if not one.is_sayable)


def _all_of(calendar: Calendar, stage: Stage, patterns: Patterns) -> tuple[Tonggak, ...]:
    if not is_public(stage):
        return ()
    moments = [
        moment
        for entry in patterns.by_name[stage.pattern].entries
        for moment in _moments(entry, stage)
        if _is_wanted(moment, calendar, stage)
    ]
    labels = Counter(moment.base_label for moment in moments)
    kept = _without_collisions(moments)
    return tuple(_tonggak(moment, kept, stage, patterns, labels) for moment in kept)


def _moments(entry: Entry, stage: Stage) -> Iterator[_Moment]:
    anchor_on = stage.begins_on if entry.anchor == "mulai" else stage.ends_on
    if anchor_on is None:
        return
    days_long = (stage.ends_on - anchor_on).days if stage.ends_on else -1
    if entry.offset_days is not None:
        offsets: Sequence[int] = (entry.offset_days,)
    elif entry.countdown is not None:
        offsets = range(entry.countdown.first, entry.countdown.last + 1)
    elif entry.repeat == "mingguan":
        # The first day has its own message, so the weeks begin with the second.
        offsets = range(7, days_long + 1, 7)
    else:
        offsets = range(days_long + 1)
    for offset in offsets:
        yield _Moment(entry, anchor_on, offset)


def _is_wanted(moment: _Moment, calendar: Calendar, stage: Stage) -> bool:
    if moment.entry.condition == "ada_jam":
        return stage.local_hours is not None
    if moment.entry.condition == "hari_tersedia":
        available_from = calendar.takes_effect_on
        if moment.entry.anchor == "selesai" and stage.begins_on is not None:
            available_from = stage.begins_on
        return available_from is None or moment.on_date >= available_from
    return True


def _without_collisions(moments: list[_Moment]) -> tuple[_Moment, ...]:
    by_instant: dict[datetime, _Moment] = {}
    for moment in sorted(moments, key=lambda one: (PRIORITY.index(one.entry.kind), one.base_label)):
        by_instant.setdefault(moment.local, moment)
    on_day = Counter(moment.on_date for moment in by_instant.values())
    kept = (
        moment
        for moment in by_instant.values()
        if not (_is_weekly_education(moment) and on_day[moment.on_date] > 1)
    )
    return tuple(sorted(kept, key=lambda moment: moment.local))


def _is_weekly_education(moment: _Moment) -> bool:
    return moment.entry.repeat == "mingguan" and moment.entry.kind == "edukasi"


def _tonggak(
    moment: _Moment, all_of_stage: Sequence[_Moment], stage: Stage, patterns: Patterns, labels: Counter[str]
) -> Tonggak:
    label = moment.base_label
    if labels[label] > 1:
        label = f"{label}.{moment.entry.at_time:%H%M}"
    last = _last_moment(moment, all_of_stage, stage, patterns)
    return Tonggak(
        key=f"{stage.slug}|{label}",
        label=label,
        stage=stage.slug,
        kind=moment.entry.kind,
        on_date=moment.on_date,
        at_time=moment.entry.at_time,
        theme=moment.entry.theme,
        anchor_on=moment.anchor_on,
        days_to_anchor=-moment.offset_days,
        last_on=last.date(),
        last_time=last.time(),
    )


def _last_moment(
    moment: _Moment, all_of_stage: Sequence[_Moment], stage: Stage, patterns: Patterns
) -> datetime:
    validity = patterns.validity[moment.entry.kind]
    kind = moment.entry.kind
    later = [one for one in all_of_stage if one.entry.kind == kind and one.local > moment.local]
    limits: list[datetime] = []
    if validity.hours is not None:
        limits.append(moment.local + timedelta(hours=validity.hours))
    if validity.latest == "sebelum_acuan":
        limits.extend(_before_anchor(moment, stage))
    elif validity.latest == "akhir_hari":
        limits.append(_end_of(moment.on_date, stage))
        limits.extend(other.local for other in later if other.on_date == moment.on_date)
    return min(limits)


def _before_anchor(moment: _Moment, stage: Stage) -> Iterator[datetime]:
    if moment.offset_days < 0:
        yield datetime.combine(moment.anchor_on - timedelta(days=1), END_OF_DAY)
    elif stage.ends_on is not None and moment.on_date <= stage.ends_on:
        yield datetime.combine(stage.ends_on, END_OF_DAY)


def _end_of(day: date, stage: Stage) -> datetime:
    closes = stage.local_hours.ends if stage.local_hours and day == stage.ends_on else END_OF_DAY
    return datetime.combine(day, closes)
