"""How fast a stop takes hold: 553 posts in flight, the stop raised over HTTP in the middle of the wave.

Prints the time from the stop's commit to the last claim and to the last call that was made, by the database's
and the sandbox's own record, and how many posts were out of its reach.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import httpx
import uvicorn
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user

from desk.seeding import desk_for, form_of
from kabar.desk.app import create_app
from kabar.local.ports import free_port
from kabar.local.postgres import embedded_postgres
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY
from kabar.store.database import Database, database
from kabar.store.migrate import migrate
from ledger import QUICK, SATKER, Worker, approved, counted, due, states

LATENCY_MS = 400
IN_FLIGHT = 50
#: Into the wave, which takes about six seconds.
STOP_AFTER_SECONDS = 2.0
CONNECTIONS = 16


def wave(db: Database, sandbox: RunningSandbox) -> None:
    """Send a wave, stop it in its middle over HTTP, and print what happened."""
    desk = desk_for(db, now=lambda: datetime.now(UTC))
    create_auth_manager()
    app = create_app(desk)
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="humas_ri", role="user")
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    socket = server.config.bind_socket()
    serving = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    serving.start()
    package_id = approved(db, list(SATKER))
    numbers = due(db, package_id)
    worker = Worker(
        db, sandbox, package_id, pace=replace(QUICK, in_flight=IN_FLIGHT, call_seconds=20, lease_seconds=60)
    )
    worker.publish([])
    sandbox.control("settings", {"latency_ms": LATENCY_MS})
    sending = threading.Thread(target=lambda: worker.publish(numbers))
    sending.start()
    time.sleep(STOP_AFTER_SECONDS)
    form = form_of(desk, "humas_ri", typed="seluruh Indonesia", reason="ukur")
    headers = {"accept": "application/json", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=f"http://127.0.0.1:{socket.getsockname()[1]}", headers=headers) as humas:
        began = time.perf_counter()
        answer = humas.post("/hentikan", data=form, timeout=30).json()
        took = time.perf_counter() - began
    sending.join()
    server.should_exit = True
    serving.join()
    with db.connection() as connection:
        row = connection.execute(
            "select extract(epoch from max(e.at) filter (where e.to_state = 'sending') - s.raised_at)"
            " as claim"
            " from kabar.post_event e, kabar.stop s group by s.raised_at"
        ).fetchone()
        taken_back = connection.execute(
            "select count(distinct post_id) as n from kabar.post_event where from_state = 'sending'"
            " and to_state = 'approved'"
        ).fetchone()
    print(
        f"answer to the officer after {took:.2f} s; out of reach: {len(answer['being_sent'])} being sent, ",
        end="",
    )
    print(f"{answer['published']} published")
    print(
        f"last claim {row['claim'] if row else 0:+.3f} s from the stop; taken back before the call: ", end=""
    )
    print(taken_back["n"] if taken_back else 0)
    print(f"{dict(states(db, package_id))}; on the platform {counted(sandbox)}")


def main() -> None:
    """One wave on a durable database."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_postgres(Path(folder), port=free_port()) as url,
        running_sandbox(satker_csv=REPOSITORY / "include" / "satker.csv", refuse_duplicates=False) as sandbox,
    ):
        migrate(url)
        with database(url, connections=CONNECTIONS) as db:
            wave(db, sandbox)


if __name__ == "__main__":
    main()
