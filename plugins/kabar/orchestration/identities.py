"""The daily look at accounts beside Facebook's: who each says it is, and what keeps it from publishing."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence

from kabar.accounts import Account
from kabar.channels.channel import Channel, Identity
from kabar.channels.facebook_identity import Findings, PageFacts
from kabar.channels.facebook_readiness import Readiness, Verdict
from kabar.channels.opening import OPENERS
from kabar.errors import RefusedError, UnreachableError
from kabar.orchestration.connections import opened_channel

#: Facebook's own reading knows more: a Page's category, its tasks, what its token is worth.
HAS_A_LOOK_OF_ITS_OWN = "facebook"
#: Accounts that are read at the same time; nobody waits for the answer at night.
IN_FLIGHT = 10


#: An account, the verdict on it, and what was found.
Looked = tuple[Account, Readiness, Findings]
NOTHING = Findings(None, None, None)


def looked_at_here(accounts: Iterable[Account]) -> list[Account]:
    """The accounts on platforms that a machine can ask, Facebook left out."""
    return [one for one in accounts if one.channel in OPENERS and one.channel != HAS_A_LOOK_OF_ITS_OWN]


async def look_at_identities(accounts: Sequence[Account], *, call_seconds: float) -> list[Looked]:
    """Ask every account who it is, one connection after the other; one's trouble never stops another's."""
    behind: defaultdict[tuple[str, str], list[Account]] = defaultdict(list)
    for account in accounts:
        behind[account.channel, account.connection].append(account)
    looked: list[Looked] = []
    for (channel, conn_id), group in behind.items():
        try:
            async with opened_channel(
                channel, conn_id, call_seconds=call_seconds, settle_seconds=0
            ) as opened:
                looked += await _ask(opened, group)
        except (RefusedError, UnreachableError) as error:
            looked += [(account, _trouble(error), NOTHING) for account in group]
    return looked


async def _ask(channel: Channel, accounts: Sequence[Account]) -> list[Looked]:
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def one(account: Account) -> Looked:
        async with gate:
            try:
                identity = await channel.identity(account.account_id)
            except (RefusedError, UnreachableError) as error:
                return account, _trouble(error), NOTHING
            return account, _readiness(identity), _findings(identity)

    return list(await asyncio.gather(*map(one, accounts)))


def _readiness(identity: Identity) -> Readiness:
    stopping = tuple(f"Cannot publish: {reason.removesuffix('.')}." for reason in identity.obstacles)
    asking = tuple(f"{reason.removesuffix('.')}." for reason in identity.warnings)
    verdict: Verdict = "cannot_publish" if stopping else "attention" if asking else "ready"
    return Readiness(verdict, stopping + asking)


def _findings(identity: Identity) -> Findings:
    """What the warehouse keeps of it: the name that the account bears there."""
    name = f"@{identity.username}" if identity.username else identity.name
    return Findings(PageFacts(name, None, None, None), None, None)


def _trouble(error: RefusedError | UnreachableError) -> Readiness:
    if isinstance(error, UnreachableError):
        return Readiness("not_read", (f"Not read: {error}",))
    return Readiness("cannot_publish", (f"Cannot publish: {error}",))
