"""The state machine of the code, of the database and of the drawing is one and the same."""

from __future__ import annotations

import re
from typing import get_args

import psycopg
import pytest

from kabar.posting.states import MOVES, State
from kabar.settings import REPOSITORY
from kabar.store.database import Database
from ledger import approved, bring, change, change_unseen, drafted, rows, way

STATES: tuple[State, ...] = get_args(State)
LEDGER = (REPOSITORY / "docs" / "ledger.md").read_text(encoding="utf-8")


def allows(db: Database, statement: str, *values: object) -> bool:
    """Whether the database lets a move be made."""
    try:
        change(db, statement, *values)
    except psycopg.errors.CheckViolation as refusal:
        if refusal.diag.constraint_name != "move_is_allowed":
            raise
        return False
    return True


@pytest.mark.parametrize("start", STATES)
def test_a_post_makes_every_move_of_the_table_and_no_other(db: Database, start: State) -> None:
    package_id = drafted(db, ["3204"])
    made: set[State] = set()
    for end in STATES:
        change_unseen(
            db, "update kabar.post set state = %s, lease_until = now(), platform_id = '10_1'", start
        )
        if allows(db, "update kabar.post set state = %s, reason = 'moved'", end):
            made.add(end)
        assert rows(db, package_id)["3204"].state == (end if end in made else start)

    assert made == {after for before, after in MOVES if before == start} | {start}


def test_a_post_begins_as_planned_and_nowhere_else(db: Database) -> None:
    drafted(db, ["3204"])
    change_unseen(db, "delete from kabar.post_event")
    begun: set[State] = set()
    for state in STATES:
        change_unseen(db, "delete from kabar.post")
        if allows(
            db,
            "insert into kabar.post (draft_id, state, lease_until, platform_id, changed_by, reason)"
            " select id, %s, now(), '10_1', 'mesin', 'drafted' from kabar.draft",
            state,
        ):
            begun.add(state)

    assert begun == {after for before, after in MOVES if before is None} == {"planned"}


def test_every_state_can_be_reached(db: Database) -> None:
    drafted(db, ["3204"])

    assert {state for state in STATES if way(None, state)} == set(STATES)


@pytest.mark.parametrize("state", ["withdrawn", "held"])
def test_a_way_of_allowed_moves_leads_there_in_the_database(db: Database, state: State) -> None:
    package_id = approved(db, ["3204"])

    bring(db, state)

    assert rows(db, package_id)["3204"].state == state


def test_the_drawing_shows_every_move_with_what_makes_it_and_no_other() -> None:
    arrows = re.findall(r"^    (\S+) --> (\w+): (.+)$", LEDGER, re.MULTILINE)

    drawn = {(None if before == "[*]" else before, after): by for before, after, by in arrows}
    assert len(arrows) == len(drawn)
    assert drawn == dict(MOVES)


def test_every_state_is_explained_with_what_to_do() -> None:
    explained = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", LEDGER, re.MULTILINE)

    assert [state for state, _, _ in explained] == list(STATES)
    assert all(len(meaning) > 20 and len(remedy) > 5 for _, meaning, remedy in explained)
