"""The nightly verification of the history, as a task calls it."""

from __future__ import annotations

import logging

from kabar.errors import RefusedError
from kabar.orchestration.connections import warehouse_url
from kabar.store.audit import verify_history
from kabar.store.database import database

log = logging.getLogger(__name__)


def verify() -> str:
    """Verify the whole history and give its seal.

    Raises:
        RefusedError: Something was altered, removed or put in; the log names every row.
    """
    with database(warehouse_url()) as pool, pool.connection() as connection:
        verified = verify_history(connection)
    for finding in verified.findings:
        log.error("%s", finding)
    if verified.findings:
        raise RefusedError(
            f"{len(verified.findings)} findings in the history; the log names every row. Stop publishing, "
            "and see docs/ledger.md."
        )
    log.info("%s events are as they were written. Seal: %s", verified.events, verified.seal)
    return str(verified.seal)
