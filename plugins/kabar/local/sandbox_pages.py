"""The sandbox's Pages in the accounts registry of a demo, and one account that a person posts to by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from kabar.accounts import Account, read_accounts, write_accounts
from kabar.channels.registry import reachable_pages
from kabar.matching import match_pages
from kabar.onboarding import take_over
from kabar.satker import Satker, read_satker
from kabar.settings import Settings

CONNECTION = "graph_rehearsal"
#: One manual card for a visitor to try. Nothing stands behind it, so its name is plainly a rehearsal's.
BY_HAND = ("33", "whatsapp", "gladi-whatsapp-33")


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
    accounts = [one for one in taken.accounts if (one.satker_code, one.channel) != BY_HAND[:2]]
    accounts.append(_by_hand(satker))
    write_accounts(file, accounts, satker)
    return len(accounts)


def _by_hand(satker: Sequence[Satker]) -> Account:
    code, channel, account_id = BY_HAND
    name = next(one.official_name for one in satker if one.code == code)
    return Account.model_validate(
        {
            "kode_satker": code,
            "kanal": channel,
            "id_akun": account_id,
            "nama_akun": f"Gladi {name}",
            "pemakaian": "gladi",
            "koneksi": "manual",
            "nomor_sk": None,
            "tanggal_sk": None,
            "aktif": "ya",
        }
    )
