"""The order of a tonggak's tasks, the same for a stage's own runs and for rehearsals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseOperator, TaskGroup, TriggerRule

from kabar.channels import CHANNELS
from kabar.orchestration.operators import (
    ApprovalSensor,
    Confirm,
    Publish,
    PublishLate,
    Report,
    WaveTimeSensor,
)
from kabar.orchestration.policies import READS
from kabar.satker import ZONES

#: A task that has to follow whatever became of the ones before, as long as there is a package at all.
AFTER_ALL = TriggerRule.ALL_DONE_MIN_ONE_SUCCESS
#: For tasks that create nothing outside our own tables: a database that was away is asked again.
REPEATABLE: Mapping[str, Any] = {"retries": 3, "retry_policy": READS}


def flow(draft: BaseOperator) -> None:
    """Put the waves and the report behind the task that drafts.

        draft ─▶ wave[WIT, WITA, WIB] ─▶ report
        wave: await_approval ─▶ await_time ─▶ publish ─▶ confirm ─▶ publish_late

    Nothing that publishes has retries: what a lost task leaves behind is settled by `confirm`, and what it
    had not begun is taken up by `publish_late`, which also waits for late approvals of its wave. The tasks
    before them create nothing outside our own tables, so they may be repeated.
    """
    package_id = draft.output
    report = Report(task_id="report", package_id=package_id, trigger_rule=AFTER_ALL)
    for zone in ZONES:
        with TaskGroup(f"wave_{zone}", tooltip=f"The satker whose clocks show {zone}"):
            wave: dict[str, Any] = {"package_id": package_id, "wave": zone}
            approval = ApprovalSensor(task_id="await_approval", **wave, **REPEATABLE)
            time = WaveTimeSensor(task_id="await_time", **wave, **REPEATABLE)
            confirm = Confirm(task_id="confirm", **wave, trigger_rule=AFTER_ALL)
            late = PublishLate(task_id="publish_late", **wave, retries=0, trigger_rule=AFTER_ALL)
            for channel in CHANNELS:
                publish = Publish(task_id=f"publish_{channel}", **wave, channel=channel, retries=0)
                approval >> time >> publish >> confirm
            # The second arrows let each of them follow a task that failed or was killed.
            time >> confirm >> late >> report
            time >> late
    draft >> report
