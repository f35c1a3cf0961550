"""Body of the task of `watch_accounts`."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kabar.accounts import Account, read_accounts
from kabar.channels.facebook_identity import AccountReads, Findings, TokenFacts
from kabar.channels.facebook_readiness import Expected, Readiness, judge
from kabar.errors import RefusedError, UnreachableError
from kabar.matching import Names
from kabar.orchestration.connections import transport_of, user_token, warehouse_url
from kabar.orchestration.identities import look_at_identities, looked_at_here
from kabar.satker import Satker, read_satker
from kabar.settings import Settings
from kabar.store.account_checks import AccountCheck, save_checks
from kabar.store.accounts import save_accounts, switch_off_absent
from kabar.store.database import database

log = logging.getLogger(__name__)

#: The longest that one reading may take.
CALL_SECONDS = 30.0
#: The day of a verdict is the day in Jakarta, where the data team reads it.
DAY_ZONE = ZoneInfo("Asia/Jakarta")
NOTHING = Findings(None, None, None)


def watch(now: datetime) -> str:
    """Look at every account that a machine can ask and save a verdict on each; harmless to repeat.

    What stands in the warehouse follows the registry: an account that left it is switched off.

    Gives the sentence that says how many are ready. Accounts that are switched off are looked at too, so that
    what would keep them from publishing is known before they are switched on.

    Raises:
        UnreachableError: There are accounts, and nothing could be read of any of them.
    """
    settings = Settings.from_environment()
    satker = read_satker(settings.include / "satker.csv")
    registry = read_accounts(settings.accounts_file, satker)
    found = asyncio.run(_look_at_all(registry, satker, now))
    day = now.astimezone(DAY_ZONE).date()
    with database(warehouse_url()) as db, db.connection() as connection:
        absent = switch_off_absent(connection, registry)
        numbers = save_accounts(connection, [account for account, _, _ in found])
        checks = [
            _check(number, readiness, findings, day=day, now=now)
            for number, (_, readiness, findings) in zip(numbers, found, strict=True)
        ]
        save_checks(connection, checks)
    if absent:
        log.warning("%d accounts are no longer in the registry and were switched off.", absent)
    for account, readiness, _ in found:
        for reason in readiness.reasons:
            log.warning("%s %s %s: %s", account.satker_code, account.channel, account.name, reason)
    counts = Counter(readiness.verdict for _, readiness, _ in found)
    sentence = (
        f"{day}: {len(found)} accounts; {counts['ready']} ready, {counts['attention']} need attention, "
        f"{counts['cannot_publish']} cannot publish, {counts['not_read']} not read."
    )
    log.info(sentence)
    if found and counts["not_read"] == len(found):
        raise UnreachableError(f"{sentence} {found[0][1].reasons[0]}")
    return sentence


async def _look_at_all(
    registry: Sequence[Account], satker: Sequence[Satker], now: datetime
) -> list[tuple[Account, Readiness, Findings]]:
    """Facebook is read more closely than the other platforms."""
    pages = await _look([one for one in registry if one.channel == "facebook"], satker, now)
    others = await look_at_identities(looked_at_here(registry), call_seconds=CALL_SECONDS)
    return [*pages, *others]


async def _look(
    accounts: Sequence[Account], satker: Sequence[Satker], now: datetime
) -> list[tuple[Account, Readiness, Findings]]:
    """Look at the accounts of one Airflow Connection after the other."""
    by_connection: defaultdict[str, list[Account]] = defaultdict(list)
    for account in accounts:
        by_connection[account.connection].append(account)
    names, short = Names(satker), {one.code: one.short_name for one in satker}
    looked: list[tuple[Account, Readiness, Findings]] = []
    for conn_id, behind in by_connection.items():
        try:
            token, findings = await _read(conn_id, [account.account_id for account in behind])
        except UnreachableError as error:
            reason = Readiness("not_read", (f"Not read: {error}",))
            looked += [(account, reason, NOTHING) for account in behind]
            continue
        except RefusedError as error:
            reason = Readiness("cannot_publish", (f"Cannot publish: {error}",))
            looked += [(account, reason, NOTHING) for account in behind]
            continue
        for account in behind:
            found = findings.get(account.account_id, NOTHING)
            expected = _expected(account, found, names, short)
            looked.append((account, judge(found, expected, connection=token, now=now), found))
    return looked


async def _read(conn_id: str, page_ids: Sequence[str]) -> tuple[TokenFacts, Mapping[str, Findings]]:
    """What the connection's token is worth, and what stands behind it; nothing behind a dead token is asked.

    Raises:
        RefusedError: There is no such connection, no token in it, or Facebook refused to list its Pages.
        UnreachableError: Facebook gave no usable answer.
    """
    token = await user_token(conn_id)
    async with transport_of(conn_id, call_seconds=CALL_SECONDS) as transport:
        reads = AccountReads(transport, token)
        worth = await reads.connection()
        if worth.fault is not None:
            return worth, {}
        return worth, await reads.accounts(page_ids)


def _expected(account: Account, found: Findings, names: Names, short: Mapping[str, str]) -> Expected:
    name = found.page.name if found.page is not None else None
    return Expected(
        page_id=account.account_id,
        name=account.name,
        satker=short[account.satker_code],
        is_own_name=name is not None and names.is_own(name, account.satker_code),
    )


def _check(
    account_id: int, readiness: Readiness, found: Findings, *, day: date, now: datetime
) -> AccountCheck:
    page, token = found.page, found.token
    return AccountCheck(
        account_id=account_id,
        day=day,
        verdict=readiness.verdict,
        reasons=list(readiness.reasons),
        page_name=page.name if page else None,
        category=page.category if page else None,
        is_published=page.is_published if page else None,
        tasks=list(found.tasks) if found.tasks is not None else None,
        token_kind=token.kind if token else None,
        token_expires_at=token.expires_at if token else None,
        token_never_expires=token.never_expires if token else None,
        checked_at=now,
    )
