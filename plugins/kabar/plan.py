"""The obligation matrix: who must say what, when, on which channel. The denominator of all compliance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from kabar.election import Calendar, Stage, binds
from kabar.satker import ZONES, Satker
from kabar.tonggak import Patterns, Tonggak, is_public, tonggak_of


class Obligation(NamedTuple):
    """One message that one satker owes its public on one channel."""

    calendar: Calendar
    stage: Stage
    tonggak: Tonggak
    satker: Satker
    channel: str
    #: Due at this moment, in the satker's own zone.
    publish_at: datetime
    #: Not worth saying after this moment.
    not_after: datetime


def public_stages(calendar: Calendar) -> tuple[Stage, ...]:
    """Return the stages that are spoken of: dated, public, held, vouched for, binding somebody."""
    return tuple(stage for stage in calendar.stages if is_public(stage))


def plan(
    calendar: Calendar, satker: Sequence[Satker], channels: Sequence[str], patterns: Patterns
) -> tuple[Obligation, ...]:
    """Return everything that must be said in an election, without asking the clock.

    Ordered by stage, tonggak, wave (east first), satker and channel. An hour that is local is three
    instants, one for each zone.
    """
    in_waves = _in_waves(satker)
    return tuple(
        obligation
        for stage in public_stages(calendar)
        if (bound := tuple(one for one in in_waves if binds(stage, one)))
        for tonggak in tonggak_of(calendar, stage, patterns)
        for obligation in _obligations(calendar, stage, tonggak, bound, channels)
    )


def obligations_of(
    calendar: Calendar, stage: Stage, tonggak: Tonggak, satker: Sequence[Satker], channels: Sequence[str]
) -> tuple[Obligation, ...]:
    """Return what one tonggak asks of those among `satker` whom its stage binds, in the order of `plan`."""
    bound = tuple(one for one in _in_waves(satker) if binds(stage, one))
    return tuple(_obligations(calendar, stage, tonggak, bound, channels))


def _in_waves(satker: Sequence[Satker]) -> tuple[Satker, ...]:
    order = {zone: place for place, zone in enumerate(ZONES)}
    return tuple(sorted(satker, key=lambda one: (order[one.zone], one.code)))


def _obligations(
    calendar: Calendar, stage: Stage, tonggak: Tonggak, bound: Sequence[Satker], channels: Sequence[str]
) -> Iterator[Obligation]:
    instants = {
        one.zone: (tonggak.publish_at(one.timezone), tonggak.not_after(one.timezone)) for one in bound
    }
    for one in bound:
        publish_at, not_after = instants[one.zone]
        for channel in channels:
            yield Obligation(calendar, stage, tonggak, one, channel, publish_at, not_after)
