"""Take posts down and send corrections, within seconds of an officer's decision in Meja Humas.

**What.** Waits in the triggerer for a decision under *Setelah terbit*. Then it takes down what was withdrawn,
sends the corrections (*ralat*) that were approved, and marks the posts that they correct. What a platform's
interface does not do is left to a person, in Meja Humas.

**When.** Always: the next run begins when one has ended, and a run waits until there is something to do. The
hourly `reconcile_posts` does the same work should nobody be listening here.

**When it is red.** The log names what failed. Nothing is lost: the next run tries again a minute later, and
taking a post down twice does no harm. Red runs right after a start, without a log, met an api-server that was
not there yet.
"""

import pendulum
from airflow.sdk import DAG

from kabar.orchestration.aftermath import WithdrawAndCorrect

with DAG(
    dag_id="withdraw_and_correct",
    schedule="@continuous",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    tags={"posting"},
    default_args={"owner": "humas"},
    doc_md=__doc__,
):
    # Corrections are posts: the task that creates them is never retried.
    WithdrawAndCorrect(task_id="withdraw_and_correct", waits=True, retries=0)
