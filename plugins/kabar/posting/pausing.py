"""Remember the pauses that platforms ask for, so that every worker, run and harvest heeds them."""

from __future__ import annotations

from kabar.channels.usage import UsageBook
from kabar.errors import PausedError
from kabar.posting.ledger import Ledger


async def remember_pause(error: PausedError, *, reached_by: str, account: str, ledger: Ledger) -> None:
    """Save what a platform has refused to do for now, for one account or for all behind the connection."""
    await ledger.cool_down(
        reached_by=reached_by,
        account="" if error.is_app_wide else account,
        pause_seconds=error.pause_seconds,
        reason=str(error),
    )


async def remember_strains(usage: UsageBook, *, ledger: Ledger) -> None:
    """Save which budgets are nearly used up, before the platform refuses."""
    for reached_by, strain in usage.take():
        await ledger.cool_down(
            reached_by=reached_by,
            account=strain.account,
            pause_seconds=strain.pause_seconds,
            reason=strain.reason,
        )
