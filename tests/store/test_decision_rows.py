"""The decision table: the only truth about approval."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from kabar.posting.approval import Decided, Denied
from kabar.store import decisions, packages, posts
from kabar.store.database import Database
from ledger import CODES, HUMAS, change, decide, drafted, rows, states


def verdicts(db: Database) -> list[tuple[str, str, str]]:
    with db.connection() as connection:
        found = connection.execute(
            "select verdict, officer, reason from kabar.decision order by id"
        ).fetchall()
    return [(row["verdict"], row["officer"], row["reason"]) for row in found]


def test_a_decision_remembers_who_decided_what_and_moves_the_post(db: Database) -> None:
    package_id = drafted(db, ["3204"])

    decide(db, package_id, verdict="refuse")

    assert verdicts(db) == [("refuse", HUMAS.username, "Belum waktunya.")]
    row = rows(db, package_id)["3204"]
    assert (row.state, row.reason) == ("refused", "Belum waktunya.")


def test_each_decision_is_added_and_the_last_one_counts(db: Database) -> None:
    package_id = drafted(db, ["3204"])
    decide(db, package_id, verdict="refuse", request_key="1")
    decide(db, package_id, verdict="approve", request_key="2")

    assert [verdict for verdict, _, _ in verdicts(db)] == ["refuse", "approve"]
    assert states(db, package_id) == {"approved": 1}


def test_the_same_request_decides_once(db: Database) -> None:
    package_id = drafted(db, ["3204"])
    decide(db, package_id, request_key="1")

    again = decide(db, package_id, verdict="refuse", request_key="1")

    assert [one.why for one in again if isinstance(one, Denied)] == ["repeated"]
    assert states(db, package_id) == {"approved": 1}


def test_a_refusal_without_a_reason_is_not_remembered(db: Database) -> None:
    drafted(db, ["3204"])
    statement = (
        "insert into kabar.decision"
        " (draft_id, content_hash, verdict, reason, officer, officer_scope, request_key)"
        " select id, '', 'refuse', '', 'humas_ri', 'nasional', '1' from kabar.draft"
    )

    with pytest.raises(psycopg.errors.CheckViolation):
        change(db, statement)


def test_two_officers_at_the_same_time_are_two_decisions_and_no_deadlock(db: Database) -> None:
    package_id = drafted(db)
    given: list[Sequence[Decided | Denied]] = []
    threads = [
        threading.Thread(target=lambda key=key: given.append(decide(db, package_id, request_key=key)))
        for key in "1234"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(given) == 4
    assert len(verdicts(db)) == 4 * len(CODES)
    assert states(db, package_id) == {"approved": len(CODES)}


def test_an_approval_waits_for_a_claim_and_then_finds_it_being_sent(db: Database) -> None:
    package_id = drafted(db, ["3204"])
    decide(db, package_id)
    number = rows(db, package_id)["3204"].post_id
    given: list[Decided | Denied] = []
    deciding = threading.Thread(target=lambda: given.extend(decide(db, package_id, request_key="2")))
    with db.connection() as connection:
        posts.lock(connection, number)
        posts.take_claim(connection, number, worker="worker-1", lease_seconds=60)
        deciding.start()
        deciding.join(timeout=0.5)
        assert deciding.is_alive()
    deciding.join()

    assert [one.why for one in given if isinstance(one, Denied)] == ["not_open"]
    assert states(db, package_id) == {"sending": 1}


def test_a_refusal_of_what_is_being_sent_is_written_down_and_leaves_the_claim_alone(db: Database) -> None:
    package_id = drafted(db, ["3204"])
    decide(db, package_id)
    row = rows(db, package_id)["3204"]
    with db.connection() as connection:
        posts.lock(connection, row.post_id)
        posts.take_claim(connection, row.post_id, worker="worker-1", lease_seconds=60)

    (decided,) = decide(db, package_id, verdict="refuse", request_key="2")

    assert isinstance(decided, Decided)
    assert decided.is_being_sent
    assert verdicts(db)[-1][0] == "refuse"
    assert (states(db, package_id), rows(db, package_id)["3204"].claim_number) == ({"sending": 1}, 1)


def test_a_wave_knows_what_still_waits_and_when_it_goes_out(db: Database) -> None:
    package_id = drafted(db, ["1101", "3204", "9171"])

    with db.connection() as connection:
        west = decisions.wave_standing(connection, package_id, "WIB")
        east = decisions.wave_standing(connection, package_id, "WIT")
        nobody = decisions.wave_standing(connection, package_id, "WITA")

    assert (west.waiting, east.waiting, nobody.waiting) == (2, 1, 0)
    assert nobody.publish_at is None
    assert west.publish_at is not None
    assert timedelta(hours=23) < west.publish_at - datetime.now(UTC) < timedelta(hours=25)


def test_a_package_is_open_until_nothing_can_happen_any_more(db: Database) -> None:
    package_id = drafted(db, ["1101", "3204"])
    with db.connection() as connection:
        assert decisions.package_standing(connection, package_id).open == 2

    change(db, "update kabar.post set state = 'refused'")

    with db.connection() as connection:
        standing = decisions.package_standing(connection, package_id)
        counted = packages.count_by_state(connection, package_id)
    assert (standing.open, standing.due, standing.next_at) == (0, 0, None)
    assert counted == {"refused": 2}
