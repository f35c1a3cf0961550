"""Kill the process of a publishing task in the middle of its wave, as a crash would."""

from __future__ import annotations

import os
import signal

from kabar.local.progress import Progress
from kabar.store import packages
from kabar.store.database import Database

#: This share of the package is out before the kill: in the rehearsed stage the last and largest wave has
#: begun then, and most of its posts are still unclaimed.
SHARE_PUBLISHED_BEFORE = 0.5


def kill_a_sender(pool: Database, package_id: int, progress: Progress) -> bool:
    """Kill whoever is sending, if somebody is and enough is out; gives whether it was done."""
    with pool.connection() as connection:
        counts = packages.count_by_state(connection, package_id)
        if counts.get("published", 0) < SHARE_PUBLISHED_BEFORE * sum(counts.values()):
            return False
        workers = packages.senders(connection, package_id=package_id)
    if not workers:
        return False
    pid = int(workers[0].rpartition("pid")[2])
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        # It ended between the look and the kill; the next wave will do.
        return False
    progress.note(f"kill -9 {pid}: the publishing task {workers[0]}")
    return True
