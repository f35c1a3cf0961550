"""The registry's accounts in the warehouse, where every claim looks whether one is switched on."""

from __future__ import annotations

from collections.abc import Sequence

from kabar.accounts import Account
from kabar.store.database import Connection, queries
from kabar.store.drafts import save_account


def save_accounts(connection: Connection, accounts: Sequence[Account]) -> list[int]:
    """Take these rows of the registry over, and give their numbers in the same order."""
    return [
        save_account(
            connection,
            channel=account.channel,
            external_id=account.account_id,
            satker_code=account.satker_code,
            name=account.name,
            usage=_usage(account),
            reached_by=account.connection,
            is_active=account.is_active,
        )
        for account in accounts
    ]


def take_over(connection: Connection, registry: Sequence[Account]) -> int:
    """Let accounts that are known already follow their rows of the registry; gives how many differed."""
    count: int = queries("account").take_over(
        connection,
        channels=[account.channel for account in registry],
        external_ids=[account.account_id for account in registry],
        satker_codes=[account.satker_code for account in registry],
        names=[account.name for account in registry],
        usages=[_usage(account) for account in registry],
        connections=[account.connection for account in registry],
        actives=[account.is_active for account in registry],
    )
    return count


def _usage(account: Account) -> str:
    return "rehearsal" if account.use == "gladi" else "real"


def switch_off_absent(connection: Connection, registry: Sequence[Account]) -> int:
    """Switch off what the whole registry no longer names, and give how many that were."""
    count: int = queries("account").switch_off_absent(
        connection,
        channels=[account.channel for account in registry],
        external_ids=[account.account_id for account in registry],
    )
    return count
