"""The first task of a run: all drafts of its tonggak.

The words are imported by the task itself: templates and rules cost a quarter of a second that no other task
and no reading of the DAG files needs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from kabar.calendar import Calendar, Stage
from kabar.errors import RefusedError
from kabar.orchestration.connections import warehouse_url
from kabar.settings import Settings
from kabar.store import packages
from kabar.store.database import database
from kabar.tonggak import Tonggak, tonggak_of

if TYPE_CHECKING:
    from kabar.orchestration.drafting import Drafted
    from kabar.orchestration.tables import Tables


class DraftTonggak(BaseOperator):
    """Write all drafts of the tonggak that the run's partition key names; returns the package's number."""

    def __init__(self, *, calendar: str, stage: str, **kwargs: Any) -> None:  # noqa: ANN401 -- Airflow's.
        super().__init__(**kwargs)
        self.calendar = calendar
        self.stage = stage

    def execute(self, context: Context) -> int:
        """Draft; again changes nothing that a person has edited or decided."""
        from kabar.orchestration.drafting import draft_tonggak  # noqa: PLC0415 -- see the module.
        from kabar.orchestration.tables import Tables  # noqa: PLC0415 -- see the module.

        key = context["dag_run"].partition_key
        if key is None:
            raise RefusedError("This run names no tonggak: trigger it with a partition key.")
        settings = Settings.from_environment()
        tables = Tables.read(settings)
        calendar = tables.calendar(self.calendar)
        stage = tables.stage(calendar, self.stage)
        tonggak = _tonggak(tables, calendar, stage, key)
        drafted = draft_tonggak(
            warehouse_url(),
            tables,
            settings,
            calendar=calendar,
            stage=stage,
            tonggak=tonggak,
            rehearsal=None,
            dag_id=self.dag_id,
            run_id=context["dag_run"].run_id,
        )
        return _told(self, drafted)


class DraftRehearsal(BaseOperator):
    """Write all drafts of a rehearsal as its form asks; returns the package's number."""

    def execute(self, context: Context) -> int:
        """Open the rehearsal (once a run) and draft."""
        from kabar.orchestration.drafting import draft_tonggak, tonggak_at  # noqa: PLC0415 -- see above.
        from kabar.orchestration.tables import Tables  # noqa: PLC0415 -- see above.

        form = context["params"]
        settings = Settings.from_environment()
        tables = Tables.read(settings)
        calendar = tables.calendar(form["calendar"])
        stage = tables.stage(calendar, form["stage"])
        as_if_at = datetime.fromisoformat(form["as_if_at"])
        if as_if_at.tzinfo is None:
            raise RefusedError("The moment of a rehearsal needs a zone, such as 2024-08-27T00:00+07:00.")
        tonggak = tonggak_at(tables, calendar, stage, as_if_at)
        url = warehouse_url()
        run_id = context["dag_run"].run_id
        with database(url) as pool, pool.connection() as connection:
            number = packages.rehearsal_of_run(connection, dag_id=self.dag_id, run_id=run_id)
            if number is None:
                number = packages.open_rehearsal(
                    connection,
                    calendar=calendar.code,
                    stage=stage.slug,
                    tonggak=tonggak.key,
                    as_if_at=as_if_at,
                    first_wave_at=datetime.now(UTC) + timedelta(minutes=form["minutes_to_first_wave"]),
                    gap_seconds=round(form["minutes_between_waves"] * 60),
                    late_delay_seconds=round(form["late_delay_minutes"] * 60),
                    dag_id=self.dag_id,
                    run_id=run_id,
                )
            rehearsal = packages.rehearsal(connection, number)
        drafted = draft_tonggak(
            url,
            tables,
            settings,
            calendar=calendar,
            stage=stage,
            tonggak=tonggak,
            rehearsal=rehearsal,
            dag_id=self.dag_id,
            run_id=run_id,
        )
        return _told(self, drafted)


def _tonggak(tables: Tables, calendar: Calendar, stage: Stage, key: str) -> Tonggak:
    """The tonggak of this key; an amended calendar may have it no longer when the run begins."""
    tonggak = tonggak_of(calendar, stage, tables.patterns)
    for one in tonggak:
        if one.key == key:
            return one
    known = ", ".join(one.key for one in tonggak)
    raise RefusedError(f"{calendar.code} version {calendar.version} has no tonggak {key!r}; it has {known}.")


def _told(task: BaseOperator, drafted: Drafted) -> int:
    task.log.info(
        "Package %s: %s drafts, %s new, %s reworded",
        drafted.package_id,
        drafted.drafts,
        drafted.saved.added,
        drafted.saved.reworded,
    )
    return drafted.package_id
