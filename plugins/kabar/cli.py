"""`kabar …`: what people and the Makefile call. Every command says in one sentence what went wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path

from kabar.errors import KabarError
from kabar.settings import Settings

FAILED = 1
FACEBOOK = "https://graph.facebook.com"
THREADS = "https://graph.threads.net"
#: A command that found something to block says so by its exit status and raises nothing.
Command = Callable[[argparse.Namespace, Settings], int | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _command(options.command)(options, Settings.from_environment()) or 0
    except KabarError as error:
        sys.stderr.write(f"kabar: {error}\n")
        return FAILED


def _command(name: str) -> Command:
    """Import a command only when it is called, so that `kabar --help` answers at once."""
    module, _, function = name.partition(":")
    command: Command = getattr(import_module(f"kabar.commands.{module}"), function)
    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kabar", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_editing(commands)
    _add_calendars(commands)
    _add_operating(commands)
    _add_accounts(commands)
    return parser


def _add_editing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    preview = commands.add_parser("preview", help="show a message as a citizen would read it")
    preview.add_argument("stage", help="slug of a public, dated stage, such as pendaftaran-paslon")
    preview.add_argument("--calendar", default="pilkada-2024")
    preview.add_argument("--satker", help="code, such as 3204; leave out for the first that is bound")
    preview.add_argument("--channel", default="facebook")
    preview.add_argument("--at", type=datetime.fromisoformat, help="the first message from here: 2024-08-27")
    preview.add_argument("--tonggak", help="label of one message, such as H-7")
    preview.add_argument("--kind", help="pengumuman, edukasi, pengingat, hari_h or penutup")
    preview.add_argument(
        "--poster", type=Path, metavar="FILE", help="also write its poster: .jpg, .png or .svg"
    )
    preview.add_argument("--shape", choices=("portrait", "square"), default="portrait")
    preview.set_defaults(command="preview:preview")

    check = commands.add_parser("check", help="read include/ strictly, then render and check every draft")
    check.add_argument("--fast", action="store_true", help="only read; render nothing")
    check.add_argument("--calendar", help="leave out for every one")
    check.add_argument("--stage", help="leave out for every one")
    check.add_argument("--channel", action="append", help="may stand several times; leave out for every one")
    check.add_argument("--jobs", type=int, help="processes; leave out for one a core")
    check.set_defaults(command="check:check_all")


def _add_calendars(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    calendar = commands.add_parser("calendar", help="keep the calendars of elections")
    actions = calendar.add_subparsers(required=True, metavar="action")

    check = actions.add_parser("check", help="sources, statuses, overlaps, and the law's own arithmetic")
    check.add_argument("files", nargs="*", type=Path, help="leave out for all of include/calendars")
    check.set_defaults(command="calendars:check_calendars")

    new = actions.add_parser("new", help="write the commented skeleton of a calendar")
    new.add_argument("code", help="small letters, digits and hyphens, such as pilkada-2029")
    new.add_argument("--to", type=Path, help="leave out for <code>.yaml here")
    new.set_defaults(command="calendars:new_calendar")

    diff = actions.add_parser("diff", help="what moved, appeared, vanished or changed between two files")
    diff.add_argument("old", type=Path)
    diff.add_argument("new", type=Path)
    diff.set_defaults(command="calendars:diff_calendars")


def _add_operating(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    db = commands.add_parser("db", help="the warehouse").add_subparsers(required=True, metavar="action")
    migrate = db.add_parser("migrate", help="bring our tables up to date")
    migrate.set_defaults(command="warehouse:migrate_warehouse")

    rehearse = commands.add_parser("rehearse", help="play a real stage as if it were another moment")
    rehearse.add_argument("stage", help="slug of a public, dated stage, such as pendaftaran-paslon")
    rehearse.add_argument("--at", required=True, type=datetime.fromisoformat, help="2024-08-27T00:00+07:00")
    rehearse.add_argument("--calendar", default="pilkada-2024")
    rehearse.add_argument("--first-wave", type=float, default=2.0, help="minutes from now to WIT's wave")
    rehearse.add_argument("--between", type=float, default=2.0, help="minutes between the waves")
    rehearse.add_argument("--late-delay", type=float, default=1.0, help="minutes a late approval waits")
    rehearse.set_defaults(command="rehearse:rehearse")

    again = commands.add_parser("reconcile", help="settle doubts now instead of at the next hour")
    again.add_argument("--package", type=int, help="number of one package; leave out for all")
    again.set_defaults(command="reconcile:reconcile")

    stop = commands.add_parser("stop", help="stop publishing").add_subparsers(required=True, metavar="action")
    up = stop.add_parser("raise", help="from now on nothing in the scope is sent")
    for part in ("calendar", "stage", "province", "satker", "channel"):
        up.add_argument(f"--{part}", help="leave out for every one")
    up.add_argument("--reason", required=True)
    up.add_argument("--by", required=True, help="who answers for it")
    up.add_argument("--until", type=datetime.fromisoformat, help="with a zone; leave out for no end")
    up.set_defaults(command="stopping:raise_stop")
    down = stop.add_parser("lift", help="lift a stop; what it held stays held")
    down.add_argument("number", type=int)
    down.add_argument("--by", required=True)
    down.set_defaults(command="stopping:lift_stop")
    stop.add_parser("list", help="every stop that stands").set_defaults(command="stopping:list_stops")

    audit = commands.add_parser("audit", help="the history").add_subparsers(required=True, metavar="action")
    verify = audit.add_parser("verify", help="find every altered, missing or surplus row; status 1 if any")
    verify.add_argument("--seal", help="what an earlier verification printed; kept outside the database")
    verify.set_defaults(command="auditing:verify")


def _add_accounts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    accounts = commands.add_parser("accounts", help="official accounts of the satker")
    actions = accounts.add_subparsers(required=True, metavar="action")

    take = actions.add_parser("import", help="match the Pages that a token reaches to satker")
    take.add_argument(
        "--channel",
        default="facebook",
        choices=("facebook", "instagram"),
        help="instagram: the accounts behind the Pages",
    )
    take.add_argument("--connection", required=True, help="Airflow Connection that keeps the same token")
    take.add_argument("--url", default=FACEBOOK, help=f"address of the Graph API ({FACEBOOK})")
    take.add_argument("--token-file", required=True, type=Path, help="file with the system user's token")
    take.add_argument("--use", required=True, choices=("nyata", "gladi"), help="for citizens or rehearsals")
    take.add_argument(
        "--confirm", action="append", default=[], metavar="KODE=PAGE", help="a person says whose Page this is"
    )
    take.add_argument("--write", action="store_true", help="write the registry; without it, only show")
    take.set_defaults(command="accounts:import_accounts")

    for name, words in (
        ("activate", "switch on accounts that have a decree"),
        ("deactivate", "switch off accounts; they post nothing"),
    ):
        group = actions.add_parser(name, help=words)
        group.add_argument("--province", action="append", default=[], help="code of a province, all of it")
        group.add_argument("--satker", action="append", default=[], help="code of one satker")
        group.add_argument("--use", default="nyata", choices=("nyata", "gladi"))
        group.set_defaults(command=f"accounts:{name}")

    renew = actions.add_parser("renew-threads", help="renew the tokens of Threads before their 60 days end")
    renew.add_argument("--tokens-file", required=True, type=Path, help="the table of tokens, written again")
    renew.add_argument("--url", default=THREADS, help=f"address of Threads ({THREADS})")
    renew.set_defaults(command="threads:renew")

    status = actions.add_parser("status", help="the newest verdict on every account, with reasons")
    status.add_argument("--all", action="store_true", help="also those that are ready")
    status.set_defaults(command="accounts:show_status")


if __name__ == "__main__":
    sys.exit(main())
