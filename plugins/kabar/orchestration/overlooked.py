"""Tonggak whose time to be drafted has come and of which there is no draft: the silence that nobody notices.

A paused DAG, a backfill of a later tonggak or a scheduler that was away for long passes one over without a
single red task.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from kabar.orchestration.stages import stages_of_calendars
from kabar.settings import Settings
from kabar.store.database import Connection
from kabar.store.packages import real_packages

#: A run that begins at its time has drafted long before that.
PATIENCE = timedelta(hours=1)


def overlooked(connection: Connection, settings: Settings, now: datetime) -> list[str]:
    """What to trigger by hand, as `<DAG> with partition key <tonggak>`, in the order of the calendars."""
    drafted = real_packages(connection)
    return [
        f"{stage.dag_id} with partition key {moment.key}"
        for stage in stages_of_calendars(settings)
        for moment in stage.timetable().moments
        if moment.run_after + PATIENCE <= now < moment.worth_until
        and (stage.calendar.code, stage.stage.slug, moment.key) not in drafted
    ]
