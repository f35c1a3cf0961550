"""The tasks of a tonggak's run after its drafts.

Each may be cleared at any moment: the ledger lets nothing happen twice.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator, BaseSensorOperator, Context

from kabar.errors import RefusedError
from kabar.orchestration import rounds
from kabar.orchestration.connections import warehouse_url
from kabar.orchestration.triggers import ApprovalTrigger, LateTrigger, WaveTimeTrigger, has_come, is_over
from kabar.settings import Settings
from kabar.store import cooldowns, decisions, packages, posts
from kabar.store.database import database

#: The slow poll beneath LISTEN, in case an announcement is lost.
POLL_SECONDS = 30.0


class ApprovalSensor(BaseSensorOperator):
    """Wait, without a worker, until a wave is decided or its publishing time has come."""

    template_fields: Sequence[str] = ("package_id",)

    def __init__(self, *, package_id: Any, wave: str, **kwargs: Any) -> None:  # noqa: ANN401 -- Airflow's.
        super().__init__(**kwargs)
        self.package_id = package_id
        self.wave = wave

    def execute(self, context: Context) -> None:  # noqa: ARG002 -- Airflow's signature.
        """Look once; when something still waits, leave the waiting to the triggerer, which ends the task."""
        package_id = int(self.package_id)
        with database(warehouse_url()) as pool, pool.connection() as connection:
            if is_over(decisions.wave_standing(connection, package_id, self.wave)):
                return
        self.defer(
            trigger=ApprovalTrigger(package_id=package_id, wave=self.wave, poll_seconds=POLL_SECONDS),
            method_name="execute",
        )


class WaveTimeSensor(BaseSensorOperator):
    """Wait, without a worker, until a wave's publishing time."""

    template_fields: Sequence[str] = ("package_id",)

    def __init__(self, *, package_id: Any, wave: str, **kwargs: Any) -> None:  # noqa: ANN401 -- Airflow's.
        super().__init__(**kwargs)
        self.package_id = package_id
        self.wave = wave

    def execute(self, context: Context) -> None:  # noqa: ARG002 -- Airflow's signature.
        """Return at once when the time has come."""
        with database(warehouse_url()) as pool, pool.connection() as connection:
            if has_come(decisions.wave_standing(connection, int(self.package_id), self.wave)):
                return
        self.defer(
            trigger=WaveTimeTrigger(
                package_id=int(self.package_id), wave=self.wave, poll_seconds=POLL_SECONDS
            ),
            method_name="execute",
        )


class Publish(BaseOperator):
    """Send what is approved and due in a wave, every post at most once; returns the counts."""

    template_fields: Sequence[str] = ("package_id",)

    def __init__(
        self,
        *,
        package_id: Any,  # noqa: ANN401 -- A number or a task's output.
        wave: str,
        channel: str,
        **kwargs: Any,  # noqa: ANN401 -- Airflow's.
    ) -> None:
        super().__init__(**kwargs)
        self.package_id = package_id
        self.wave = wave
        self.channel = channel

    def execute(self, context: Context) -> dict[str, int]:
        """Claim, call once, save the answer; all posts of the wave at the same time."""
        return asyncio.run(
            rounds.publish_round(
                warehouse_url(),
                package_id=int(self.package_id),
                wave=self.wave,
                channel=self.channel,
                worker=worker_of(context),
            )
        )


class Confirm(BaseOperator):
    """Settle what is in doubt by reading, and read every published post back; returns the counts."""

    template_fields: Sequence[str] = ("package_id",)

    def __init__(self, *, package_id: Any, wave: str, **kwargs: Any) -> None:  # noqa: ANN401 -- Airflow's.
        super().__init__(**kwargs)
        self.package_id = package_id
        self.wave = wave

    def execute(self, context: Context) -> dict[str, int]:
        """Read; nothing here creates anything on a platform."""
        return asyncio.run(
            rounds.confirm_round(
                warehouse_url(), package_id=int(self.package_id), wave=self.wave, worker=worker_of(context)
            )
        )


class PublishLate(BaseOperator):
    """Send what was approved after its wave went out, until nothing of the wave is open any more.

    Between two rounds the triggerer waits for a decision, a due time or an expiry, so that an approval
    becomes a running round in seconds and the run shows what it is still waiting for.
    """

    template_fields: Sequence[str] = ("package_id",)

    def __init__(self, *, package_id: Any, wave: str, **kwargs: Any) -> None:  # noqa: ANN401 -- Airflow's.
        super().__init__(**kwargs)
        self.package_id = package_id
        self.wave = wave

    def execute(self, context: Context) -> dict[str, int]:
        """The first round, right after the wave."""
        return self.next_round(context)

    def next_round(
        self,
        context: Context,
        event: dict[str, Any] | None = None,  # noqa: ARG002 -- Airflow's.
    ) -> dict[str, int]:
        """Expire, publish, settle, read back; then wait for the next round, or end."""
        package_id = int(self.package_id)
        url = warehouse_url()
        counts = asyncio.run(
            rounds.late_round(url, package_id=package_id, wave=self.wave, worker=worker_of(context))
        )
        with database(url) as pool, pool.connection() as connection:
            standing = decisions.package_standing(
                connection,
                package_id,
                wave=self.wave,
                account_gap_seconds=Settings.from_environment().pace.account_gap_seconds,
            )
        if standing.open:
            self.defer(
                trigger=LateTrigger(package_id=package_id, wave=self.wave, poll_seconds=POLL_SECONDS),
                method_name="next_round",
            )
        return counts


class Report(BaseOperator):
    """Say what became of the package; red when a person has something to look at."""

    template_fields: Sequence[str] = ("package_id",)

    def __init__(self, *, package_id: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Airflow's.
        super().__init__(**kwargs)
        self.package_id = package_id

    def execute(self, context: Context) -> dict[str, int]:  # noqa: ARG002 -- Airflow's signature.
        """Count the package by state."""
        with database(warehouse_url()) as pool, pool.connection() as connection:
            counts = packages.count_by_state(connection, int(self.package_id))
            unread = [post.post_id for post in posts.unread(connection, package_id=int(self.package_id))]
            doubled = packages.doubles(connection, int(self.package_id))
            cards = packages.open_cards(connection, int(self.package_id))
            pauses = cooldowns.standing_cooldowns(connection)
        self.log.info("Package %s: %s; published and not read back: %s", self.package_id, counts, unread)
        self.log.info("Manual cards that a person may still post: %s", cards)
        for pause in pauses:
            self.log.warning(
                "%s rests until %s, %s posts wait: %s",
                pause["account_name"] or f"Everything behind {pause['connection']}",
                pause["until"].isoformat(timespec="seconds"),
                pause["waiting"],
                pause["reason"],
            )
        complaints = []
        if counts.get("unconfirmed"):
            complaints.append(f"{counts['unconfirmed']} are unconfirmed: open Meja Humas, Belum pasti.")
        if unread:
            complaints.append(f"{len(unread)} were not found again ({some(unread)}): look at their Pages.")
        if doubled:
            complaints.append(f"{len(doubled)} may stand twice ({some(doubled)}): look at their Pages.")
        if complaints:
            raise RefusedError(f"Posts of package {self.package_id}: {' '.join(complaints)}")
        return counts


def some(post_ids: Sequence[int]) -> str:
    """The first numbers of a list, each as its post's link carries it."""
    shown = ", ".join(f"kt{number}" for number in post_ids[:10])
    return shown if len(post_ids) <= len(post_ids[:10]) else f"{shown}, …"


def worker_of(context: Context) -> str:
    """Who sends, for the ledger's history: DAG, run, task, try and process."""
    instance = context["ti"]
    place = f"{instance.dag_id}/{instance.run_id}/{instance.task_id}/{instance.try_number}"
    return f"{place}/pid{os.getpid()}"
