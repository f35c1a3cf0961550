"""What is due, what is over, what is not settled; and the history that no writer can forget."""

from __future__ import annotations

import threading

import psycopg
import pytest

from kabar.posting.states import State
from kabar.store import packages, posts
from kabar.store.database import Database, queries
from ledger import CALENDAR, CODES, approved, bring, change, decide, drafted, due, make_due, rows, states

TWO = ["3204", "6471"]


def expire(db: Database, package_id: int | None = None) -> int:
    with db.connection() as connection:
        return posts.expire(connection, worker="worker-1", package_id=package_id)


def unsettled(db: Database) -> list[int]:
    with db.connection() as connection:
        return packages.unsettled_packages(connection)


def test_only_what_is_approved_and_due_and_worth_saying_is_due(db: Database) -> None:
    package_id = drafted(db)
    assert due(db, package_id) == []
    decide(db, package_id)
    assert due(db, package_id) == []
    make_due(db, package_id)
    assert len(due(db, package_id)) == len(CODES)
    make_due(db, package_id, not_after="-0.5 seconds")
    assert due(db, package_id) == []


def test_what_is_due_can_be_asked_by_wave_and_channel(db: Database) -> None:
    package_id = approved(db, ["1101", "3204", "9171"])
    numbers = {code: row.post_id for code, row in rows(db, package_id).items()}

    with db.connection() as connection:
        west = posts.due(connection, package_id=package_id, wave="WIB")
        east = posts.due(connection, package_id=package_id, wave="WIT", channel="facebook")
        other = posts.due(connection, package_id=package_id, channel="x")

    assert west == [numbers["1101"], numbers["3204"]]
    assert east == [numbers["9171"]]
    assert other == []


def test_due_of_one_package_leaves_the_others_out(db: Database) -> None:
    first = approved(db, TWO, tonggak="pendaftaran-paslon|H-1")
    second = approved(db, TWO)

    assert set(due(db, first)) & set(due(db, second)) == set()
    with db.connection() as connection:
        assert len(posts.due(connection)) == 4


@pytest.mark.parametrize("state", ["planned", "approved", "held"])
def test_what_was_never_sent_expires_with_a_reason(db: Database, state: State) -> None:
    package_id = drafted(db, TWO)
    bring(db, state)
    assert expire(db) == 0
    make_due(db, package_id, not_after="-0.5 seconds")

    assert expire(db) == 2

    assert states(db, package_id) == {"expired": 2}
    reason = rows(db, package_id)["3204"].reason
    assert reason.startswith("nobody decided" if state == "planned" else "not sent")
    assert expire(db) == 0


@pytest.mark.parametrize("state", ["sending", "published", "refused", "unconfirmed", "withdrawn"])
def test_what_was_sent_or_refused_never_expires(db: Database, state: State) -> None:
    package_id = approved(db, TWO)
    make_due(db, package_id, not_after="-0.5 seconds")
    bring(db, state)

    assert expire(db) == 0
    assert states(db, package_id) == {state: 2}


def test_expiry_of_one_package_leaves_the_others(db: Database) -> None:
    first = approved(db, TWO, tonggak="pendaftaran-paslon|H-1")
    second = approved(db, TWO)
    for package_id in (first, second):
        make_due(db, package_id, not_after="-0.5 seconds")

    assert expire(db, first) == 2
    assert states(db, second) == {"approved": 2}


def test_expiry_beside_a_decision_deadlocks_nobody(db: Database) -> None:
    """The planner may read the rows in any order; the locks are taken in the decisions' order."""
    package_id = approved(db, CODES)
    # Rewritten in descending order, the rows lie in the table against the order of decisions.
    for row in reversed(rows(db, package_id).values()):
        change(db, "update kabar.post set evidence = evidence where id = %s", row.post_id)
    make_due(db, package_id, not_after="-0.5 seconds")
    drafts = [row["id"] for row in _all(db, "select id from kabar.draft order by id")]
    counts: list[int] = []
    failures: list[psycopg.Error] = []

    def expiring() -> None:
        try:
            counts.append(expire(db))
        except psycopg.Error as error:
            failures.append(error)

    thread = threading.Thread(target=expiring)
    with db.connection() as deciding:
        list(queries("decision").lock_drafts(deciding, draft_ids=drafts[:1]))
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive()
        deciding.execute("set local lock_timeout = '2s'")
        list(queries("decision").lock_drafts(deciding, draft_ids=drafts))
    thread.join()

    assert failures == []
    assert counts == [len(CODES)]


@pytest.mark.parametrize(
    ("state", "is_unsettled"),
    [
        *((state, False) for state in ("planned", "sending", "refused", "held", "expired")),
        *((state, True) for state in ("approved", "unconfirmed", "published")),
    ],
)
def test_a_package_is_unsettled_while_the_machine_has_something_to_do(
    db: Database, state: State, *, is_unsettled: bool
) -> None:
    package_id = approved(db, TWO)
    bring(db, state)

    assert unsettled(db) == ([package_id] if is_unsettled else [])


@pytest.mark.parametrize(
    ("state", "happens"),
    [
        ("sending", "update kabar.post set lease_until = now()"),
        ("planned", "update kabar.draft set not_after = now()"),
        ("held", "update kabar.draft set not_after = now()"),
    ],
)
def test_a_lapsed_lease_or_a_passed_time_makes_a_package_unsettled(
    db: Database, state: State, happens: str
) -> None:
    package_id = approved(db, TWO)
    bring(db, state)
    change(db, happens)

    assert unsettled(db) == [package_id]


def test_a_package_that_was_read_back_is_settled(db: Database) -> None:
    package_id = approved(db, TWO)
    bring(db, "published")
    with db.connection() as connection:
        numbers = [post.post_id for post in posts.unread(connection, package_id=package_id)]
        posts.record_seen(connection, dict.fromkeys(numbers))

    assert len(numbers) == 2
    assert unsettled(db) == []


def test_every_change_of_a_post_is_in_its_history(db: Database) -> None:
    package_id = drafted(db, ["3204"])
    decide(db, package_id)
    number = rows(db, package_id)["3204"].post_id
    with db.connection() as connection:
        claim = posts.take_claim(connection, number, worker="worker-1", lease_seconds=60)
    with db.connection() as connection:
        posts.record_outcome(
            connection, claim, state="refused", worker="worker-1", reason="(#100) no", evidence={"said": "no"}
        )
        history = posts.events(connection, number)

    told = [(one["from_state"], one["to_state"], one["changed_by"], one["claim_number"]) for one in history]
    assert told == [
        (None, "planned", "mesin", 0),
        ("planned", "approved", "humas_ri", 0),
        ("approved", "sending", "worker-1", 1),
        ("sending", "refused", "worker-1", 1),
    ]


def test_who_is_sending_can_be_asked(db: Database) -> None:
    package_id = approved(db, TWO)
    with db.connection() as connection:
        assert packages.senders(connection, package_id=package_id) == []
        posts.take_claim(connection, due(db, package_id)[0], worker="dag/run/1/pid7", lease_seconds=60)
        assert packages.senders(connection, package_id=package_id) == ["dag/run/1/pid7"]


def test_opening_a_package_again_finds_the_same_one_with_its_calendar_version(db: Database) -> None:
    package_id = drafted(db, ["3204"], rehearsal=False)
    with db.connection() as connection:
        again = packages.open_package(
            connection,
            rehearsal_id=None,
            calendar=CALENDAR,
            calendar_version=9,
            stage="pendaftaran-paslon",
            tonggak="pendaftaran-paslon|H",
            kind="pengumuman",
            title="Lain",
            late_delay_seconds=1,
            dag_id="tahapan",
            run_id="second",
        )
        found = packages.package(connection, package_id)

    assert again == package_id
    assert found is not None
    assert (found.calendar_version, found.title, found.run_id) == (1, "Pendaftaran pasangan calon", "second")


def _all(db: Database, question: str) -> list[dict[str, int]]:
    with db.connection() as connection:
        return connection.execute(question).fetchall()
