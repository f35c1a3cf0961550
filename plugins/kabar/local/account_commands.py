"""`kabar accounts …`: take Pages over, switch offices on in groups, see what keeps one from publishing."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kabar.accounts import read_accounts, write_accounts
from kabar.channels.facebook import PUBLISH_TASK
from kabar.channels.facebook_identity import TokenFacts
from kabar.channels.registry import Reach, reach_of
from kabar.errors import RefusedError
from kabar.matching import Match, Matching, match_pages
from kabar.onboarding import Taken, read_confirmations, switch, take_over
from kabar.satker import Satker, read_satker
from kabar.settings import Settings
from kabar.store.account_checks import latest_checks
from kabar.store.accounts import save_accounts
from kabar.store.database import database

FACEBOOK = "https://graph.facebook.com"


FindDatabase = Callable[[Settings], str]


def add_account_commands(
    commands: Any,  # noqa: ANN401 -- argparse keeps this class to itself.
    find_database: FindDatabase,
) -> None:
    """Add `accounts` and its actions to the commands of `kabar`; some of them need the warehouse."""
    accounts = commands.add_parser("accounts", help="official accounts of the satker")
    actions = accounts.add_subparsers(required=True, metavar="action")

    take = actions.add_parser("import", help="match the Pages that a token reaches to satker")
    take.add_argument("--connection", required=True, help="Airflow Connection that keeps the same token")
    take.add_argument("--url", default=FACEBOOK, help=f"address of the Graph API ({FACEBOOK})")
    take.add_argument("--token-file", required=True, type=Path, help="file with the system user's token")
    take.add_argument("--use", required=True, choices=("nyata", "gladi"), help="for citizens or rehearsals")
    take.add_argument(
        "--confirm", action="append", default=[], metavar="KODE=PAGE", help="a person says whose Page this is"
    )
    take.add_argument("--write", action="store_true", help="write the registry; without it, only show")
    take.set_defaults(command=_import)

    for name, is_active, words in (
        ("activate", True, "switch on accounts that have a decree"),
        ("deactivate", False, "switch off accounts; they post nothing"),
    ):
        group = actions.add_parser(name, help=words)
        group.add_argument("--province", action="append", default=[], help="code of a province, all of it")
        group.add_argument("--satker", action="append", default=[], help="code of one satker")
        group.add_argument("--use", default="nyata", choices=("nyata", "gladi"))
        group.set_defaults(command=_switch, is_active=is_active, find_database=find_database)

    status = actions.add_parser("status", help="the newest verdict on every account, with reasons")
    status.add_argument("--all", action="store_true", help="also those that are ready")
    status.set_defaults(command=_status, find_database=find_database)


def _import(options: argparse.Namespace, settings: Settings) -> None:
    satker = read_satker(settings.include / "satker.csv")
    registry = read_accounts(settings.accounts_file, satker)
    confirmed = read_confirmations(options.confirm, satker)
    reach = asyncio.run(reach_of(options.url.rstrip("/"), _token(options.token_file)))
    matching = match_pages({page.page_id: page.name for page in reach.pages.values()}, satker)
    taken = take_over(registry, matching, confirmed=confirmed, use=options.use, connection=options.connection)
    _say(_token_line(reach.token))
    for line in _table(taken, matching, reach, satker):
        _say(line)
    if options.write:
        write_accounts(settings.accounts_file, taken.accounts, satker)
        active = sum(account.is_active for account in taken.accounts)
        _say(f"Written: {settings.accounts_file} with {len(taken.accounts)} accounts, {active} active.")
    else:
        _say("Nothing was written. Repeat with --write when this is right.")


def _switch(options: argparse.Namespace, settings: Settings) -> None:
    satker = read_satker(settings.include / "satker.csv")
    known = {one.code for one in satker}
    if unknown := [code for code in [*options.satker, *options.province] if code not in known]:
        raise RefusedError(f"There is no satker {', '.join(unknown)} in satker.csv.")
    codes = {one.code for one in satker if one.province_code in options.province} | set(options.satker)
    if not codes:
        raise RefusedError("Name whom it is about: --province 32, or --satker 3273, as often as needed.")
    registry = read_accounts(settings.accounts_file, satker)
    rows, changed = switch(registry, codes=codes, use=options.use, is_active=options.is_active)
    # The registry alone would be heeded only when somebody drafts, harvests or looks; a claim asks the
    # warehouse, so that what is switched off here posts nothing from now on.
    with database(options.find_database(settings)) as pool, pool.connection() as connection:
        write_accounts(settings.accounts_file, rows, satker)
        save_accounts(
            connection, [row for row in rows if row.satker_code in codes and row.use == options.use]
        )
    state = "on" if options.is_active else "off"
    active = sum(row.is_active for row in rows if row.use == options.use)
    _say(f"{changed} accounts were switched {state}; {active} `{options.use}` accounts are on.")


def _status(options: argparse.Namespace, settings: Settings) -> None:
    with database(options.find_database(settings)) as pool, pool.connection() as connection:
        checks = latest_checks(connection)
    for check in checks:
        if check["verdict"] != "ready" or options.all:
            state = "on" if check["is_active"] else "off"
            _say(f"{check['satker_code']} {check['name']} ({state}, {check['day']}): {check['verdict']}")
            for reason in check["reasons"]:
                _say(f"    {reason}")
    counts = Counter(check["verdict"] for check in checks)
    parts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    _say(f"{len(checks)} accounts were looked at: {parts}." if checks else "No account was looked at yet.")


def _token(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"The token file {file} cannot be read ({type(error).__name__}).") from None
    if not token.isascii() or not token.isprintable() or not token or " " in token:
        raise RefusedError(f"The token file {file} must hold one token and nothing else.")
    return token


def _token_line(token: TokenFacts) -> str:
    kind = token.kind or "unknown"
    if token.expires_at is not None:
        return f"The token ({kind}) expires on {token.expires_at:%Y-%m-%d %H:%M} UTC."
    return (
        f"The token ({kind}) never expires."
        if token.never_expires
        else f"When the token ({kind}) ends is unknown."
    )


def _table(taken: Taken, matching: Matching, reach: Reach, satker: Sequence[Satker]) -> Iterator[str]:
    """The whole import, as a person decides about it; the counts stand at the end."""
    names = {one.code: one.short_name for one in satker}
    for title, accounts in (("New", taken.added), ("Already in the registry", taken.kept)):
        yield f"\n{title}: {len(accounts)}"
        for account in accounts:
            warning = "" if PUBLISH_TASK in reach.pages[account.account_id].tasks else f"; no {PUBLISH_TASK}"
            state = "active" if account.is_active else "inactive"
            yield f"  {account.satker_code:<4}  {account.account_id}  {account.name}  ({state}{warning})"
    yield f"\nWaiting for a person: {len(taken.waiting)}"
    for match, reason in taken.waiting:
        yield from _waiting(match, reason, names)
    with_page = {account.satker_code for account in taken.accounts if account.channel == "facebook"}
    missing = [code for code in matching.missing if code not in with_page]
    yield f"\nSatker without a Page: {len(missing)}"
    yield from (f"  {code:<4}  {names[code]}" for code in missing)
    counts = Counter(match.verdict for match in matching.matches)
    yield (
        f"\n{len(matching.matches)} Pages reached: {counts['sure']} sure, {counts['likely']} likely, "
        f"{counts['doubtful']} doubtful, {counts['stranger']} strangers. "
        f"{len(taken.added)} accounts are new, {len(taken.kept)} were known."
    )


def _waiting(match: Match, reason: str, names: dict[str, str]) -> Iterator[str]:
    yield f"  {match.verdict:<8}  {match.page_id}  {match.page_name}: {reason}"
    for code in match.candidates:
        yield f"            --confirm {code}={match.page_id}    {names[code]}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
