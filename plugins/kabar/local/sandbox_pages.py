"""The sandbox's Pages in the accounts registry of a demo."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

from kabar.accounts import COLUMNS
from kabar.channels.registry import reachable_pages
from kabar.satker import read_satker
from kabar.settings import Settings

CONNECTION = "graph_rehearsal"
#: No decree names the sandbox's Pages; the registry says so instead of inventing a number.
NO_DECREE = ""


def register_pages(address: str, token: str, settings: Settings, file: Path) -> int:
    """Write the accounts registry of the sandbox's Pages, matched by official name to the letter.

    Gives the number of accounts. Only a Page whose name is a satker's own short name is taken over.
    """
    pages = asyncio.run(reachable_pages(address, token))
    by_name = {page.name: page for page in pages.values()}
    rows = [
        (satker.code, "facebook", by_name[satker.short_name].page_id, satker.short_name)
        for satker in read_satker(settings.include / "satker.csv")
        if satker.short_name in by_name
    ]
    partial = file.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*row, "gladi", CONNECTION, NO_DECREE, NO_DECREE, "ya") for row in rows)
    partial.replace(file)
    return len(rows)
