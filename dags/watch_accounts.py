"""Every night: can each account of the registry publish, and if not, why not, in words.

**What.** Reads, through the account's own connection, the Page (its name, category, whether it is
published), the tasks on it and the tokens that lead to it; of accounts on other platforms, who they are and
whether their token may publish. One verdict an account and day goes into
`kabar.account_check`: *ready*, *attention* (it can publish, somebody should look: a new name, a token that
ends within 14, 7 or 1 days), *cannot_publish* or *not_read*. Accounts that are switched off are looked at as
well. It changes no account and no Page.

**When it is red.** Nothing could be read: a platform or the warehouse was away. Clear the task; nothing is
doubled. An account that cannot publish does not make it red: `kabar accounts status` lists the reasons with
what to do.
"""

from datetime import UTC, datetime

import pendulum
from airflow.sdk import DAG, task

from kabar.orchestration.policies import READS


@task(retries=3, retry_policy=READS)
def look() -> str:
    """Look at every account and save the verdicts."""
    from kabar.orchestration import watching as work  # noqa: PLC0415 -- 0.5 s that no parse needs.

    return work.watch(datetime.now(UTC))


with DAG(
    "watch_accounts",
    # 04.10 WIB is 06.10 WIT, fifty minutes before the first wave of the day: what broke overnight is known
    # before anybody posts and stands in the brief of 07.00 WIB. The harvest of 02.30 has had the accounts'
    # budget of calls to itself by then.
    schedule="10 4 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags={"accounts"},
    default_args={"owner": "data"},
):
    look()
