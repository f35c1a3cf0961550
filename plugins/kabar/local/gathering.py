"""What happened in a demo, read from the ledger, from Airflow and from the sandbox's own log."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import httpx

from kabar.calendar import read_calendars
from kabar.insights.harvest import days_read
from kabar.local.airflow_api import AirflowAPI
from kabar.local.scene import DAG_ID, HARVEST, Played, Scene
from kabar.plan import public_stages
from kabar.settings import Settings
from kabar.store import insights, packages
from kabar.store.database import Connection

ANSWER_SECONDS = 30.0
#: A sensor that ended later than this after the last decision was not waiting for it.
WAKE_UP_AT_MOST = timedelta(seconds=30)


def gather(
    connection: Connection,
    scene: Scene,
    *,
    admin: AirflowAPI,
    package_id: int,
    is_first_start: bool,
    was_killed: bool,
    harvest_run: str,
    day: date,
) -> Played:
    """Bring together what a verdict needs."""
    log = httpx.get(f"{scene.sandbox_address}/_sandbox/log", timeout=ANSWER_SECONDS, trust_env=False)
    tasks = _task_seconds(admin, DAG_ID, scene.run_id)
    publishing = [seconds for task, seconds in tasks.items() if ".publish_" in task]
    return Played(
        scene=scene,
        package_id=package_id,
        is_first_start=is_first_start,
        was_killed=was_killed,
        ledger=tuple(packages.ledger_of_package(connection, package_id)),
        published_on_sandbox=_markers(log.json()["data"]),
        insights=insights.extent_of_days(connection, first=days_read(day)[0], last=day),
        stage_dags=admin.dag_count("tahapan__%"),
        public_stages=_count_public_stages(),
        import_errors=tuple(admin.import_errors()),
        seconds={
            "draft": tasks.get("draft"),
            "approval wake-up": _wake_up(admin, scene, packages.decided_at_by_wave(connection, package_id)),
            "due to first call": packages.seconds_to_first_claim(connection, package_id),
            "publish": sum(publishing) if publishing else None,
            "harvest": _task_seconds(admin, HARVEST, harvest_run).get("harvest"),
        },
    )


def _task_seconds(admin: AirflowAPI, dag_id: str, run_id: str) -> dict[str, float]:
    """How long each finished task of a run took."""
    return {
        one["task_id"]: float(one["duration"])
        for one in admin.task_instances(dag_id, run_id)
        if one["duration"] is not None
    }


def _wake_up(admin: AirflowAPI, scene: Scene, decided: dict[str, datetime]) -> float | None:
    """Seconds from a wave's last decision to the end of its sensor; the slowest wave that was woken by it."""
    waits = []
    for one in admin.task_instances(DAG_ID, scene.run_id):
        wave, _, task = one["task_id"].partition(".")
        last = decided.get(wave.removeprefix("wave_"))
        if task != "await_approval" or one["end_date"] is None or last is None:
            continue
        waited = datetime.fromisoformat(one["end_date"]) - last
        if timedelta(0) <= waited < WAKE_UP_AT_MOST:
            waits.append(waited.total_seconds())
    return max(waits, default=None)


def _markers(log: list[dict[str, Any]]) -> Counter[str]:
    """How often each marker `kt<number>` stands in the links of published posts."""
    markers: Counter[str] = Counter()
    for entry in log:
        _, found, rest = str(entry.get("link") or "").partition("utm_id=")
        if found:
            markers[rest.split("&")[0]] += 1
    return markers


def _count_public_stages() -> int:
    calendars = read_calendars(Settings.from_environment().calendars)
    return sum(len(public_stages(calendar)) for calendar in calendars)
