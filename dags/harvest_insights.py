"""Every night: what Facebook counted for every active account, one Los Angeles day a run.

**What.** The partition key is the Los Angeles day, as `2026-11-20`. The run reads that day and the two days
before it (values settle late) into `insight.daily`; a value that Facebook changed is kept in
`insight.restatement`. When the day has just ended it also reads the lifetime values of the posts of the last
90 days into `insight.post_snapshot`; an older day cannot know them any more.

**When it is red.** `check` says in a sentence what is missing; the reasons stand in `insight.daily`, columns
`availability` and `reason`. `harvest` is red when Facebook did not answer or the warehouse was away. Clear
the task: nothing is doubled.

**To read days again**, or days on which the system was off: Backfill, from the first to the last day. The two
days before each are read as well.
"""

from __future__ import annotations

from airflow.sdk import DAG, Asset, CronPartitionTimetable, task

from kabar.orchestration.policies import READS

DAILY = Asset(name="insight.daily", uri="kabar://insight/daily")
POST_SNAPSHOT = Asset(name="insight.post_snapshot", uri="kabar://insight/post_snapshot")


@task(retries=3, retry_policy=READS)
def make_partitions(partition_key: str | None = None) -> str:
    """Make the tables' partitions; a run by hand without a key takes the newest day that is over."""
    from kabar.orchestration import harvest as work  # noqa: PLC0415 -- 0.8 s that no parse needs.

    return work.open_day(partition_key)


@task(retries=3, retry_policy=READS, outlets=[DAILY, POST_SNAPSHOT])
def harvest(day: str) -> None:
    """Ask every account and merge what it said."""
    from kabar.orchestration import harvest as work  # noqa: PLC0415 -- As above.

    work.harvest(day)


@task(retries=3, retry_policy=READS)
def check(day: str) -> str:
    """Fail when more than 1 % is missing without an explanation, or when there is nothing at all."""
    from kabar.orchestration import harvest as work  # noqa: PLC0415 -- As above.

    return work.check(day)


with DAG(
    "harvest_insights",
    # 02.30 WIB is 19.30 UTC. The Los Angeles day of two dates ago ended 11.5 hours earlier (12.5 in summer),
    # so most of its values are in; nobody publishes at this hour, so that posts keep the accounts' budget of
    # calls; and 4.5 hours remain for repairs before the brief of 07.00.
    schedule=CronPartitionTimetable(
        "30 2 * * *", timezone="Asia/Jakarta", run_offset=-2, key_format="%Y-%m-%d"
    ),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["insights", "facebook"],
    default_args={"owner": "data"},
):
    opened = make_partitions()
    harvest(opened) >> check(opened)
