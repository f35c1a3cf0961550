"""What is done about posts that stand: withdrawals, corrections, and the wait for both.

One task that waits in the triggerer and works in a worker; its DAG begins anew as soon as a run has ended, so
that somebody always listens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import Any

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, Context
from airflow.triggers.base import BaseTrigger, TriggerEvent

from kabar.errors import KabarError, RefusedError, UnreachableError
from kabar.orchestration import rounds
from kabar.orchestration.connections import open_channels, warehouse_url, warehouse_url_async
from kabar.orchestration.operators import POLL_SECONDS, worker_of
from kabar.posting.publish import Channels
from kabar.posting.remedies import AftermathStanding
from kabar.posting.withdraw import withdraw
from kabar.settings import Pace, Settings
from kabar.store import withdrawals
from kabar.store.database import Database, database
from kabar.store.notices import watch

#: How long a run that failed stays red before the next one begins: without it a fault would make thousands.
REST_SECONDS = 60.0


def _account_gap_seconds() -> float:
    return Settings.from_environment().pace.account_gap_seconds


class AftermathTrigger(BaseTrigger):
    """Wakes when an officer has decided about a standing post, or the next turn of such work is due."""

    def __init__(self, *, poll_seconds: float) -> None:
        super().__init__()
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What the triggerer needs to make this again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"poll_seconds": self.poll_seconds}

    def _seconds(self, standing: AftermathStanding) -> float:
        if standing.next_at is None:
            return self.poll_seconds
        return min(self.poll_seconds, max((standing.next_at - standing.now).total_seconds(), 0.05))

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield once, when there is something to do."""
        async for standing in watch(
            await warehouse_url_async(),
            None,
            partial(withdrawals.standing, account_gap_seconds=_account_gap_seconds()),
            wait_seconds=self._seconds,
        ):
            if standing.is_due:
                yield TriggerEvent({"withdrawals": standing.withdrawals, "corrections": standing.corrections})
                return


class WithdrawAndCorrect(BaseOperator):
    """Take down and correct what officers have decided; returns the counts.

    Args:
        waits: Whether it waits until there is something to do, or does what is due now and ends.
    """

    def __init__(self, *, waits: bool, **kwargs: Any) -> None:  # noqa: ANN401 -- Airflow's own arguments.
        super().__init__(**kwargs)
        self.waits = waits

    def execute(self, context: Context) -> dict[str, int]:
        """Leave the waiting to the triggerer when nothing is due."""
        with database(warehouse_url()) as pool, pool.connection() as connection:
            standing = withdrawals.standing(connection, account_gap_seconds=_account_gap_seconds())
        if self.waits and not standing.is_due:
            self.defer(trigger=AftermathTrigger(poll_seconds=POLL_SECONDS), method_name="work")
        return self.work(context)

    def work(
        self,
        context: Context,
        event: dict[str, Any] | None = None,  # noqa: ARG002 -- Airflow's.
    ) -> dict[str, int]:
        """One round. What fails is told after a rest, because the next run begins at once."""
        try:
            return asyncio.run(aftermath_round(warehouse_url(), worker=worker_of(context)))
        except (KabarError, ExceptionGroup) as error:
            if not self.waits:
                raise
            self.log.exception("The round failed; the next begins in %s s.", REST_SECONDS)
            rest = TimeDeltaTrigger(timedelta(seconds=REST_SECONDS))
            self.defer(trigger=rest, method_name="fail", kwargs={"problem": str(error)})

    def fail(
        self,
        context: Context,  # noqa: ARG002 -- Airflow's.
        event: Any = None,  # noqa: ANN401, ARG002 -- Airflow's.
        *,
        problem: str,
    ) -> None:
        """End red, after the rest.

        Raises:
            RefusedError: Always; with what had gone wrong.
        """
        raise RefusedError(problem)


async def aftermath_round(url: str, *, worker: str) -> dict[str, int]:
    """Take down what is due, send what is approved of corrections, and mark what is corrected.

    Raises:
        ExceptionGroup: Some met a fault of ours, or a correction's platform could not be opened; everything
            else has had its turn.
    """
    settings = Settings.from_environment()
    failures: list[Exception] = []
    counts = {"withdrawn": 0, "put_off": 0, "manual": 0, "left": 0, "corrected": 0}
    with database(url, connections=rounds.LEDGER_CONNECTIONS) as pool:
        for is_rehearsal in (False, True):
            try:
                for outcome, count in (
                    await _withdraw(pool, settings.pace, worker=worker, is_rehearsal=is_rehearsal)
                ).items():
                    counts[outcome] += count
            except ExceptionGroup as error:
                failures.append(error)
        with pool.connection() as connection:
            packages = withdrawals.due_corrections(
                connection, account_gap_seconds=settings.pace.account_gap_seconds
            )
        failures += await _send(url, packages, worker=worker)
        with pool.connection() as connection:
            counts["corrected"] = withdrawals.mark_corrected(connection, worker=worker)
    if failures:
        raise ExceptionGroup(f"{len(failures)} parts of the round failed", failures)
    return counts


async def _withdraw(pool: Database, pace: Pace, *, worker: str, is_rehearsal: bool) -> dict[str, int]:
    """Take down what is due in one kind of ledger; what no channel leads to is put off, not forgotten."""
    with pool.connection() as connection:
        wanted = withdrawals.connections(connection, is_rehearsal=is_rehearsal)
        due = withdrawals.due(connection, is_rehearsal=is_rehearsal)
    if not due:
        return {}
    async with AsyncExitStack() as stack:
        channels: Channels = {}
        # Without channels each withdrawal says that none leads there, and comes to a person in the end.
        with suppress(RefusedError, UnreachableError):
            channels = await stack.enter_async_context(
                open_channels(
                    wanted,
                    is_rehearsal=is_rehearsal,
                    call_seconds=pace.call_seconds,
                    settle_seconds=pace.settle_seconds,
                )
            )
        memory = await stack.enter_async_context(
            withdrawals.PostgresWithdrawals(pool, worker=worker, turn_seconds=pace.lease_seconds)
        )
        done = await withdraw(due, memory=memory, channels=channels, in_flight=pace.in_flight)
    return {str(outcome): count for outcome, count in done.items()}


async def _send(url: str, package_ids: Sequence[int], *, worker: str) -> list[Exception]:
    """Send what is due of some packages of corrections; gives what went wrong, after all had their turn."""
    failures: list[Exception] = []
    for package_id in package_ids:
        try:
            await rounds.late_round(url, package_id=package_id, worker=worker)
        except (KabarError, ExceptionGroup) as error:
            failures.append(error)
    return failures
