"""A tonggak that nobody drafted is named while there is still something to say."""

from __future__ import annotations

from datetime import timedelta

from kabar.orchestration.overlooked import PATIENCE, overlooked
from kabar.orchestration.stages import StageOfCalendar, stages_of_calendars
from kabar.settings import Settings
from kabar.store.database import Database
from ledger import open_package

SETTINGS = Settings.from_environment()


def registration() -> StageOfCalendar:
    return next(
        one
        for one in stages_of_calendars(SETTINGS)
        if one.dag_id == "tahapan__pilkada-2024__pendaftaran-paslon"
    )


def named(db: Database, *, after: timedelta) -> set[str]:
    """What is named so long after the drafts of the first day were due."""
    moment = next(one for one in registration().timetable().moments if one.key == "pendaftaran-paslon|H")
    with db.connection() as connection:
        return set(overlooked(connection, SETTINGS, moment.run_after + after))


H = "tahapan__pilkada-2024__pendaftaran-paslon with partition key pendaftaran-paslon|H"


def test_a_tonggak_without_drafts_is_named_when_its_run_has_had_its_hour(db: Database) -> None:
    assert H not in named(db, after=PATIENCE - timedelta(minutes=1))
    assert H in named(db, after=PATIENCE)


def test_a_tonggak_that_was_drafted_is_not_named_but_a_rehearsal_of_it_is_no_draft(db: Database) -> None:
    with db.connection() as connection:
        open_package(connection, tonggak="pendaftaran-paslon|H", rehearsal=True)
    assert H in named(db, after=PATIENCE)

    with db.connection() as connection:
        open_package(connection, tonggak="pendaftaran-paslon|H", rehearsal=False)
    assert H not in named(db, after=PATIENCE)


def test_what_is_not_worth_saying_any_more_is_not_named(db: Database) -> None:
    assert H not in named(db, after=timedelta(days=30))
