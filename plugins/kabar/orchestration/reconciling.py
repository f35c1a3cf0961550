"""The task of the hourly look at everything: what is open, what stands twice, what nobody has drafted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from airflow.sdk import BaseOperator, Context

from kabar.errors import RefusedError
from kabar.orchestration import rounds
from kabar.orchestration.connections import warehouse_url
from kabar.orchestration.operators import some, worker_of
from kabar.orchestration.overlooked import overlooked
from kabar.posting.doubles import WATCH_HOURS
from kabar.settings import Settings
from kabar.store import doubles, packages
from kabar.store.database import database


class Reconcile(BaseOperator):
    """Compare planned with observed in every package of the last days, and go on where a run was lost."""

    def execute(self, context: Context) -> dict[int, dict[str, int]]:
        """One late round a package, a look for doubles and one for tonggak that nobody drafted.

        What fails is reported after all had theirs.

        Raises:
            RefusedError: Posts stand twice, or a tonggak was passed over; a person must act.
        """
        url = warehouse_url()
        wanted = (context.get("params") or {}).get("package")
        with database(url) as pool, pool.connection() as connection:
            numbers = (
                {int(wanted)}
                if wanted is not None
                else {
                    *packages.unsettled_packages(connection),
                    *doubles.recent_packages(connection, hours=WATCH_HOURS),
                }
            )
        hour = asyncio.run(rounds.hourly_rounds(url, sorted(numbers), worker=worker_of(context)))
        doubled = [post_id for one in hour.values() for post_id in one.doubled]
        with database(url) as pool, pool.connection() as connection:
            missed = overlooked(connection, Settings.from_environment(), datetime.now(UTC))
        problems = []
        if doubled:
            problems.append(
                f"{len(doubled)} posts stand twice ({some(doubled)}): look at their Pages. "
                "Nothing was deleted."
            )
        if missed:
            problems.append(f"Nobody drafted what should wait for approval; trigger {'; '.join(missed)}.")
        if problems:
            raise RefusedError(" ".join(problems))
        return {package_id: one.counts for package_id, one in hour.items()}
