"""`kabar rehearse`: play a real stage as if it were another moment."""

from __future__ import annotations

import argparse

from kabar.commands.terminal import say
from kabar.errors import RefusedError
from kabar.local.airflow_api import AirflowAPI, Login
from kabar.orchestration.tables import Tables
from kabar.settings import Settings


def rehearse(options: argparse.Namespace, settings: Settings) -> None:
    """Start the rehearsal in Airflow and say where it can be watched."""
    tables = Tables.read(settings)
    tables.stage(tables.calendar(options.calendar), options.stage)
    if options.at.tzinfo is None:
        raise RefusedError("--at needs a zone, such as 2024-08-27T00:00+07:00.")
    api = AirflowAPI(Login.from_environment(settings))
    run_id = api.trigger(
        "rehearsal",
        conf={
            "calendar": options.calendar,
            "stage": options.stage,
            "as_if_at": options.at.isoformat(),
            "minutes_to_first_wave": options.first_wave,
            "minutes_between_waves": options.between,
            "late_delay_minutes": options.late_delay,
        },
    )
    say(f"Rehearsal started: {api.address}/dags/rehearsal/runs/{run_id}")
