"""How long an approval takes to become a call to the platform, in a running demo (`make demo` first).

Plays a rehearsal whose waves are due at once and undecided, so that `publish_late` waits in the triggerer.
Then approves single drafts through Meja Humas and measures, on the database's clock, from the decision's
commit to the claim of the post, which is the publishing task's first act.
"""

from __future__ import annotations

import json
import statistics
import time
from uuid import uuid4

import psycopg

from kabar.local.airflow_api import AirflowAPI, Login
from kabar.satker import ZONES
from kabar.settings import Settings

SAMPLES = 12
DESK = "/meja-humas"
WAIT_SECONDS = 120


def main() -> None:
    """Measure and print the median."""
    settings = Settings.from_environment()
    login = Login.from_environment(settings)
    passwords = json.loads((settings.state / "users.json").read_text())
    run_id = f"bench__{uuid4()}"
    with (
        AirflowAPI(login) as admin,
        AirflowAPI(Login(login.address, "humas_ri", passwords["humas_ri"])) as humas,
    ):
        admin.trigger(
            "rehearsal",
            run_id=run_id,
            conf={"minutes_to_first_wave": 0, "minutes_between_waves": 0, "late_delay_minutes": 0},
        )
        _wait_until_deferred(admin, run_id)
        package = max(humas.ask("GET", f"{DESK}/api/paket"), key=lambda one: one["id"])
        drafts = humas.ask("GET", f"{DESK}/api/paket/{package['id']}")[:SAMPLES]
        url = (settings.state / "database-url").read_text()
        samples = []
        with psycopg.connect(url, autocommit=True) as connection:
            for draft in drafts:
                _wait_until_deferred(admin, run_id)
                samples.append(_approve_one(humas, connection, draft))
    print(f"{len(samples)} approvals, decision to claim: median {statistics.median(samples):.2f} s, ", end="")
    print(f"fastest {min(samples):.2f} s, slowest {max(samples):.2f} s")


def _wait_until_deferred(admin: AirflowAPI, run_id: str) -> None:
    for _ in range(WAIT_SECONDS * 5):
        states = {one["task_id"]: one["state"] for one in admin.task_instances("rehearsal", run_id)}
        if all(states.get(f"wave_{zone}.publish_late") == "deferred" for zone in ZONES):
            # The triggerer needs a moment to begin listening.
            time.sleep(2)
            return
        time.sleep(0.2)
    raise TimeoutError(f"publish_late of {run_id} is not waiting: {states}")


def _approve_one(
    humas: AirflowAPI, connection: psycopg.Connection[tuple[float]], draft: dict[str, str]
) -> float:
    humas.ask(
        "POST",
        f"{DESK}/putusan",
        headers={"Accept": "application/json"},
        data={
            "verdict": "approve",
            "items": f"{draft['id']}:{draft['content_hash']}",
            "request_key": str(uuid4()),
        },
    )
    for _ in range(WAIT_SECONDS * 10):
        row = connection.execute(
            "select extract(epoch from p.sent_at - c.decided_at)::float8 from kabar.post p"
            " join kabar.decision c on c.id = p.decision_id where p.draft_id = %s and p.sent_at is not null",
            (draft["id"],),
        ).fetchone()
        if row is not None:
            return row[0]
        time.sleep(0.1)
    raise TimeoutError(f"Draft {draft['id']} was not sent.")


if __name__ == "__main__":
    main()
