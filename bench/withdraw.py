"""From an officer's click to posts that are gone: a wrong fact that stands on 545 Pages.

Everything real but the browser and Airflow: the decision is made as the form makes it, the trigger listens as
in the triggerer, and one round takes the posts down on the sandbox, which takes 400 ms a call.
What Airflow adds between the trigger's event and the worker is the same as for an approval: see
`bench/approval.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import orjson

from desk.seeding import desk_for
from kabar.calendar import read_calendar
from kabar.desk.remedy import Decision, remedy
from kabar.election import binds
from kabar.local.ports import free_port
from kabar.local.postgres import embedded_postgres
from kabar.officers import Officer
from kabar.orchestration.aftermath import AftermathTrigger, WithdrawAndCorrect
from kabar.posting.remedies import Action
from kabar.sandbox.running import running_sandbox
from kabar.settings import REPOSITORY
from kabar.store import remedies
from kabar.store.database import Database, database
from kabar.store.migrate import migrate
from kabar.store.remedies import Choice
from ledger import CONNECTION, QUICK, SATKER, Worker, approved, decide, states

LATENCY_MS = 400
IN_FLIGHT = 50
STAGE = read_calendar(REPOSITORY / "include" / "calendars" / "pilkada_2024.yaml").stage("pendaftaran-paslon")
#: Those whom the stage binds, as in the demo.
CODES = [code for code, satker in SATKER.items() if binds(STAGE, satker)]


def click(pool: Database, action: Action) -> float:
    """Decide about every post with the wrong fact, as the form does; gives the seconds that it took."""
    desk = desk_for(pool, now=lambda: datetime.now(UTC))
    began = time.perf_counter()
    with pool.connection() as connection:
        wrong = Choice(fact="dasar", value="Peraturan KPU Nomor 2 Tahun 2024")
        chosen = [row["post_id"] for row in remedies.standing_posts(connection, wrong)]
        remedy(
            connection,
            chosen,
            Decision(
                action, "Dasar hukumnya keliru.", "Peraturan 2", "Peraturan 8", "fakta", f"bench-{action}"
            ),
            officer=desk.tables().officers["humas_ri"],
            tables=desk.tables(),
            correct=desk.correct,
            now=datetime.now(UTC),
        )
    return time.perf_counter() - began


async def wait() -> None:
    """Wait for work as the triggerer does."""
    events: Any = AftermathTrigger(poll_seconds=30).run()
    await anext(events)
    await events.aclose()


async def click_and_wake(pool: Database, action: Action) -> tuple[float, float]:
    """Seconds of the click, and from its beginning to the trigger's event."""
    waiting = asyncio.create_task(wait())
    await asyncio.sleep(1)
    began = time.perf_counter()
    clicked = await asyncio.to_thread(click, pool, action)
    await waiting
    return clicked, time.perf_counter() - began


def work() -> tuple[float, dict[str, int]]:
    """One round of the task."""
    instance = SimpleNamespace(dag_id="bench", run_id="bench", task_id="withdraw", try_number=1)
    began = time.perf_counter()
    done = WithdrawAndCorrect(task_id="withdraw", waits=False).execute({"ti": instance})  # type: ignore[typeddict-item]
    return time.perf_counter() - began, done


def main() -> None:
    """Withdraw and correct 545 posts, and print how long each step took."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_postgres(Path(folder), port=free_port()) as database_url,
        running_sandbox(satker_csv=REPOSITORY / "include" / "satker.csv") as sandbox,
    ):
        migrate(database_url)
        connection = {"conn_type": "http", "host": sandbox.url, "password": sandbox.user_token}
        os.environ |= {
            "KABAR_DATABASE_URL": database_url,
            f"AIRFLOW_CONN_{CONNECTION.upper()}": orjson.dumps(connection).decode(),
            "KABAR_SETTLE_SECONDS": "1",
            "KABAR_LOOK_GAP_SECONDS": "1",
        }
        with database(database_url, connections=8) as pool:
            package_id = approved(pool, CODES)
            pace = replace(QUICK, in_flight=IN_FLIGHT, call_seconds=20, lease_seconds=60)
            Worker(pool, sandbox, package_id, pace=pace).publish()
            sandbox.control("settings", {"latency_ms": LATENCY_MS})

            clicked, woken = asyncio.run(click_and_wake(pool, "replace"))
            gone, counts = work()
            print(f"{len(CODES)} posts, {LATENCY_MS} ms a call, {IN_FLIGHT} in flight: {counts}")
            print(f"click {clicked:.2f} s, awake after {woken:.2f} s, all gone {gone:.2f} s after that")
            if states(pool, package_id) != {"withdrawn": len(CODES)}:
                raise SystemExit(f"Not all are gone: {states(pool, package_id)}.")

            corrections = package_id + 1
            other = another_officer(pool)
            decide(pool, corrections, officer=other)
            sent, _ = work()
            print(f"approved corrections: all stand and are read back {sent:.2f} s after the worker began")
            if states(pool, corrections) != {"published": len(CODES)}:
                raise SystemExit(f"Not all corrections stand: {states(pool, corrections)}.")


def another_officer(pool: Database) -> Officer:
    """Another officer of the nation than the one who wrote the corrections."""
    humas = desk_for(pool, now=lambda: datetime.now(UTC)).tables().officers["humas_ri"]
    return humas.model_copy(update={"username": "humas_ri_2"})


if __name__ == "__main__":
    main()
