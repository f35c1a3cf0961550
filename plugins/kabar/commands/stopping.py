"""`kabar stop …`: stop publishing, and lift a stop again."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kabar.calendar import readable_calendars
from kabar.channel_table import read_channels
from kabar.commands.terminal import say
from kabar.commands.warehouse import database_url
from kabar.errors import RefusedError
from kabar.reading import suggestion
from kabar.satker import read_satker
from kabar.settings import Settings
from kabar.store import stops
from kabar.store.database import database

#: A satker's code begins with its province's; `00` is KPU RI.
PROVINCE_DIGITS = 2
#: Posts that are named one by one.
SHOWN = 20


def raise_stop(options: argparse.Namespace, settings: Settings) -> None:
    """Raise a stop: from now on nothing in its scope is sent; RefusedError for a scope that is empty."""
    channels = read_channels(settings.include / "channels.yaml")
    _check_scope(options, settings, channels.names)
    if options.until is not None and options.until.tzinfo is None:
        raise RefusedError("--until needs a zone, such as 2024-11-27T13:00+07:00.")
    with database(database_url(settings)) as pool, pool.connection() as connection:
        scope = stops.StopScope(
            calendar=options.calendar,
            stage=options.stage,
            province_code=options.province,
            satker_code=options.satker,
            channel=options.channel,
        )
        number = stops.raise_stop(
            connection,
            scope,
            reason=options.reason,
            raised_by=options.by,
            ends_at=options.until,
        )
        # What is out of reach is known once the stop is committed.
        connection.commit()
        beyond = stops.reach(connection, number)
    say(f"Stop {number} stands: nothing in its scope is claimed any more.")
    _say_what_is_beyond(beyond)


def _say_what_is_beyond(beyond: stops.Reach) -> None:
    for rows, words in (
        (beyond.being_sent, "being sent at this moment, and stopped only if the call has not begun"),
        (beyond.in_doubt, "unconfirmed: they may stand on the platform already"),
        (beyond.in_hand, "manual cards in an officer's hand: call that office"),
    ):
        if rows:
            codes = ", ".join(f"{row['satker_code']} {row['channel']}" for row in rows[:SHOWN])
            more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
            say(f"Out of reach: {len(rows)} {words}: {codes}{more}.")
    if beyond.published:
        say(f"Out of reach: {beyond.published} are published and stay; a stop withdraws nothing.")
    if not any(beyond):
        say("Nothing in its scope is out of its reach.")


def _check_scope(options: argparse.Namespace, settings: Settings, channels: Sequence[str]) -> None:
    """Refuse a scope in which there is nothing: nobody may rely on a stop that stops nobody.

    A calendar that cannot be read is left out: a stop has to be possible while one is broken, and the claim
    holds the posts of that one by itself.
    """
    satker = [one.code for one in read_satker(settings.include / "satker.csv")]
    calendars = readable_calendars(settings.calendars)
    known = {
        "province": [code for code in satker if len(code) == PROVINCE_DIGITS],
        "satker": satker,
        "channel": channels,
        "calendar": [one.code for one in calendars],
        "stage": [
            stage.slug for one in calendars if options.calendar in {None, one.code} for stage in one.stages
        ],
    }
    for part, words in known.items():
        word = getattr(options, part)
        if word is not None and word not in words:
            raise RefusedError(
                f"--{part} {word}: there is none, so nothing would stop. {suggestion(word, words)}"
            )


def lift_stop(options: argparse.Namespace, settings: Settings) -> None:
    """Lift a stop; what it held stays held."""
    with database(database_url(settings)) as pool, pool.connection() as connection:
        if not stops.lift_stop(connection, options.number, lifted_by=options.by):
            raise RefusedError(f"There is no standing stop {options.number}; `kabar stop list` shows them.")
    say(f"Stop {options.number} is lifted. What it held stays held until somebody decides again.")


def list_stops(_options: argparse.Namespace, settings: Settings) -> None:
    """Show every stop that stands."""
    with database(database_url(settings)) as pool, pool.connection() as connection:
        for stop in stops.standing_stops(connection):
            scope = ", ".join(
                f"{part} {stop[part]}"
                for part in ("calendar", "stage", "province_code", "satker_code", "channel")
                if stop[part] is not None
            )
            say(f"{stop['id']}: {scope or 'everything'}; {stop['reason']} ({stop['raised_by']})")
