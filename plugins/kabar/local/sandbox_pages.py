"""The sandbox's Pages in the accounts registry of a demo."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kabar.accounts import read_accounts, write_accounts
from kabar.channels.registry import reachable_pages
from kabar.matching import match_pages
from kabar.onboarding import take_over
from kabar.satker import read_satker
from kabar.settings import Settings

CONNECTION = "graph_rehearsal"


def register_pages(address: str, token: str, settings: Settings, file: Path) -> int:
    """Take the sandbox's Pages over into a registry, those that bear an official name to the letter.

    Gives the number of accounts. No decree names them; the registry says so instead of inventing a number.
    """
    satker = read_satker(settings.include / "satker.csv")
    pages = asyncio.run(reachable_pages(address, token))
    taken = take_over(
        read_accounts(file, satker),
        match_pages({page.page_id: page.name for page in pages.values()}, satker),
        confirmed={},
        use="gladi",
        connection=CONNECTION,
    )
    write_accounts(file, taken.accounts, satker)
    return len(taken.accounts)
