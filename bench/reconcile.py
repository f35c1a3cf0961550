"""How long reading takes to settle 10,000 questions: posts whose answers were lost, half of which stand.

`POSTS` makes it smaller. Every second post stands on the sandbox without an answer having come; the others
were never taken. One worker looks through all of them as `reconcile_posts` does: the first round finds what
stands, one more leaves the rest to a person. The sandbox answers at once, so these are our own costs.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from kabar.channels.channel import Outgoing
from kabar.local.ports import free_port
from kabar.local.postgres import embedded_postgres
from kabar.posting.publish import full_text
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY
from kabar.store.database import Database, database
from kabar.store.migrate import migrate
from ledger import QUICK, SATKER, Worker, approved, bring, change, counted

POSTS = int(os.environ.get("POSTS", "10000"))
IN_FLIGHT = 50
#: As many as a task opens.
CONNECTIONS = 8


def fill(db: Database, worker: Worker) -> int:
    """Posts in doubt whose leases have ended; gives how many of them stand."""
    codes = list(SATKER)
    for number in range(-(-POSTS // len(codes))):
        left = POSTS - number * len(codes)
        approved(
            db, codes[:left], message=f"Pengumuman ke-{number}.", tonggak=f"pendaftaran-paslon|H+{number}"
        )
    bring(db, "sending", lease="-1 hour")
    change(db, "update kabar.post set claim_number = 1, sent_at = now(), platform_id = null")
    return asyncio.run(_let_half_stand(db, worker))


async def _let_half_stand(db: Database, worker: Worker) -> int:
    with db.connection() as connection:
        rows = connection.execute(
            "select p.id, v.message, v.hashtags, v.link, a.external_id from kabar.post p"
            " join kabar.draft d on d.id = p.draft_id join kabar.account a on a.id = d.account_id"
            " join kabar.draft_version v on v.draft_id = d.id and v.version = d.version where p.id % 2 = 0"
        ).fetchall()
    gate = asyncio.Semaphore(IN_FLIGHT)
    async with worker.channel() as channel:

        async def one(row: dict[str, object]) -> None:
            text = full_text(str(row["message"]), row["hashtags"])  # type: ignore[arg-type]
            post = Outgoing(str(row["external_id"]), text, str(row["link"]), int(str(row["id"])))
            async with gate:
                await channel.create(post)

        await asyncio.gather(*(one(row) for row in rows))
    return len(rows)


def measure(db: Database, sandbox: RunningSandbox) -> None:
    """Print seconds and calls of each round."""
    pace = replace(QUICK, in_flight=IN_FLIGHT, call_seconds=20, lease_seconds=60, look_gap_seconds=0.01)
    worker = Worker(db, sandbox, None, pace=pace)  # type: ignore[arg-type]
    sandbox.control("settings", {"refuse_duplicates": False, "page_calls_a_day": 1_000_000})
    standing = fill(db, worker)
    for title in ("first round", "second round"):
        before, began = reads(sandbox), time.perf_counter()
        outcome = worker.settle()
        seconds = time.perf_counter() - began
        number = outcome.total()
        print(
            f"{title}: {number} questions in {seconds:.1f} s ({number / seconds:.0f} a second), "
            f"{reads(sandbox) - before} calls, {dict(outcome)}"
        )
    if counted(sandbox)[0] != standing:
        raise SystemExit("Reading has created posts.")


def reads(sandbox: RunningSandbox) -> int:
    """Calls that have read an account's posts."""
    total = sandbox.control("calls?method=GET&edge=published_posts")["total"]
    return int(str(total))


def main() -> None:
    """Measure in a durable database, as `make demo` starts it."""
    registry = REPOSITORY / "include" / "satker.csv"
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_postgres(Path(folder), port=free_port()) as database_url,
        running_sandbox(satker_csv=registry) as sandbox,
        database(migrated(database_url), connections=CONNECTIONS) as pool,
    ):
        measure(pool, sandbox)


def migrated(database_url: str) -> str:
    """The same address, of a database with our schema."""
    migrate(database_url)
    return database_url


if __name__ == "__main__":
    main()
