"""What is to be taken down, and how far that has come, for the worker that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from psycopg.types.json import Jsonb

from kabar.posting.remedies import AftermathStanding
from kabar.posting.withdraw import Withdrawal
from kabar.store.database import Connection, Database, queries
from kabar.store.patience import PatientDatabase

Result = TypeVar("Result")


class PostgresWithdrawals:
    """Implements `posting.withdraw.Withdrawals` for one worker."""

    def __init__(self, database: Database, *, worker: str, turn_seconds: float) -> None:
        self._database = PatientDatabase(database)
        self._worker = worker
        self._turn_seconds = turn_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    async def _run(self, work: Callable[[Connection], Result]) -> Result:
        return await self._database.run(work)

    async def take(self, withdrawal_id: int) -> Withdrawal | None:
        """Take a turn; None when it is not due any more or somebody else's."""
        row = await self._run(
            lambda connection: queries("remedy").take_withdrawal(
                connection, withdrawal_id=withdrawal_id, turn_seconds=self._turn_seconds
            )
        )
        return Withdrawal(**row) if row is not None else None

    async def finish(self, turn: Withdrawal, evidence: Mapping[str, Any]) -> None:
        """Save that the post is gone, and by what that is known."""
        await self._run(
            lambda connection: finish(
                connection,
                turn.withdrawal_id,
                said="",
                finished_by=self._worker,
                person=None,
                evidence={**evidence, "withdrawn": True},
            )
        )

    async def put_off(self, turn: Withdrawal, said: str, *, pause_seconds: float) -> None:
        """Save that it is to be tried again after the pause."""
        await self._end_turn(turn, "waiting", said, pause_seconds)

    async def leave_to_a_person(self, turn: Withdrawal, said: str) -> None:
        """Save that a person has to do it by hand, and why."""
        await self._end_turn(turn, "manual", said, 0.0)

    async def _end_turn(self, turn: Withdrawal, state: str, said: str, pause_seconds: float) -> None:
        await self._run(
            lambda connection: queries("remedy").put_off_withdrawal(
                connection,
                withdrawal_id=turn.withdrawal_id,
                attempts=turn.attempts,
                state=state,
                said=said,
                pause_seconds=pause_seconds,
            )
        )


def due(connection: Connection, *, is_rehearsal: bool) -> list[int]:
    """Numbers of what is to be taken down now, of one kind of ledger."""
    rows = queries("remedy").list_due_withdrawals(connection, is_rehearsal=is_rehearsal)
    return [row["id"] for row in rows]


def connections(connection: Connection, *, is_rehearsal: bool) -> list[tuple[str, str]]:
    """The (channel, connection) pairs that lead to what is to be taken down now, of one kind of ledger."""
    rows = queries("remedy").list_withdrawal_connections(connection)
    return [(row["channel"], row["connection"]) for row in rows if row["is_rehearsal"] is is_rehearsal]


def finish(
    connection: Connection,
    withdrawal_id: int,
    *,
    said: str,
    finished_by: str,
    person: str | None,
    evidence: Mapping[str, Any],
) -> bool:
    """Save that a post is gone; False when that was saved before.

    Its history names who decided, or the `person` who took it down by hand.
    """
    changed: int = queries("remedy").finish_withdrawal(
        connection,
        withdrawal_id=withdrawal_id,
        said=said,
        finished_by=finished_by,
        person=person,
        evidence=Jsonb([dict(evidence)]),
    )
    return changed == 1


def ask_the_machine_again(connection: Connection, withdrawal_id: int) -> bool:
    """Let the machine try once more what it had left to a person; False when it is not a person's."""
    changed: int = queries("remedy").ask_the_machine_again(connection, withdrawal_id=withdrawal_id)
    return changed == 1


def standing(connection: Connection, *, account_gap_seconds: float = 0.0) -> AftermathStanding:
    """What is to be done about standing posts now, and when something will be.

    A correction is due when its account neither rests nor has sent within the gap.
    """
    return AftermathStanding(
        **queries("remedy").aftermath_standing(connection, account_gap_seconds=account_gap_seconds)
    )


def due_corrections(connection: Connection, *, account_gap_seconds: float = 0.0) -> list[int]:
    """Packages of corrections in which something is to be sent now."""
    rows = queries("remedy").list_due_corrections(connection, account_gap_seconds=account_gap_seconds)
    return [row["package_id"] for row in rows]


def mark_corrected(connection: Connection, *, worker: str) -> int:
    """Move every post whose correction stands to *corrected*; gives how many."""
    count: int = queries("remedy").mark_corrected(connection, worker=worker)
    return count
