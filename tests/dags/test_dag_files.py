"""What Airflow shows and runs: every DAG loads, serialises, explains itself and never repeats a post."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from statistics import median

import pytest
from airflow import plugins_manager
from airflow.dag_processing.dagbag import DagBag
from airflow.models.dag import DagModel, DagTag
from airflow.models.dagrun import DagRun
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.types import DagRunType

from kabar.calendar import read_calendars
from kabar.channels import CHANNELS
from kabar.orchestration.aftermath import WithdrawAndCorrect
from kabar.orchestration.operators import (
    ApprovalSensor,
    Confirm,
    Publish,
    PublishLate,
    Report,
    WaveTimeSensor,
)
from kabar.orchestration.reconciling import Reconcile
from kabar.orchestration.timetable import TonggakTimetable
from kabar.plan import public_stages
from kabar.satker import ZONES
from kabar.settings import REPOSITORY
from kabar.tonggak import read_patterns, tonggak_of

FILES = sorted((REPOSITORY / "dags").glob("*.py"))
INCLUDE = REPOSITORY / "include"

#: A calendar that vanishes, or a stage that is no longer public, turns the count red.
STAGES = {"pilkada-2024": 28, "pemilu-2024": 19, "pemilihan-ulang-2025": 9, "psu-2025": 6}
#: DAGs that belong to no calendar.
OTHERS = {
    "audit_history",
    "harvest_insights",
    "reconcile_posts",
    "rehearsal",
    "watch_accounts",
    "withdraw_and_correct",
}


def test_every_dag_file_loads(bag: DagBag) -> None:
    assert bag.import_errors == {}


def test_each_calendar_has_the_number_of_dags_that_is_stated_here(stage_dags: list[DAG]) -> None:
    assert Counter(dag.dag_id.split("__")[1] for dag in stage_dags) == STAGES


def test_no_dag_but_those_of_the_stages_and_the_ones_named_here(bag: DagBag, stage_dags: list[DAG]) -> None:
    assert set(bag.dags) - {dag.dag_id for dag in stage_dags} == OTHERS


def test_the_timetable_is_registered_by_the_plugin() -> None:
    plugins, _ = plugins_manager._get_plugins()

    assert plugins_manager.get_import_errors() == {}
    registered = [plugin for plugin in plugins if plugin.name == "kabar_tahapan"]
    assert len(registered) == 1
    assert registered[0].timetables == [TonggakTimetable]
    assert (
        plugins_manager.get_timetables_plugins()["kabar.orchestration.timetable.TonggakTimetable"]
        is TonggakTimetable
    )


def test_every_dag_serialises_and_comes_back_the_same(bag: DagBag) -> None:
    for dag in bag.dags.values():
        there = DagSerialization.to_dict(dag)
        back = DagSerialization.from_dict(there)

        assert back.dag_id == dag.dag_id
        assert {task.task_id: task.downstream_task_ids for task in back.tasks} == {
            task.task_id: task.downstream_task_ids for task in dag.tasks
        }


def test_a_stages_timetable_comes_back_with_every_tonggak(stage_dags: list[DAG]) -> None:
    for dag in stage_dags:
        back = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable

        assert isinstance(back, TonggakTimetable)
        assert back.moments == dag.timetable.moments
        assert back.description == dag.timetable.description


def test_reading_the_files_again_makes_no_new_version_of_any_dag(bag: DagBag) -> None:
    again = DagBag(str(REPOSITORY / "dags"))

    for dag_id, dag in bag.dags.items():
        assert DagSerialization.to_dict(again.dags[dag_id]) == DagSerialization.to_dict(dag), dag_id


def test_every_dag_has_an_owner_tags_and_a_page_of_its_own(bag: DagBag) -> None:
    for dag in bag.dags.values():
        assert dag.owner in {"humas", "data"}, dag.dag_id
        assert dag.tags, dag.dag_id
        assert dag.doc_md is not None, dag.dag_id
        assert "When a run is red" in dag.doc_md or "When it is red" in dag.doc_md, dag.dag_id


def test_no_dag_catches_up(bag: DagBag) -> None:
    assert [dag.dag_id for dag in bag.dags.values() if dag.catchup] == []


def test_a_stages_page_names_its_legal_basis_dates_and_every_tonggak(bag: DagBag) -> None:
    patterns = read_patterns(INCLUDE / "tonggak.yaml")
    for calendar in read_calendars(INCLUDE / "calendars"):
        for stage in public_stages(calendar):
            dag = bag.dags[f"tahapan__{calendar.code}__{stage.slug}"]
            page = dag.doc_md or ""
            tonggak = tonggak_of(calendar, stage, patterns)

            assert dag.tags == {"tahapan", calendar.code, stage.pattern}
            assert dag.dag_display_name == f"{calendar.short_title}: {stage.title}"
            assert stage.legal_basis
            assert all(basis.rule in page and basis.part in page for basis in stage.legal_basis)
            assert all(basis.rule in (dag.description or "") for basis in stage.legal_basis)
            assert str(stage.begins_on or stage.ends_on) in page
            assert tonggak
            assert all(f"`{one.key}`" in page for one in tonggak)


def test_a_stage_has_one_partition_a_tonggak_begun_three_days_before_the_first_satker_speaks(
    bag: DagBag,
) -> None:
    timetable = bag.dags["tahapan__pilkada-2024__pendaftaran-paslon"].timetable

    # 08.00 on 27 August 2024 in Jayapura is 06.00 in Jakarta.
    moment = next(one for one in timetable.moments if one.key == "pendaftaran-paslon|H")
    assert moment.run_after.isoformat() == "2024-08-23T23:00:00+00:00"
    # The last satker to fall silent are those of WIB, at the end of the day.
    assert moment.worth_until.isoformat() == "2024-08-27T16:59:59+00:00"


def test_nothing_that_publishes_is_ever_retried(bag: DagBag) -> None:
    publishing = [
        (dag.dag_id, task.task_id, task.retries, task.retry_policy)
        for dag in bag.dags.values()
        for task in dag.tasks
        if isinstance(task, Publish | PublishLate | Reconcile | WithdrawAndCorrect)
    ]

    # Each of three waves publishes on every channel, and late; so do rehearsals; the reconciliation; and
    # withdrawals, in their own DAG and every hour.
    assert len(publishing) == (len(CHANNELS) + 1) * 3 * (sum(STAGES.values()) + 1) + 1 + 2
    assert [task for task in publishing if task[2:] != (0, None)] == []


def test_a_run_has_three_waves_and_a_report(stage_dags: list[DAG]) -> None:
    kinds = {
        "await_approval": ApprovalSensor,
        "await_time": WaveTimeSensor,
        **{f"publish_{channel}": Publish for channel in CHANNELS},
        "confirm": Confirm,
        "publish_late": PublishLate,
    }
    expected = {f"wave_{zone}.{name}": kind for zone in ZONES for name, kind in kinds.items()}
    for dag in stage_dags:
        found = {task.task_id: type(task) for task in dag.tasks if task.task_id != "draft"}

        assert found == expected | {"report": Report}, dag.dag_id


@pytest.mark.parametrize("zone", ZONES)
def test_each_wave_awaits_approval_then_its_time_then_publishes_then_confirms(bag: DagBag, zone: str) -> None:
    dag = bag.dags["tahapan__pilkada-2024__pendaftaran-paslon"]
    wave = f"wave_{zone}"

    assert dag.get_task(f"{wave}.await_approval").upstream_task_ids == {"draft"}
    assert dag.get_task(f"{wave}.await_time").upstream_task_ids >= {f"{wave}.await_approval"}
    assert dag.get_task(f"{wave}.publish_facebook").upstream_task_ids >= {f"{wave}.await_time"}
    assert f"{wave}.publish_facebook" in dag.get_task(f"{wave}.confirm").upstream_task_ids


def test_what_a_lost_publish_leaves_is_still_confirmed_sent_late_and_reported(
    bag: DagBag,
) -> None:
    dag = bag.dags["tahapan__pilkada-2024__pendaftaran-paslon"]

    after_all = [f"wave_{zone}.{name}" for zone in ZONES for name in ("confirm", "publish_late")] + ["report"]
    assert {dag.get_task(name).trigger_rule for name in after_all} == {"all_done_min_one_success"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_dag_file_handles_no_errors_itself(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Try | ast.TryStar)] == []


def test_half_of_the_dag_files_have_at_most_sixty_lines() -> None:
    assert median(len(path.read_text(encoding="utf-8").splitlines()) for path in FILES) <= 60


def test_every_dag_fits_into_airflows_table(bag: DagBag) -> None:
    # PostgreSQL refuses a longer text, and Airflow's processor of DAG files ends with the refusal.
    columns = DagModel.__table__.columns
    for dag in bag.dags.values():
        stored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        texts = {
            "dag_id": dag.dag_id,
            "dag_display_name": dag.dag_display_name,
            "timetable_description": stored.timetable.description,
            "timetable_summary": stored.timetable.summary,
        }
        for name, text in texts.items():
            longest = getattr(columns[name].type, "length", None)
            assert longest is None or len(text) <= longest, (dag.dag_id, name)


def test_every_run_fits_into_airflows_table(stage_dags: list[DAG]) -> None:
    columns = DagRun.__table__.columns
    for dag in stage_dags:
        for moment in dag.timetable.moments:
            run_id = dag.timetable.generate_run_id(
                run_type=DagRunType.BACKFILL_JOB,
                run_after=moment.run_after,
                data_interval=None,
                partition_key=moment.key,
            )
            assert len(run_id) <= columns["run_id"].type.length
            assert len(moment.key) <= columns["partition_key"].type.length


def test_every_tag_fits_into_airflows_table(bag: DagBag) -> None:
    longest = DagTag.__table__.columns["name"].type.length

    assert [tag for dag in bag.dags.values() for tag in dag.tags if len(tag) > longest] == []
