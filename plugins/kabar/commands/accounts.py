"""`kabar accounts …`: take Pages over, switch offices on in groups, see what keeps one from publishing."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kabar.accounts import Account, read_accounts, write_accounts
from kabar.channels.facebook_identity import TokenFacts
from kabar.channels.graph import PUBLISH_TASK
from kabar.channels.registry import instagram_reach_of, reach_of
from kabar.commands.terminal import say
from kabar.commands.warehouse import database_url
from kabar.errors import RefusedError
from kabar.matching import Match, Matching, match_pages
from kabar.onboarding import Taken, match_through_pages, read_confirmations, switch, take_over
from kabar.satker import Satker, read_satker
from kabar.settings import Settings
from kabar.store.account_checks import latest_checks
from kabar.store.accounts import save_accounts
from kabar.store.database import database


@dataclass(frozen=True, slots=True)
class Reached:
    """What a token reaches on one platform, matched to satker."""

    token: TokenFacts
    matching: Matching
    #: Page tasks by id of the Page or account.
    tasks: Mapping[str, tuple[str, ...]]
    #: Names for the registry by id, where they are not those of the matching.
    shown: Mapping[str, str]
    #: What one of them is called.
    thing: str


def import_accounts(options: argparse.Namespace, settings: Settings) -> None:
    """Show, and with `--write` take over, the Pages or Instagram accounts that a token reaches."""
    satker = read_satker(settings.include / "satker.csv")
    registry = read_accounts(settings.accounts_file, satker)
    confirmed = read_confirmations(options.confirm, satker)
    found = (_instagram if options.channel == "instagram" else _pages)(options, registry, satker)
    taken = take_over(
        registry,
        found.matching,
        confirmed=confirmed,
        use=options.use,
        connection=options.connection,
        channel=options.channel,
        shown=found.shown,
    )
    say(_token_line(found.token))
    for line in _table(taken, found, satker, channel=options.channel):
        say(line)
    if options.write:
        write_accounts(settings.accounts_file, taken.accounts, satker)
        active = sum(account.is_active for account in taken.accounts)
        say(f"Written: {settings.accounts_file} with {len(taken.accounts)} accounts, {active} active.")
    else:
        say("Nothing was written. Repeat with --write when this is right.")


def _pages(options: argparse.Namespace, _registry: Sequence[Account], satker: Sequence[Satker]) -> Reached:
    reach = asyncio.run(reach_of(options.url.rstrip("/"), _token(options.token_file)))
    pages = reach.pages.values()
    return Reached(
        token=reach.token,
        matching=match_pages({page.page_id: page.name for page in pages}, satker),
        tasks={page.page_id: page.tasks for page in pages},
        shown={},
        thing="Page",
    )


def _instagram(options: argparse.Namespace, registry: Sequence[Account], satker: Sequence[Satker]) -> Reached:
    """The accounts behind the Pages; each is its Page's satker's."""
    reach = asyncio.run(instagram_reach_of(options.url.rstrip("/"), _token(options.token_file)))
    accounts = reach.accounts.values()
    linked = {one.account_id: (one.page_id, one.page_name) for one in accounts}
    return Reached(
        token=reach.token,
        matching=match_through_pages(linked, registry, satker, use=options.use),
        tasks={one.account_id: one.tasks for one in accounts},
        shown={one.account_id: f"@{one.username}" for one in accounts},
        thing="Instagram account",
    )


def activate(options: argparse.Namespace, settings: Settings) -> None:
    """Switch on accounts that have a decree."""
    _switch(options, settings, is_active=True)


def deactivate(options: argparse.Namespace, settings: Settings) -> None:
    """Switch off accounts; they post nothing."""
    _switch(options, settings, is_active=False)


def _switch(options: argparse.Namespace, settings: Settings, *, is_active: bool) -> None:
    satker = read_satker(settings.include / "satker.csv")
    known = {one.code for one in satker}
    if unknown := [code for code in [*options.satker, *options.province] if code not in known]:
        raise RefusedError(f"There is no satker {', '.join(unknown)} in satker.csv.")
    codes = {one.code for one in satker if one.province_code in options.province} | set(options.satker)
    if not codes:
        raise RefusedError("Name whom it is about: --province 32, or --satker 3273, as often as needed.")
    registry = read_accounts(settings.accounts_file, satker)
    rows, changed = switch(registry, codes=codes, use=options.use, is_active=is_active)
    # The registry alone would be heeded only when somebody drafts, harvests or looks; a claim asks the
    # warehouse, so that what is switched off here posts nothing from now on.
    with database(database_url(settings)) as pool, pool.connection() as connection:
        write_accounts(settings.accounts_file, rows, satker)
        save_accounts(
            connection, [row for row in rows if row.satker_code in codes and row.use == options.use]
        )
    state = "on" if is_active else "off"
    active = sum(row.is_active for row in rows if row.use == options.use)
    say(f"{changed} accounts were switched {state}; {active} `{options.use}` accounts are on.")


def show_status(options: argparse.Namespace, settings: Settings) -> None:
    """Show the newest verdict on every account, with its reasons."""
    with database(database_url(settings)) as pool, pool.connection() as connection:
        checks = latest_checks(connection)
    for check in checks:
        if check["verdict"] != "ready" or options.all:
            state = "on" if check["is_active"] else "off"
            place = f"{check['satker_code']} {check['channel']} {check['name']}"
            say(f"{place} ({state}, {check['day']}): {check['verdict']}")
            for reason in check["reasons"]:
                say(f"    {reason}")
    counts = Counter(check["verdict"] for check in checks)
    parts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    say(f"{len(checks)} accounts were looked at: {parts}." if checks else "No account was looked at yet.")


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


def _table(taken: Taken, found: Reached, satker: Sequence[Satker], *, channel: str) -> Iterator[str]:
    """The whole import, as a person decides about it; the counts stand at the end."""
    names = {one.code: one.short_name for one in satker}
    for title, accounts in (("New", taken.added), ("Already in the registry", taken.kept)):
        yield f"\n{title}: {len(accounts)}"
        for account in accounts:
            warning = "" if PUBLISH_TASK in found.tasks[account.account_id] else f"; no {PUBLISH_TASK}"
            state = "active" if account.is_active else "inactive"
            yield f"  {account.satker_code:<4}  {account.account_id}  {account.name}  ({state}{warning})"
    yield f"\nWaiting for a person: {len(taken.waiting)}"
    for match, reason in taken.waiting:
        yield from _waiting(match, reason, names)
    owners = {account.satker_code for account in taken.accounts if account.channel == channel}
    missing = [code for code in found.matching.missing if code not in owners]
    article = "an" if found.thing.startswith("I") else "a"
    yield f"\nSatker without {article} {found.thing}: {len(missing)}"
    yield from (f"  {code:<4}  {names[code]}" for code in missing)
    counts = Counter(match.verdict for match in found.matching.matches)
    reached = f"{len(found.matching.matches)} {found.thing}s reached"
    yield (
        f"\n{reached}: {counts['sure']} sure, {counts['likely']} likely, "
        f"{counts['doubtful']} doubtful, {counts['stranger']} strangers. "
        f"{len(taken.added)} accounts are new, {len(taken.kept)} were known."
    )


def _waiting(match: Match, reason: str, names: dict[str, str]) -> Iterator[str]:
    yield f"  {match.verdict:<8}  {match.page_id}  {match.page_name}: {reason}"
    for code in match.candidates:
        yield f"            --confirm {code}={match.page_id}    {names[code]}"
