"""The order of a tonggak's tasks, the same for a stage's own runs and for rehearsals."""

from __future__ import annotations

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
from kabar.satker import ZONES

#: A task that has to follow whatever became of the ones before, as long as there is a package at all.
AFTER_ALL = TriggerRule.ALL_DONE_MIN_ONE_SUCCESS


def flow(draft: BaseOperator) -> None:
    """Put the waves, the late round and the report behind the task that drafts.

        draft ─▶ wave[WIT, WITA, WIB] ─▶ publish_late ─▶ report
        wave: await_approval ─▶ await_time ─▶ publish ─▶ confirm

    Nothing that publishes has retries: what a lost task leaves behind is settled by `confirm`, and what it
    had not begun is taken up by `publish_late`.
    """
    package_id = draft.output
    late = PublishLate(task_id="publish_late", package_id=package_id, retries=0, trigger_rule=AFTER_ALL)
    for zone in ZONES:
        with TaskGroup(f"wave_{zone}", tooltip=f"The satker whose clocks show {zone}"):
            approval = ApprovalSensor(task_id="await_approval", package_id=package_id, wave=zone)
            time = WaveTimeSensor(task_id="await_time", package_id=package_id, wave=zone)
            confirm = Confirm(task_id="confirm", package_id=package_id, wave=zone, trigger_rule=AFTER_ALL)
            for channel in CHANNELS:
                publish = Publish(
                    task_id=f"publish_{channel}", package_id=package_id, wave=zone, channel=channel, retries=0
                )
                approval >> time >> publish >> confirm
            # The second arrow lets `confirm` follow a publish task that failed or was killed.
            time >> confirm >> late
    report = Report(task_id="report", package_id=package_id, trigger_rule=AFTER_ALL)
    draft >> late >> report
    draft >> report
