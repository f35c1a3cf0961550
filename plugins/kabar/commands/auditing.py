"""`kabar audit …`: whether the history is as it was written."""

from __future__ import annotations

import argparse

from kabar.commands.terminal import say
from kabar.commands.warehouse import database_url
from kabar.errors import RefusedError
from kabar.posting.history import Seal
from kabar.settings import Settings
from kabar.store.audit import verify_history
from kabar.store.database import database


def verify(options: argparse.Namespace, settings: Settings) -> None:
    """Name every altered, missing or surplus row.

    RefusedError when there is one.
    """
    against = Seal.parse(options.seal) if options.seal else None
    with database(database_url(settings)) as pool, pool.connection() as connection:
        verified = verify_history(connection, against=against)
    for finding in verified.findings:
        say(str(finding))
    say(
        f"{verified.events} events, {verified.decisions} decisions and {verified.wordings} wordings "
        f"of {verified.drafts} drafts were read."
    )
    say(f"Seal: {verified.seal}")
    if verified.findings:
        raise RefusedError(
            f"{len(verified.findings)} findings: the history is not as it was written. Stop publishing "
            "(`kabar stop raise`), keep the database as it is, and compare with the newest backup."
        )
    say("Everything is as it was written.")
