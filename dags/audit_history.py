"""Every night: whether the history of the posts is as it was written.

**What.** Reads every event, decision and wording of the ledger and computes their chain of hashes anew; what
was altered, removed or put in is named in the log.
The return value of `verify` is tonight's seal: keep one outside this database now and then, such as in the
week's minutes. `kabar audit verify --seal …` compares with it.

**When it is red.** The log names each row. Nothing repairs it: stop publishing (`kabar stop raise`), keep the
database as it is, and compare with the newest backup. `docs/ledger.md` says what each finding means. Later
nights stay red until somebody has looked.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, task

from kabar.orchestration.policies import READS


@task(retries=3, retry_policy=READS)
def verify() -> str:
    """Verify everything; red when a single row is not as it was written."""
    from kabar.orchestration import audit  # noqa: PLC0415 -- The store costs a parse 0.3 s.

    return audit.verify()


with DAG(
    "audit_history",
    # 03.40 WIB: after the night's harvest, and before the first decisions of a morning in Papua.
    schedule="40 3 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    tags={"posting"},
    default_args={"owner": "data"},
    doc_md=__doc__,
):
    verify()
