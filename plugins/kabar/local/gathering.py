"""What happened in a demo, read from the ledger, from Airflow and from the sandbox's own log."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import httpx

from kabar.calendar import read_calendars
from kabar.channels import CHANNELS
from kabar.insights.harvest import days_read
from kabar.local.airflow_api import AirflowAPI
from kabar.local.scene import DAG_ID, HARVEST, Played, Scene
from kabar.plan import public_stages
from kabar.posting.publish import full_text
from kabar.settings import Settings
from kabar.store import insights, packages
from kabar.store.database import Connection

ANSWER_SECONDS = 30.0
#: With a picture, a post there shows neither a link nor the name of a file.
BY_WORDS = ("instagram", "threads")
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
    tasks = _task_seconds(admin, DAG_ID, scene.run_id)
    publishing = [seconds for task, seconds in tasks.items() if ".publish_" in task]
    ledger = packages.ledger_of_package(connection, package_id)
    return Played(
        scene=scene,
        package_id=package_id,
        is_first_start=is_first_start,
        was_killed=was_killed,
        ledger=tuple(ledger),
        published_on_sandbox=Counter(
            {marker: len(places) for marker, places in places_on_sandbox(scene.sandbox_address).items()}
        )
        + _counted_by_words(ledger, scene.sandbox_address),
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


def places_on_sandbox(address: str) -> dict[str, list[str]]:
    """Where each marker `kt<number>` was published, on all platforms, by the sandbox's own logs."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for platform in (name for name in CHANNELS if name not in BY_WORDS):
        for entry in _log(address, platform):
            if marker := _marker(entry):
                places[marker].append(entry.get("permalink") or entry.get("post_id") or "")
    return places


def _counted_by_words(ledger: Sequence[Mapping[str, Any]], address: str) -> Counter[str]:
    """How often the words of a post stand on its account, for platforms on which a post bears no marker."""
    stands = Counter(
        (platform, entry["account"], entry["first_text"].strip())
        for platform in BY_WORDS
        for entry in _log(address, platform)
    )
    return Counter(
        {
            f"kt{row['post_id']}": stands[
                row["channel"], row["account_external_id"], full_text(row["message"], row["hashtags"]).strip()
            ]
            for row in ledger
            if row["channel"] in BY_WORDS
        }
    )


def _log(address: str, platform: str) -> list[dict[str, Any]]:
    """What a platform took, by the sandbox's own log."""
    log = httpx.get(
        f"{address}/_sandbox/log",
        params={} if platform == "facebook" else {"platform": platform},
        timeout=ANSWER_SECONDS,
        trust_env=False,
    )
    entries: list[dict[str, Any]] = log.json()["data"]
    return entries


def _marker(entry: dict[str, Any]) -> str | None:
    """The marker of a post in its link, or in the names of its files where a picture leaves no link."""
    places = [str(entry.get("link") or ""), *entry.get("more", {}).get("files", ())]
    found = (re.search(r"\b(?:utm_id=)?(kt\d+)\b", place) for place in places)
    return next((match[1] for match in found if match), None)


def _count_public_stages() -> int:
    calendars = read_calendars(Settings.from_environment().calendars)
    return sum(len(public_stages(calendar)) for calendar in calendars)
