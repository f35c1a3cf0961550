"""The demo's rehearsal, driven from outside as people would: Airflow's API, Meja Humas, the public view.

Every step looks at what is there before it does anything, so that a second start goes on where the first
was interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from kabar.channels.facebook_day import newest_complete_day
from kabar.errors import KabarError
from kabar.local.airflow_api import AirflowAPI
from kabar.local.gathering import gather, places_on_sandbox
from kabar.local.kill import kill_a_sender
from kabar.local.progress import Progress
from kabar.local.scene import DAG_ID, HARVEST, Played, Scene
from kabar.posting.reconcile import LOOKS_BEFORE_A_PERSON_IS_ASKED
from kabar.store import packages
from kabar.store.database import Database, database

DESK = "/meja-humas"
PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 1.0


class Rehearsal:
    """One rehearsal from trigger to insights."""

    def __init__(self, scene: Scene, *, admin: AirflowAPI, humas: AirflowAPI, progress: Progress) -> None:
        self._scene = scene
        self._admin = admin
        self._humas = humas
        self._progress = progress
        self._is_first_start = False
        self._was_killed = False

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
                harvest_run, day = self._harvest()
            with pool.connection() as connection:
                return gather(
                    connection,
                    self._scene,
                    admin=self._admin,
                    package_id=package_id,
                    is_first_start=self._is_first_start,
                    was_killed=self._was_killed,
                    harvest_run=harvest_run,
                    day=day,
                )

    def _drafted(self, pool: Database) -> int:
        scene = self._scene
        _until(lambda: self._admin.has_dag(DAG_ID), "Airflow to read the DAGs")
        if not self._admin.has_run(DAG_ID, scene.run_id):
            self._is_first_start = True
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
        is_to_be_killed = self._scene.with_kill and self._is_first_start
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            if is_to_be_killed and not self._was_killed:
                self._was_killed = kill_a_sender(pool, package_id, self._progress)
            counts = self._counts(pool, package_id)
            if counts != shown:
                self._progress.note(_told(counts))
                shown = counts
            self._answer_questions()
            if self._is_settled(pool, package_id):
                return
            time.sleep(0.02 if is_to_be_killed and not self._was_killed else LOOK_SECONDS)
        raise KabarError(f"The waves did not end within {PATIENCE_SECONDS:g} s: {_told(shown)}.")

    def _is_settled(self, pool: Database, package_id: int) -> bool:
        with pool.connection() as connection:
            rows = packages.ledger_of_package(connection, package_id)
        return all(
            row["confirmed_at"] is not None
            if row["state"] == "published"
            else row["state"] in {"refused", "expired", "held", "withdrawn", "corrected"}
            for row in rows
            if row["province_code"] != self._scene.waiting_province and not row["by_hand"]
        )

    def _answer_questions(self) -> None:
        """Do what an officer does with a question: look at the account as a citizen sees it, and answer."""
        for question in self._humas.ask("GET", f"{DESK}/api/belum-pasti"):
            if question["looks"] < LOOKS_BEFORE_A_PERSON_IS_ASKED:
                continue
            number = question["post_id"]
            places = places_on_sandbox(self._scene.sandbox_address)[f"kt{number}"]
            answer = {"answer": "absent", "reason": "Akun sudah dilihat, unggahan ini tidak ada."}
            if places:
                answer = {"answer": "published", "place": places[0]}
            self._humas.ask(
                "POST",
                f"{DESK}/belum-pasti/{number}",
                headers={"Accept": "application/json"},
                data={"claim_number": question["claim_number"], **answer},
            )
            told = "was seen there" if places else "was not there: sent again"
            self._progress.note(f"post {number} {told}, says an officer")

    def _harvest(self) -> tuple[str, date]:
        now = datetime.now(UTC)
        day = newest_complete_day(now)
        run_id = f"demo__{day}__{now:%Y%m%dT%H%M%S}"
        self._admin.trigger(HARVEST, run_id=run_id, partition_key=day.isoformat())

        def state() -> str | None:
            found = self._admin.run_state(HARVEST, run_id)
            return found if found in {"success", "failed"} else None

        if _until(state, "the harvest") != "success":
            raise KabarError(f"The harvest of {day} failed; see run {run_id} of {HARVEST} in Airflow.")
        return run_id, day

    def _counts(self, pool: Database, package_id: int) -> dict[str, int]:
        with pool.connection() as connection:
            return packages.count_by_state(connection, package_id)


def _until(ask: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 -- gives what `ask` gives.
    """Ask until the answer is true; the longest wait is `PATIENCE_SECONDS`."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        answer = ask()
        if answer:
            return answer
        time.sleep(LOOK_SECONDS)
    raise KabarError(f"Waited {PATIENCE_SECONDS:g} s for {what}; the logs are in the state folder.")


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
