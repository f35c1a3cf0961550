"""How much time the ledger costs: 553 posts through `publish`, and the same calls in a bare loop.

Both send the same forms to the same sandbox, which takes 400 ms for each, with 50 calls in flight. The bare
loop remembers nothing and proves nothing. The database is a durable one, as `make demo` starts it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import aiohttp

from kabar.channels.graph import PageAccess
from kabar.channels.marker import marked_link
from kabar.channels.registry import reachable_pages
from kabar.local.ports import free_port
from kabar.local.postgres import embedded_postgres
from kabar.posting.publish import full_text
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY
from kabar.store.database import database
from kabar.store.migrate import migrate
from ledger import QUICK, SATKER, Worker, approved, counted, due, fresh

LATENCY_MS = 400
IN_FLIGHT = 50
ROUNDS = 3
#: As many as a publishing task opens.
CONNECTIONS = 8


async def bare_loop(sandbox: RunningSandbox, pages: Mapping[str, PageAccess]) -> int:
    """Make every call and count the answers that carry an id; nothing is saved."""
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def one(session: aiohttp.ClientSession, code: str, number: int) -> bool:
        page = pages[sandbox.page_id(code)]
        wording = fresh(code, None).wording
        form = {
            "message": full_text(wording.message, wording.hashtags),
            "fields": "id,permalink_url,created_time",
            "link": marked_link(wording.link, number),
        }
        headers = {"Authorization": f"Bearer {page.token}"}
        url = f"{sandbox.url}/v26.0/{page.page_id}/feed"
        async with gate, session.post(url, data=form, headers=headers) as answer:
            return "id" in await answer.json()

    async with aiohttp.ClientSession() as session:
        calls = (one(session, code, number) for number, code in enumerate(SATKER))
        return sum(await asyncio.gather(*calls))


def measure(database_url: str, sandbox: RunningSandbox, round_number: int) -> tuple[float, float]:
    """Seconds of the bare loop and of `publish`, one after the other."""
    pages = asyncio.run(reachable_pages(sandbox.url, sandbox.user_token))
    sandbox.control("settings", {"latency_ms": LATENCY_MS})
    began = time.perf_counter()
    sent = asyncio.run(bare_loop(sandbox, pages))
    bare = time.perf_counter() - began

    sandbox.control("reset", {})
    with database(database_url, connections=CONNECTIONS) as pool:
        package_id = approved(pool, list(SATKER), tonggak=f"pendaftaran-paslon|H+{round_number}")
        numbers = due(pool, package_id)
        pace = replace(QUICK, in_flight=IN_FLIGHT, call_seconds=20, lease_seconds=60)
        worker = Worker(pool, sandbox, package_id, pace=pace)
        # The list of Pages is asked for before the clock runs, as the bare loop has it.
        worker.publish([])
        sandbox.control("settings", {"latency_ms": LATENCY_MS})
        began = time.perf_counter()
        outcome = worker.publish(numbers)
        ours = time.perf_counter() - began
    if outcome != {"published": len(SATKER)} or sent != len(SATKER) or counted(sandbox) != (len(SATKER), 0):
        raise SystemExit(
            f"Not every post went out once: {outcome}, bare {sent}, platform {counted(sandbox)}."
        )
    sandbox.control("reset", {})
    return bare, ours


def main() -> None:
    """Measure some rounds and print them with the ratio of the medians."""
    registry = REPOSITORY / "include" / "satker.csv"
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_postgres(Path(folder), port=free_port()) as database_url,
        running_sandbox(satker_csv=registry) as sandbox,
    ):
        migrate(database_url)
        figures = [measure(database_url, sandbox, number) for number in range(ROUNDS)]
    least = -(-len(SATKER) // IN_FLIGHT) * LATENCY_MS / 1000
    print(f"{len(SATKER)} posts, {LATENCY_MS} ms each, {IN_FLIGHT} in flight: {least:.1f} s at the least")
    for bare, ours in figures:
        print(f"bare loop {bare:5.2f} s   publish {ours:5.2f} s   ratio {ours / bare:.2f}")
    bare, ours = (median(column) for column in zip(*figures, strict=True))
    print(f"median    {bare:5.2f} s           {ours:5.2f} s         {ours / bare:.2f}")


if __name__ == "__main__":
    main()
