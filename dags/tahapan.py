"""One DAG per stage (tahapan) of every calendar: draft, await approval, publish, confirm, report.

**What.** Stages come from `include/calendars/`; to add an election, add a file there. One run is one
*tonggak* (a milestone such as H-7); its partition key says which.

**When.** A run begins three days (`waktu_siap_hari` in `include/tonggak.yaml`) before the first satker
speaks, so that Humas have time to decide. A calendar that is over keeps its DAGs and schedules nothing.

**When a run is red.** Open Meja Humas, package of the same name. Nothing was posted twice: clearing any task
is safe, the ledger decides what may still go out.
"""

from airflow.sdk import DAG, get_parsing_context

from kabar.orchestration.draft_operators import DraftTonggak
from kabar.orchestration.flow import REPEATABLE, flow
from kabar.orchestration.stages import StageOfCalendar, stages_of_calendars
from kabar.settings import Settings


def tahapan_dag(stage: StageOfCalendar) -> DAG:
    """The DAG of one stage."""
    with DAG(
        dag_id=stage.dag_id,
        dag_display_name=stage.display_name,
        description=stage.description,
        schedule=stage.timetable(),
        catchup=False,
        max_active_runs=16,
        tags={"tahapan", stage.calendar.code, stage.stage.pattern},
        default_args={"owner": "humas"},
        doc_md=f"{stage.doc_md}\n\n---\n\n{__doc__}",
    ) as dag:
        flow(
            DraftTonggak(task_id="draft", calendar=stage.calendar.code, stage=stage.stage.slug, **REPEATABLE)
        )
    return dag


wanted = get_parsing_context().dag_id
for one in stages_of_calendars(Settings.from_environment()):
    # A task's process needs its own DAG only; building the others would cost each task a second.
    if wanted in (None, one.dag_id):
        globals()[one.dag_id] = tahapan_dag(one)
