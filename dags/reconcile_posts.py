"""Settle unconfirmed posts and go on where a run was lost: planned against observed, every hour.

**What.** Reads the platforms for posts whose answer never came (found: published; not found after spaced
looks: a question in Meja Humas), closes what is past its not-after time, and sends what is approved and due
but was left behind by a run that died. It creates a post only through the same claim as every other task.
Then it looks once more for every post of the last two days: what stands twice is told and never deleted.
Beside that, it does the withdrawals and corrections that nobody has taken up.

**When.** At minute 50, so that what is due at a full hour has either gone out or is found ten minutes before
the next. Runs never overlap. On demand: `kabar reconcile`, or `kabar reconcile --package N` for one package.

And it names every tonggak whose time to be drafted has passed without a draft.

**When a run is red.** Posts stand twice: look at the Pages that it names. A tonggak was passed over (a paused
DAG, a backfill of a later one): trigger the DAG that it names. Or the platform could not be read,
or a package met a fault of ours: the next hour tries again. If it stays red, look at the connection in the
log.
"""

import pendulum
from airflow.sdk import DAG, Param

from kabar.orchestration.aftermath import WithdrawAndCorrect
from kabar.orchestration.reconciling import Reconcile

with DAG(
    dag_id="reconcile_posts",
    schedule="50 * * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    tags={"posting"},
    default_args={"owner": "data"},
    doc_md=__doc__,
    params={"package": Param(None, type=["null", "integer"], description="One package only; empty for all")},
):
    Reconcile(task_id="reconcile", retries=0)
    # Beside it, not behind: a package that cannot be settled must not keep wrong posts standing.
    WithdrawAndCorrect(task_id="withdraw_and_correct", waits=False, retries=0)
