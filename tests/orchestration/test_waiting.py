"""Waiting without a worker: woken by the decision itself, by the time, and across a restart of PostgreSQL."""

from __future__ import annotations

import os
import signal
import sys
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.sdk import TaskInstanceState
from airflow.sdk.exceptions import TaskDeferred
from airflow.triggers.base import TaskSuccessEvent, TriggerEvent
from waiting import Woken, sent_to_the_triggerer, stays_asleep, until_back, until_gone, woken

from kabar.local.postgres import temporary_postgres
from kabar.orchestration.operators import (
    POLL_SECONDS,
    ApprovalSensor,
    PublishLate,
    Report,
    WaveTimeSensor,
)
from kabar.orchestration.triggers import ApprovalTrigger, LateTrigger, WaveTimeTrigger
from kabar.posting.approval import Verdict
from kabar.sandbox.running import RunningSandbox
from kabar.store import decisions
from kabar.store.database import Database, database
from kabar.store.migrate import migrate
from ledger import change, decide, drafted, make_due, states

#: A satker of the wave WIB and one of the wave WIT.
WEST, EAST = "3204", "9171"

CONTEXT: Any = {
    "ti": SimpleNamespace(
        dag_id="tahapan", run_id="gladi", task_id="publish_late", try_number=1, map_index=-1
    )
}


def approval_of(package_id: int, wave: str = "WIB") -> ApprovalSensor:
    return ApprovalSensor(task_id="await_approval", package_id=package_id, wave=wave)


def deferred(task: ApprovalSensor | WaveTimeSensor | PublishLate) -> TaskDeferred:
    """What a task hands to the triggerer instead of a worker's time."""
    with pytest.raises(TaskDeferred) as left:
        task.execute(CONTEXT)
    return left.value


def set_times(db: Database, package_id: int, *, publish_in: str, not_after_in: str = "10 hours") -> None:
    change(
        db,
        "update kabar.draft set publish_at = now() + %s::interval, not_after = now() + %s::interval"
        " where package_id = %s",
        publish_in,
        not_after_in,
        package_id,
    )


def ended_well(found: Woken) -> bool:
    """Whether the task ends here, as success, without a worker being started again."""
    event = found.event
    return isinstance(event, TaskSuccessEvent) and event.task_instance_state == TaskInstanceState.SUCCESS


def test_a_sensor_with_something_to_wait_for_leaves_its_worker(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST])

    left = deferred(approval_of(package_id))

    assert isinstance(left.trigger, ApprovalTrigger)
    assert left.trigger.serialize() == (
        "kabar.orchestration.triggers.ApprovalTrigger",
        {"package_id": package_id, "wave": "WIB", "poll_seconds": POLL_SECONDS},
    )


def test_a_decided_wave_is_not_waited_for(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST])
    decide(warehouse, package_id)

    assert approval_of(package_id).execute(CONTEXT) is None


def test_a_wave_without_satker_is_not_waited_for(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST])

    assert approval_of(package_id, wave="WIT").execute(CONTEXT) is None
    assert WaveTimeSensor(task_id="t", package_id=package_id, wave="WIT").execute(CONTEXT) is None


def test_a_package_number_from_xcom_may_be_text(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST])
    task = ApprovalSensor(task_id="await_approval", package_id=str(package_id), wave="WIB")

    assert sent_to_the_triggerer(deferred(task).trigger).package_id == package_id


@pytest.mark.parametrize("verdict", ["approve", "refuse"])
def test_a_decision_wakes_the_sensor_at_once_and_ends_its_task(
    warehouse: Database, database_url: str, verdict: Verdict
) -> None:
    package_id = drafted(warehouse, [WEST])
    trigger = deferred(approval_of(package_id)).trigger

    found = woken(trigger, lambda: decide(warehouse, package_id, verdict=verdict), listening_at=database_url)

    sys.stdout.write(f"\nFrom the decision to the event: {found.seconds:.3f} s\n")
    assert ended_well(found)
    assert found.event.xcoms == {"return_value": {"waiting": 0}}
    # The slow poll beneath comes after thirty.
    assert found.seconds < 5


def test_a_decision_made_before_the_triggerer_listens_is_not_missed(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST])
    trigger = deferred(approval_of(package_id)).trigger
    decide(warehouse, package_id)

    assert woken(trigger).seconds < 5


def test_a_lost_announcement_costs_no_more_than_the_slow_poll(warehouse: Database, database_url: str) -> None:
    package_id = drafted(warehouse, [WEST])
    trigger = ApprovalTrigger(package_id=package_id, wave="WIB", poll_seconds=1)

    def decided_in_silence() -> None:
        change(warehouse, "update kabar.post set state = 'refused'")

    found = woken(trigger, decided_in_silence, listening_at=database_url)

    assert ended_well(found)


def test_a_decision_about_another_package_wakes_nobody(warehouse: Database, database_url: str) -> None:
    package_id = drafted(warehouse, [WEST])
    other = drafted(warehouse, [WEST], tonggak="pendaftaran-paslon|H-3")

    assert stays_asleep(
        deferred(approval_of(package_id)).trigger,
        lambda: decide(warehouse, other),
        listening_at=database_url,
        seconds=1.5,
    )


def test_a_wave_of_which_something_is_undecided_goes_on_waiting(
    warehouse: Database, database_url: str
) -> None:
    package_id = drafted(warehouse, [WEST, "3273"])

    def half() -> None:
        change(
            warehouse,
            "update kabar.post set state = 'refused' where draft_id = (select min(id) from kabar.draft)",
        )
        change(warehouse, "select pg_notify('kabar_decision', %s)", str(package_id))

    assert stays_asleep(
        deferred(approval_of(package_id)).trigger, half, listening_at=database_url, seconds=1.5
    )


def test_the_publishing_time_ends_the_wait_with_the_number_that_still_waits(
    warehouse: Database, database_url: str
) -> None:
    package_id = drafted(warehouse, [WEST, "3273", EAST])
    set_times(warehouse, package_id, publish_in="2 seconds")

    found = woken(deferred(approval_of(package_id)).trigger, listening_at=database_url)

    assert ended_well(found)
    assert found.event.xcoms == {"return_value": {"waiting": 2}}
    assert found.seconds < 5


def test_the_sensor_of_a_wave_whose_time_has_come_does_not_wait(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST])
    make_due(warehouse, package_id)

    assert approval_of(package_id).execute(CONTEXT) is None
    assert WaveTimeSensor(task_id="t", package_id=package_id, wave="WIB").execute(CONTEXT) is None


def test_the_time_sensor_waits_for_its_own_waves_time_and_ends_its_task(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST, EAST])
    set_times(warehouse, package_id, publish_in="1 hour")
    change(warehouse, "update kabar.draft set publish_at = now() + interval '1 second' where wave = 'WIT'")

    left = deferred(WaveTimeSensor(task_id="await_time", package_id=package_id, wave="WIT"))

    assert isinstance(left.trigger, WaveTimeTrigger)
    found = woken(left.trigger)
    assert ended_well(found)
    assert found.seconds < 5


def test_the_time_sensor_heeds_a_time_that_was_moved_forward(warehouse: Database, database_url: str) -> None:
    package_id = drafted(warehouse, [WEST])
    waiting = deferred(WaveTimeSensor(task_id="await_time", package_id=package_id, wave="WIB"))

    def amend() -> None:
        make_due(warehouse, package_id)
        with warehouse.connection() as connection:
            decisions.announce(connection, {package_id})

    found = woken(waiting.trigger, amend, listening_at=database_url)

    assert ended_well(found)
    assert found.seconds < 2


def test_the_time_sensor_does_not_let_a_wave_go_whose_time_was_put_off(
    warehouse: Database, database_url: str
) -> None:
    package_id = drafted(warehouse, [WEST])
    set_times(warehouse, package_id, publish_in="2 seconds")
    waiting = deferred(WaveTimeSensor(task_id="await_time", package_id=package_id, wave="WIB"))

    assert stays_asleep(
        waiting.trigger,
        lambda: set_times(warehouse, package_id, publish_in="1 hour"),
        listening_at=database_url,
        seconds=3,
    )


@pytest.mark.usefixtures("sandbox")
def test_the_late_round_ends_when_nothing_of_the_package_is_open(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST, EAST])
    decide(warehouse, package_id, verdict="refuse")

    counts = PublishLate(task_id="publish_late", package_id=package_id, wave="WIB").execute(CONTEXT)

    assert counts == {"expired": 0, "unconfirmed": 0}


@pytest.mark.usefixtures("sandbox")
def test_the_late_round_is_woken_when_the_last_open_draft_is_refused(
    warehouse: Database, database_url: str
) -> None:
    package_id = drafted(warehouse, [WEST])
    left = deferred(PublishLate(task_id="publish_late", package_id=package_id, wave="WIB"))

    found = woken(
        left.trigger, lambda: decide(warehouse, package_id, verdict="refuse"), listening_at=database_url
    )

    assert left.method_name == "next_round"
    assert isinstance(left.trigger, LateTrigger)
    assert found.event == TriggerEvent({"due": 0, "open": 0})
    assert found.seconds < 5


def test_the_late_round_is_woken_when_a_late_approval_falls_due_and_sends_it(
    warehouse: Database, sandbox: RunningSandbox, database_url: str
) -> None:
    package_id = drafted(warehouse, [WEST])
    make_due(warehouse, package_id)
    change(warehouse, "update kabar.package set late_delay_seconds = 2")
    task = PublishLate(task_id="publish_late", package_id=package_id, wave="WIB")
    left = deferred(task)

    found = woken(left.trigger, lambda: decide(warehouse, package_id), listening_at=database_url)

    assert found.event == TriggerEvent({"due": 1, "open": 1})
    # An approval after the time is put off, never sent at the click.
    assert 1 < found.seconds < 5
    counts = task.next_round(CONTEXT, found.event.payload)
    assert (counts["published"], counts["expired"], counts["unconfirmed"]) == (1, 0, 0)
    assert states(warehouse, package_id) == {"published": 1}
    assert sandbox.control("count")["total"] == 1


@pytest.mark.usefixtures("sandbox")
def test_the_late_round_of_a_wave_leaves_the_other_waves_alone(
    warehouse: Database, database_url: str
) -> None:
    package_id = drafted(warehouse, [WEST, EAST])
    set_times(warehouse, package_id, publish_in="1 second", not_after_in="2 seconds")
    task = PublishLate(task_id="publish_late", package_id=package_id, wave="WIB")

    found = woken(deferred(task).trigger, listening_at=database_url)
    counts = task.next_round(CONTEXT, found.event.payload)

    # The satker in WIT is past its time as well, and its own wave's late round will say so.
    assert counts["expired"] == 1
    assert states(warehouse, package_id) == {"expired": 1, "planned": 1}


def test_a_report_of_a_settled_package_is_green_and_counts(warehouse: Database) -> None:
    package_id = drafted(warehouse, [WEST, EAST])
    decide(warehouse, package_id, verdict="refuse")

    assert Report(task_id="report", package_id=package_id).execute(CONTEXT) == {"refused": 2}


def test_a_database_that_is_restarted_meanwhile_does_not_lose_the_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with temporary_postgres() as url:
        migrate(url)
        monkeypatch.setenv("KABAR_DATABASE_URL", url)
        with database(url, connections=2) as db:
            package_id = drafted(db, [WEST])
            left = deferred(approval_of(package_id))
        with psycopg.connect(url) as connection:
            row = connection.execute("select pg_read_file('postmaster.pid')").fetchone()
            assert row is not None
            postmaster = int(row[0].split()[0])

        def restarted_and_decided() -> None:
            # A fast shutdown; its guard starts it again.
            os.kill(postmaster, signal.SIGINT)
            until_gone(postmaster)
            until_back(url)
            with database(url) as again:
                decide(again, package_id)

        found = woken(left.trigger, restarted_and_decided, listening_at=url)

    assert ended_well(found)
    assert found.event.xcoms == {"return_value": {"waiting": 0}}
    assert found.seconds < 10
