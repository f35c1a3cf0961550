"""The demo's rehearsal, driven from outside as people would: Airflow's API, Meja Humas, the public view.

Every step looks at what is there before it does anything, so that a second start goes on where the first
was interrupted.
"""

from __future__ import annotations

import asyncio
import csv
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from kabar.accounts import COLUMNS
from kabar.calendar import read_calendars
from kabar.channels.facebook_day import newest_complete_day
from kabar.channels.registry import reachable_pages
from kabar.errors import KabarError
from kabar.insights.harvest import days_read
from kabar.local.airflow_api import AirflowAPI
from kabar.local.kill import kill_a_sender
from kabar.local.progress import Progress
from kabar.plan import public_stages
from kabar.posting.reconcile import LOOKS_BEFORE_A_PERSON_IS_ASKED
from kabar.satker import read_satker
from kabar.settings import Settings
from kabar.store import insights, packages
from kabar.store.database import Database, database
from kabar.store.insights import Extent

DAG_ID = "rehearsal"
DESK = "/meja-humas"
CONNECTION = "graph_rehearsal"
#: No decree names the sandbox's Pages; the registry says so instead of inventing a number.
NO_DECREE = ""
PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played."""

    calendar: str
    stage: str
    as_if_at: str
    #: Province whose drafts are left to the visitor.
    waiting_province: str
    minutes_to_first_wave: float
    minutes_between_waves: float
    sandbox_address: str
    database_url: str
    #: Kill the process of a publishing task in the middle of its wave.
    with_kill: bool

    @classmethod
    def from_environment(cls, *, sandbox_address: str, database_url: str) -> Scene:
        """Read `KABAR_DEMO_*`; by default the registration of candidate pairs on its first day."""
        get = os.environ.get
        return cls(
            calendar=get("KABAR_DEMO_CALENDAR", "pilkada-2024"),
            stage=get("KABAR_DEMO_STAGE", "pendaftaran-paslon"),
            as_if_at=get("KABAR_DEMO_AT", "2024-08-27T00:00:00+07:00"),
            waiting_province=get("KABAR_DEMO_WAITING", "32"),
            minutes_to_first_wave=float(get("KABAR_DEMO_FIRST_WAVE", "1")),
            minutes_between_waves=float(get("KABAR_DEMO_BETWEEN", "1")),
            sandbox_address=sandbox_address,
            database_url=database_url,
            with_kill=get("KILL", "0") != "0",
        )

    @property
    def run_id(self) -> str:
        """The same scene is the same run, so that no start plays it a second time."""
        return f"demo__{self.calendar}__{self.stage}__{self.as_if_at}"


@dataclass(frozen=True, slots=True)
class Played:
    """Everything that happened, from the ledger, from Airflow and from the sandbox's own log."""

    scene: Scene
    package_id: int
    ledger: tuple[dict[str, Any], ...]
    #: How often each post's marker was published, by the sandbox's own log.
    published_on_sandbox: Counter[str]
    #: Of the harvested day and the days before it that were read again.
    insights: Extent
    #: DAGs of stages that Airflow shows, and how many public stages the calendars have.
    stage_dags: int
    public_stages: int
    import_errors: tuple[str, ...]
    seconds: dict[str, float]


class Rehearsal:
    """One rehearsal from trigger to insights."""

    def __init__(self, scene: Scene, *, admin: AirflowAPI, humas: AirflowAPI, progress: Progress) -> None:
        self._scene = scene
        self._admin = admin
        self._humas = humas
        self._progress = progress

    def play(self) -> Played:
        """Draft, approve, publish, confirm, harvest; then gather what happened."""
        with database(self._scene.database_url, connections=2) as pool:
            with self._progress.step("Drafts of every bound satker"):
                package_id = self._drafted(pool)
            with self._progress.step("Approval through Meja Humas"):
                self._approve(package_id)
            with self._progress.step("Publishing in three waves, and reading back"):
                self._watch(pool, package_id)
            with self._progress.step("Insights of the newest day that is over in Los Angeles"):
                day_key = self._harvest()
            return self._gather(pool, package_id, day_key)

    def _drafted(self, pool: Database) -> int:
        scene = self._scene
        _until(lambda: self._admin.has_dag(DAG_ID), "Airflow to read the DAGs")
        if not self._admin.has_run(DAG_ID, scene.run_id):
            self._admin.trigger(
                DAG_ID,
                run_id=scene.run_id,
                conf={
                    "calendar": scene.calendar,
                    "stage": scene.stage,
                    "as_if_at": scene.as_if_at,
                    "minutes_to_first_wave": scene.minutes_to_first_wave,
                    "minutes_between_waves": scene.minutes_between_waves,
                    "late_delay_minutes": 0.5,
                },
            )

        def package_id() -> int | None:
            with pool.connection() as connection:
                return packages.package_of_run(connection, dag_id=DAG_ID, run_id=scene.run_id)

        number = _until(package_id, "the drafts")
        self._progress.note(f"package {number}: {_told(self._counts(pool, number))}")
        return int(number)

    def _approve(self, package_id: int) -> None:
        """Approve what is free of findings in every province but one, province by province."""
        waiting = self._humas.ask("GET", f"{DESK}/api/paket/{package_id}")
        mine = [
            item
            for item in waiting
            if item["state"] == "planned"
            and not item["findings"]
            and item["province_code"] != self._scene.waiting_province
        ]
        decided = 0
        for province in sorted({item["province_code"] for item in mine}):
            chosen = [item for item in mine if item["province_code"] == province]
            answer = self._humas.ask(
                "POST",
                f"{DESK}/putusan",
                headers={"Accept": "application/json"},
                data={
                    "verdict": "approve",
                    "items": " ".join(f"{item['id']}:{item['content_hash']}" for item in chosen),
                    "request_key": str(uuid5(NAMESPACE_URL, f"{package_id}/{province}")),
                },
            )
            decided += answer["decided"]
        self._progress.note(f"approved {decided}, left to you: province {self._scene.waiting_province}")

    def _watch(self, pool: Database, package_id: int) -> None:
        shown: dict[str, int] = {}
        killed = not self._scene.with_kill
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            if not killed:
                killed = kill_a_sender(pool, package_id, self._progress)
            counts = self._counts(pool, package_id)
            if counts != shown:
                self._progress.note(_told(counts))
                shown = counts
            self._answer_questions()
            if self._is_settled(pool, package_id):
                return
            time.sleep(LOOK_SECONDS if killed else 0.02)
        raise KabarError(f"The waves did not end within {PATIENCE_SECONDS:g} s: {_told(shown)}.")

    def _is_settled(self, pool: Database, package_id: int) -> bool:
        with pool.connection() as connection:
            rows = packages.ledger_of_package(connection, package_id)
        return all(
            row["confirmed_at"] is not None
            if row["state"] == "published"
            else row["state"] in {"refused", "expired", "held", "withdrawn"}
            for row in rows
            if row["province_code"] != self._scene.waiting_province
        )

    def _answer_questions(self) -> None:
        """Do what an officer does with a question: look at the Page as a citizen sees it, and answer."""
        for question in self._humas.ask("GET", f"{DESK}/api/belum-pasti"):
            if question["looks"] < LOOKS_BEFORE_A_PERSON_IS_ASKED:
                continue
            page = httpx.get(
                f"{self._scene.sandbox_address}/_sandbox/count",
                params={"contains": f"utm_id=kt{question['post_id']}"},
                trust_env=False,
            ).json()
            if page["total"]:
                continue
            self._humas.ask(
                "POST",
                f"{DESK}/belum-pasti/{question['post_id']}",
                headers={"Accept": "application/json"},
                data={
                    "answer": "absent",
                    "claim_number": question["claim_number"],
                    "reason": "Halaman sudah dilihat, unggahan ini tidak ada.",
                },
            )
            self._progress.note(f"post {question['post_id']} was not on its Page: sent again by an officer")

    def _harvest(self) -> str:
        day_key = newest_complete_day(datetime.now(UTC)).isoformat()
        run_id = f"demo__{day_key}__{datetime.now(UTC):%Y%m%dT%H%M%S}"
        self._admin.trigger("harvest_insights", run_id=run_id, partition_key=day_key)

        def state() -> str | None:
            found = self._admin.run_state("harvest_insights", run_id)
            return found if found in {"success", "failed"} else None

        if _until(state, "the harvest") != "success":
            raise KabarError(
                f"The harvest of {day_key} failed; see run {run_id} of harvest_insights in Airflow."
            )
        self._seconds_of_harvest = self._task_seconds("harvest_insights", run_id)
        return day_key

    def _task_seconds(self, dag_id: str, run_id: str) -> dict[str, float]:
        """How long each finished task of a run took."""
        return {
            one["task_id"]: float(one["duration"])
            for one in self._admin.task_instances(dag_id, run_id)
            if one["duration"] is not None
        }

    def _gather(self, pool: Database, package_id: int, day_key: str) -> Played:
        scene = self._scene
        log = httpx.get(f"{scene.sandbox_address}/_sandbox/log", timeout=30, trust_env=False).json()["data"]
        tasks = self._task_seconds(DAG_ID, scene.run_id)
        harvest = self._seconds_of_harvest
        with pool.connection() as connection:
            ledger = packages.ledger_of_package(connection, package_id)
            decided = packages.decided_at_by_wave(connection, package_id)
            to_first_claim = packages.seconds_to_first_claim(connection, package_id)
            day = date.fromisoformat(day_key)
            extent = insights.extent_of_days(connection, first=days_read(day)[0], last=day)
        return Played(
            scene=scene,
            package_id=package_id,
            ledger=tuple(ledger),
            published_on_sandbox=_markers(log),
            insights=extent,
            stage_dags=self._admin.dag_count("tahapan__%"),
            public_stages=_count_public_stages(),
            import_errors=tuple(self._admin.import_errors()),
            seconds={
                "draft": tasks.get("draft", 0.0),
                "approval wake-up": self._wake_up(decided),
                "due to first call": to_first_claim or 0.0,
                "publish": sum(seconds for task, seconds in tasks.items() if ".publish_" in task),
                "harvest": harvest.get("harvest", 0.0),
            },
        )

    def _wake_up(self, decided: dict[str, datetime]) -> float:
        """Seconds from a wave's last decision to the end of its sensor; the slowest wave that was awake."""
        waits = []
        for one in self._admin.task_instances(DAG_ID, self._scene.run_id):
            wave, _, task = one["task_id"].partition(".")
            if task != "await_approval" or one["end_date"] is None:
                continue
            last = decided.get(wave.removeprefix("wave_"))
            ended = datetime.fromisoformat(one["end_date"])
            if last is not None and timedelta(0) <= ended - last < timedelta(seconds=30):
                waits.append((ended - last).total_seconds())
        return max(waits, default=0.0)

    def _counts(self, pool: Database, package_id: int) -> dict[str, int]:
        with pool.connection() as connection:
            return packages.count_by_state(connection, package_id)


def register_pages(address: str, token: str, settings: Settings, file: Path) -> int:
    """Write the accounts registry of the sandbox's Pages, matched by official name to the letter.

    Gives the number of accounts. Only a Page whose name is a satker's own short name is taken over.
    """
    pages = asyncio.run(reachable_pages(address, token))
    by_name = {page.name: page for page in pages.values()}
    rows = [
        (satker.code, "facebook", by_name[satker.short_name].page_id, satker.short_name)
        for satker in read_satker(settings.include / "satker.csv")
        if satker.short_name in by_name
    ]
    partial = file.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*row, "gladi", CONNECTION, NO_DECREE, NO_DECREE, "ya") for row in rows)
    partial.replace(file)
    return len(rows)


def _count_public_stages() -> int:
    calendars = read_calendars(Settings.from_environment().calendars)
    return sum(len(public_stages(calendar)) for calendar in calendars)


def _until(ask: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 -- gives what `ask` gives.
    """Ask until the answer is true; the longest wait is `PATIENCE_SECONDS`."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        answer = ask()
        if answer:
            return answer
        time.sleep(LOOK_SECONDS)
    raise KabarError(f"Waited {PATIENCE_SECONDS:g} s for {what}; the logs are in the state folder.")


def _markers(log: list[dict[str, Any]]) -> Counter[str]:
    """How often each marker `kt<number>` stands in the links of published posts."""
    markers: Counter[str] = Counter()
    for entry in log:
        _, found, rest = str(entry.get("link") or "").partition("utm_id=")
        if found:
            markers[rest.split("&")[0]] += 1
    return markers


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
