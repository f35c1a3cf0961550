"""`kabar …`: what people and the Makefile call. Every command says in one sentence what went wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from kabar.calendar import readable_calendars
from kabar.channels import CHANNELS
from kabar.errors import KabarError, RefusedError
from kabar.local.account_commands import add_account_commands
from kabar.local.airflow_api import AirflowAPI, Login
from kabar.local.demo import DATABASE_URL_FILE
from kabar.orchestration.tables import Tables, check_include
from kabar.posting.history import Seal
from kabar.reading import suggestion
from kabar.satker import read_satker
from kabar.settings import Settings
from kabar.store import stops
from kabar.store.audit import verify_history
from kabar.store.database import database
from kabar.store.migrate import migrate

FAILED = 1
#: A satker's code begins with its province's; `00` is KPU RI.
PROVINCE_DIGITS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, Settings], None] = options.command
    try:
        command(options, Settings.from_environment())
    except KabarError as error:
        sys.stderr.write(f"kabar: {error}\n")
        return FAILED
    return 0


def _database_url(settings: Settings) -> str:
    """The database that the environment names, or that of a demo, which writes it beside its logs."""
    if settings.database_url is not None:
        return settings.database_url
    file = settings.state / DATABASE_URL_FILE
    if not file.exists():
        raise RefusedError(
            "No database is known: start `make demo`, or set "
            "KABAR_DATABASE_URL=postgresql://user:password@host:port/name."
        )
    return file.read_text(encoding="utf-8")


def _migrate(_options: argparse.Namespace, settings: Settings) -> None:
    migrate(_database_url(settings))


def _check(_options: argparse.Namespace, settings: Settings) -> None:
    tables = check_include(settings)
    stages = sum(len(calendar.stages) for calendar in tables.calendars)
    _say(
        f"{len(tables.satker)} satker, {len(tables.calendars)} calendars with {stages} stages, "
        f"{len(tables.accounts)} accounts: all can be read."
    )


def _rehearse(options: argparse.Namespace, settings: Settings) -> None:
    tables = Tables.read(settings)
    tables.stage(tables.calendar(options.calendar), options.stage)
    if options.at.tzinfo is None:
        raise RefusedError("--at needs a zone, such as 2024-08-27T00:00+07:00.")
    api = AirflowAPI(Login.from_environment(settings))
    run_id = api.trigger(
        "rehearsal",
        conf={
            "calendar": options.calendar,
            "stage": options.stage,
            "as_if_at": options.at.isoformat(),
            "minutes_to_first_wave": options.first_wave,
            "minutes_between_waves": options.between,
            "late_delay_minutes": options.late_delay,
        },
    )
    _say(f"Rehearsal started: {api.address}/dags/rehearsal/runs/{run_id}")


def _raise_stop(options: argparse.Namespace, settings: Settings) -> None:
    _check_scope(options, settings)
    if options.until is not None and options.until.tzinfo is None:
        raise RefusedError("--until needs a zone, such as 2024-11-27T13:00+07:00.")
    with database(_database_url(settings)) as pool, pool.connection() as connection:
        number = stops.raise_stop(
            connection,
            reason=options.reason,
            raised_by=options.by,
            calendar=options.calendar,
            stage=options.stage,
            province_code=options.province,
            satker_code=options.satker,
            channel=options.channel,
            ends_at=options.until,
        )
    _say(f"Stop {number} stands: nothing in its scope is claimed any more.")


def _check_scope(options: argparse.Namespace, settings: Settings) -> None:
    """Refuse a scope in which there is nothing: nobody may rely on a stop that stops nobody.

    A calendar that cannot be read is left out: a stop has to be possible while one is broken, and the claim
    holds the posts of that one by itself.
    """
    satker = [one.code for one in read_satker(settings.include / "satker.csv")]
    calendars = readable_calendars(settings.calendars)
    known = {
        "province": [code for code in satker if len(code) == PROVINCE_DIGITS],
        "satker": satker,
        "channel": CHANNELS,
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


def _lift_stop(options: argparse.Namespace, settings: Settings) -> None:
    with database(_database_url(settings)) as pool, pool.connection() as connection:
        if not stops.lift_stop(connection, options.number, lifted_by=options.by):
            raise RefusedError(f"There is no standing stop {options.number}; `kabar stop list` shows them.")
    _say(f"Stop {options.number} is lifted. What it held stays held until somebody decides again.")


def _list_stops(_options: argparse.Namespace, settings: Settings) -> None:
    with database(_database_url(settings)) as pool, pool.connection() as connection:
        for stop in stops.standing_stops(connection):
            scope = ", ".join(
                f"{part} {stop[part]}"
                for part in ("calendar", "stage", "province_code", "satker_code", "channel")
                if stop[part] is not None
            )
            _say(f"{stop['id']}: {scope or 'everything'}; {stop['reason']} ({stop['raised_by']})")


def _verify(options: argparse.Namespace, settings: Settings) -> None:
    against = Seal.parse(options.seal) if options.seal else None
    with database(_database_url(settings)) as pool, pool.connection() as connection:
        verified = verify_history(connection, against=against)
    for finding in verified.findings:
        _say(str(finding))
    _say(
        f"{verified.events} events, {verified.decisions} decisions and {verified.wordings} wordings "
        f"of {verified.drafts} drafts were read."
    )
    _say(f"Seal: {verified.seal}")
    if verified.findings:
        raise RefusedError(
            f"{len(verified.findings)} findings: the history is not as it was written. Stop publishing "
            "(`kabar stop raise`), keep the database as it is, and compare with the newest backup."
        )
    _say("Everything is as it was written.")


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kabar", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    db = commands.add_parser("db", help="the warehouse").add_subparsers(required=True, metavar="action")
    db.add_parser("migrate", help="bring our tables up to date").set_defaults(command=_migrate)

    commands.add_parser("check", help="read everything in include/ strictly").set_defaults(command=_check)

    add_account_commands(commands, _database_url)

    rehearse = commands.add_parser("rehearse", help="play a real stage as if it were another moment")
    rehearse.add_argument("stage", help="slug of a public, dated stage, such as pendaftaran-paslon")
    rehearse.add_argument("--at", required=True, type=datetime.fromisoformat, help="2024-08-27T00:00+07:00")
    rehearse.add_argument("--calendar", default="pilkada-2024")
    rehearse.add_argument("--first-wave", type=float, default=2.0, help="minutes from now to WIT's wave")
    rehearse.add_argument("--between", type=float, default=2.0, help="minutes between the waves")
    rehearse.add_argument("--late-delay", type=float, default=1.0, help="minutes a late approval waits")
    rehearse.set_defaults(command=_rehearse)

    stop = commands.add_parser("stop", help="stop publishing").add_subparsers(required=True, metavar="action")
    up = stop.add_parser("raise", help="from now on nothing in the scope is sent")
    for part in ("calendar", "stage", "province", "satker", "channel"):
        up.add_argument(f"--{part}", help="leave out for every one")
    up.add_argument("--reason", required=True)
    up.add_argument("--by", required=True, help="who answers for it")
    up.add_argument("--until", type=datetime.fromisoformat, help="with a zone; leave out for no end")
    up.set_defaults(command=_raise_stop)
    down = stop.add_parser("lift", help="lift a stop; what it held stays held")
    down.add_argument("number", type=int)
    down.add_argument("--by", required=True)
    down.set_defaults(command=_lift_stop)
    stop.add_parser("list", help="every stop that stands").set_defaults(command=_list_stops)

    audit = commands.add_parser("audit", help="the history").add_subparsers(required=True, metavar="action")
    verify = audit.add_parser("verify", help="find every altered, missing or surplus row; status 1 if any")
    verify.add_argument("--seal", help="what an earlier verification printed; kept outside the database")
    verify.set_defaults(command=_verify)
    return parser


if __name__ == "__main__":
    sys.exit(main())
