"""Play a real stage of a real calendar as if it were another moment, in a ledger marked as rehearsal.

**What.** Trigger it with the form: calendar, stage and a past moment. The first tonggak of the stage at or
after that moment is drafted for every satker the stage binds; texts keep the calendar's real dates, the waves
go out minutes apart from now on. Only accounts marked `gladi` in the registry are used, and a connection
that points at a real platform is refused.

**When.** Never by itself. `kabar rehearse <stage> --at <moment>` fills in the same form.

**When a run is red.** As for every stage: open Meja Humas, the package marked *Gladi*.
"""

from airflow.sdk import DAG, Param

from kabar.orchestration.draft_operators import DraftRehearsal
from kabar.orchestration.flow import REPEATABLE, flow

with DAG(
    dag_id="rehearsal",
    dag_display_name="Gladi (rehearsal)",
    schedule=None,
    catchup=False,
    max_active_runs=4,
    tags={"rehearsal"},
    default_args={"owner": "data"},
    doc_md=__doc__,
    params={
        "calendar": Param(
            "pilkada-2024", type="string", description="Code of a calendar in include/calendars"
        ),
        "stage": Param("pendaftaran-paslon", type="string", description="A public, dated stage of it"),
        "as_if_at": Param(
            "2024-08-27T00:00:00+07:00", type="string", format="date-time", description="The moment to play"
        ),
        "minutes_to_first_wave": Param(2.0, type="number", minimum=0, description="From now to WIT's wave"),
        "minutes_between_waves": Param(2.0, type="number", minimum=0, description="WIT to WITA to WIB"),
        "late_delay_minutes": Param(
            1.0, type="number", minimum=0, description="How far a late approval puts a post off"
        ),
    },
):
    flow(DraftRehearsal(task_id="draft", **REPEATABLE))
