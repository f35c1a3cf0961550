"""What stands in `include/`, read strictly and at once."""

from __future__ import annotations

from dataclasses import dataclass

from kabar.accounts import Account, read_accounts
from kabar.calendar import Calendar, Stage, read_calendars
from kabar.channel_table import ChannelTable, read_channels
from kabar.content import Rules, read_rules
from kabar.errors import InputError, RefusedError
from kabar.insights.catalogue import read_metrics
from kabar.officers import read_officers
from kabar.plan import public_stages
from kabar.satker import Satker, read_satker
from kabar.settings import Settings
from kabar.tonggak import Patterns, never_sayable, read_patterns


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything in `include/` that drafting needs, read strictly and at once."""

    satker: tuple[Satker, ...]
    accounts: tuple[Account, ...]
    channels: ChannelTable
    calendars: tuple[Calendar, ...]
    patterns: Patterns
    rules: Rules

    @classmethod
    def read(cls, settings: Settings) -> Tables:
        """Read the tables; one mistake in any of them is an `InputError` and nothing is drafted."""
        satker = read_satker(settings.include / "satker.csv")
        patterns = read_patterns(settings.include / "tonggak.yaml")
        return cls(
            satker=satker,
            accounts=read_accounts(settings.accounts_file, satker),
            channels=read_channels(settings.include / "channels.yaml"),
            calendars=read_calendars(settings.calendars, satker=satker, patterns=patterns.by_name),
            patterns=patterns,
            rules=read_rules(settings.include / "rules.yaml"),
        )

    def calendar(self, code: str) -> Calendar:
        """The calendar with this code."""
        for calendar in self.calendars:
            if calendar.code == code:
                return calendar
        known = ", ".join(calendar.code for calendar in self.calendars)
        raise RefusedError(f"There is no calendar {code!r}; there are {known}.")

    def stage(self, calendar: Calendar, slug: str) -> Stage:
        """A public, dated stage of a calendar."""
        for stage in public_stages(calendar):
            if stage.slug == slug:
                return stage
        known = ", ".join(stage.slug for stage in public_stages(calendar))
        raise RefusedError(f"{calendar.code} has no public dated stage {slug!r}; it has {known}.")


def check_include(settings: Settings) -> Tables:
    """Read every table of `include/`, also those that drafting does not need.

    Raises:
        InputError: The first mistake that is found, with file, line, key and remedy.
    """
    tables = Tables.read(settings)
    _check_hours(tables, settings)
    read_officers(settings.officers_file, tables.satker)
    read_metrics(settings.include / "metrics.yaml")
    return tables


def _check_hours(tables: Tables, settings: Settings) -> None:
    """Refuse an hour at which its message would be over already: it would silently never be said."""
    for calendar in tables.calendars:
        for stage in calendar.stages:
            for one in never_sayable(calendar, stage, tables.patterns):
                raise InputError(
                    f"{one.at_time:%H.%M} is too late for `{one.label}` of {stage.slug} in {calendar.code}: "
                    f"it is over at {one.last_time:%H.%M}.",
                    file=settings.include / "tonggak.yaml",
                    line=None,
                    key=f"pola.{stage.pattern}",
                    remedy="Choose an earlier hour, or let the message be valid longer.",
                )
