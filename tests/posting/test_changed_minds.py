"""Between approval and claim something changes: nothing is sent, and the row says why."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from kabar.sandbox.running import RunningSandbox
from kabar.store import drafts, stops
from kabar.store.database import Connection, Database
from ledger import (
    CALENDAR,
    SATKER,
    Worker,
    approved,
    change,
    counted,
    decide,
    drafted,
    due,
    let_pauses_pass,
    make_due,
    rows,
    save_page,
    states,
    wording_of,
)

CODES = ["3204", "6471"]


def edit(connection: Connection) -> None:
    row = connection.execute("select id from kabar.draft where satker_code = '3204'").fetchone()
    assert row is not None
    assert drafts.rewrite(
        connection,
        row["id"],
        expected_version=1,
        author="humas_3204",
        wording=wording_of("3204", "Kata lain."),
    )


def deactivate(connection: Connection) -> None:
    connection.execute("update kabar.account set is_active = false where satker_code = '3204'")


def stop(connection: Connection, **scope: str) -> None:
    stops.raise_stop(connection, stops.StopScope(**scope), reason="gempa bumi", raised_by="humas_ri")


def miss(connection: Connection) -> None:
    connection.execute("update kabar.draft set not_after = now() where satker_code = '3204'")


@pytest.mark.parametrize(
    ("happens", "state", "reason"),
    [
        (edit, "planned", "edited"),
        (deactivate, "held", "no active account"),
        (lambda connection: stop(connection, satker_code="3204"), "held", "stopped: gempa bumi"),
        (lambda connection: stop(connection, province_code="32"), "held", "stopped: gempa bumi"),
        (miss, "expired", "not-after"),
    ],
)
def test_what_changed_for_one_satker_keeps_its_post_and_no_other(
    db: Database, sandbox: RunningSandbox, happens: Callable[[Connection], None], state: str, reason: str
) -> None:
    package_id = approved(db, CODES)
    numbers = due(db, package_id)
    with db.connection() as connection:
        happens(connection)

    outcome = Worker(db, sandbox, package_id).publish(numbers)

    assert outcome == {"published": 1, "left": 1}
    row = rows(db, package_id)["3204"]
    assert row.state == state
    assert reason in row.reason
    assert counted(sandbox) == (1, 0)


@pytest.mark.parametrize(
    "scope",
    [{}, {"calendar": CALENDAR}, {"stage": "pendaftaran-paslon"}, {"channel": "facebook"}],
)
def test_a_stop_of_the_whole_holds_everything(
    db: Database, sandbox: RunningSandbox, scope: dict[str, str]
) -> None:
    package_id = approved(db, CODES)
    with db.connection() as connection:
        stop(connection, **scope)

    Worker(db, sandbox, package_id).publish()

    assert states(db, package_id) == {"held": 2}


@pytest.mark.parametrize(
    "scope",
    [{"calendar": "psu-2025"}, {"stage": "kampanye"}, {"channel": "x"}, {"province_code": "33"}],
)
def test_a_stop_of_something_else_holds_nothing(
    db: Database, sandbox: RunningSandbox, scope: dict[str, str]
) -> None:
    package_id = approved(db, CODES)
    with db.connection() as connection:
        stop(connection, **scope)

    Worker(db, sandbox, package_id).publish()

    assert states(db, package_id) == {"published": 2}


def test_a_lifted_stop_leaves_what_it_held_to_a_new_decision(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, CODES)
    worker = Worker(db, sandbox, package_id)
    numbers = due(db, package_id)
    with db.connection() as connection:
        stop_id = stops.raise_stop(connection, stops.StopScope(), reason="gempa bumi", raised_by="humas_ri")
    worker.publish(numbers)
    with db.connection() as connection:
        assert stops.lift_stop(connection, stop_id, lifted_by="humas_ri")
        assert not stops.lift_stop(connection, stop_id, lifted_by="humas_ri")

    assert worker.publish(numbers) == {"left": 2}
    decide(db, package_id, request_key="2")
    make_due(db, package_id)
    assert worker.publish() == {"published": 2}


def end_stops(db: Database, way: str) -> None:
    """Let every stop be over: lifted by somebody, or ended by its own time."""
    with db.connection() as connection:
        for row in connection.execute("select id from kabar.stop").fetchall():
            if way == "lifted":
                assert stops.lift_stop(connection, row["id"], lifted_by="humas_ri")
        if way == "its end":
            connection.execute("update kabar.stop set ends_at = clock_timestamp()")
        assert stops.standing_stops(connection) == []


@pytest.mark.parametrize("way", ["lifted", "its end"])
def test_what_came_due_during_a_stop_is_held_though_nobody_tried_it_before_the_stop_was_over(
    db: Database, sandbox: RunningSandbox, way: str
) -> None:
    package_id = approved(db, CODES)
    with db.connection() as connection:
        stop(connection, satker_code="3204")
    end_stops(db, way)

    assert Worker(db, sandbox, package_id).publish() == {"published": 1, "left": 1}
    row = rows(db, package_id)["3204"]
    assert (row.state, row.reason) == ("held", "came due during a stop that has ended: gempa bumi")
    assert counted(sandbox) == (1, 0)


@pytest.mark.parametrize("way", ["lifted", "its end"])
def test_a_pause_carries_no_post_across_a_stop(db: Database, sandbox: RunningSandbox, way: str) -> None:
    package_id = approved(db, CODES)
    sandbox.plant("error", method="POST", edge="/feed", code=190, subcode=463, times=None)
    worker = Worker(db, sandbox, package_id)
    assert worker.publish() == {"blocked": 2}
    sandbox.control("faults", method="DELETE")
    with db.connection() as connection:
        stop(connection)
    end_stops(db, way)
    let_pauses_pass(db)

    assert worker.publish() == {"left": 2}
    assert {row.state for row in rows(db, package_id).values()} == {"held"}
    assert counted(sandbox) == (0, 0)


@pytest.mark.parametrize("way", ["lifted", "its end"])
def test_what_comes_due_after_a_stop_is_over_goes_out(
    db: Database, sandbox: RunningSandbox, way: str
) -> None:
    package_id = drafted(db, CODES)
    decide(db, package_id)
    with db.connection() as connection:
        stop(connection)
    end_stops(db, way)
    change(db, "update kabar.draft set publish_at = clock_timestamp()")

    assert Worker(db, sandbox, package_id).publish() == {"published": 2}


def test_an_approval_given_after_a_stop_was_over_is_what_lets_a_post_go(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, CODES)
    with db.connection() as connection:
        stop(connection)
    end_stops(db, "lifted")
    decide(db, package_id, request_key="2")

    assert Worker(db, sandbox, package_id).publish() == {"published": 2}


def test_an_approval_given_while_a_stop_stands_does_not_outlive_it(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, CODES)
    with db.connection() as connection:
        stop(connection)
    decide(db, package_id, request_key="2")
    end_stops(db, "lifted")

    Worker(db, sandbox, package_id).publish()

    assert states(db, package_id) == {"held": 2}


def test_a_satker_that_was_renamed_does_not_speak_in_its_old_name(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, CODES)
    renamed = {"3204": "Komisi Pemilihan Umum Kabupaten Bandung Raya", "6471": SATKER["6471"].official_name}

    Worker(db, sandbox, package_id, official_names=renamed).publish()

    row = rows(db, package_id)["3204"]
    assert (row.state, row.reason) == (
        "held",
        "the satker is now called Komisi Pemilihan Umum Kabupaten Bandung Raya",
    )
    assert states(db, package_id) == {"held": 1, "published": 1}
    assert counted(sandbox) == (1, 0)


@pytest.mark.parametrize("versions", [{CALENDAR: 2}, {}])
def test_an_amended_or_removed_calendar_holds_its_posts(
    db: Database, sandbox: RunningSandbox, versions: dict[str, int]
) -> None:
    package_id = approved(db, CODES)

    Worker(db, sandbox, package_id, calendar_versions=versions).publish()

    assert states(db, package_id) == {"held": 2}
    assert "no longer version 1" in rows(db, package_id)["3204"].reason
    assert counted(sandbox) == (0, 0)


def test_a_page_that_was_given_to_another_satker_gets_nobody_elses_words(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, CODES)
    save_page(db, "3273", page=sandbox.page_id("3204"))

    Worker(db, sandbox, package_id).publish()

    row = rows(db, package_id)["3204"]
    assert (row.state, "another satker" in row.reason) == ("held", True)
    assert counted(sandbox) == (1, 0)


def test_a_rehearsal_never_reaches_a_real_account(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, CODES)
    save_page(db, "3204", usage="real")

    Worker(db, sandbox, package_id).publish()

    assert {code: row.state for code, row in rows(db, package_id).items()} == {
        "3204": "held",
        "6471": "published",
    }


def test_a_real_post_never_reaches_a_rehearsals_account(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, CODES, rehearsal=False)
    save_page(db, "3204", usage="real")

    Worker(db, sandbox, package_id).publish()

    assert {code: row.state for code, row in rows(db, package_id).items()} == {
        "3204": "published",
        "6471": "held",
    }


def test_a_refusal_after_the_approval_is_not_sent(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, CODES)
    numbers = due(db, package_id)
    decide(db, package_id, verdict="refuse", request_key="2")

    assert Worker(db, sandbox, package_id).publish(numbers) == {"left": 2}
    assert states(db, package_id) == {"refused": 2}
    assert counted(sandbox) == (0, 0)


def test_a_late_approval_waits_for_its_new_time(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, CODES)
    change(db, "update kabar.post set state = 'planned', decision_id = null")
    decide(db, package_id, request_key="2")

    assert due(db, package_id) == []
    with db.connection() as connection:
        numbers = [row["id"] for row in connection.execute("select id from kabar.post").fetchall()]
    assert Worker(db, sandbox, package_id).publish(numbers) == {"left": 2}
    assert states(db, package_id) == {"approved": 2}


def test_an_approval_pinned_to_other_words_is_no_approval(db: Database, sandbox: RunningSandbox) -> None:
    """Not even when a row says *approved*: the decision table is the only truth."""
    package_id = approved(db, CODES)
    with db.connection() as connection:
        edit(connection)
        old = "select c.id from kabar.decision c where c.draft_id = p.draft_id"
        pinned = f"state = 'approved', decision_id = ({old})"
        connection.execute(f"update kabar.post p set {pinned}")  # noqa: S608 -- Our own words.

    Worker(db, sandbox, package_id).publish()

    assert {code: row.state for code, row in rows(db, package_id).items()} == {
        "3204": "planned",
        "6471": "published",
    }


def test_a_claim_waits_for_an_edit_that_has_begun_and_then_sees_it(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    numbers = due(db, package_id)
    worker = Worker(db, sandbox, package_id)
    outcomes: list[Counter[str]] = []
    claiming = threading.Thread(target=lambda: outcomes.append(worker.publish(numbers)))
    with db.connection() as editor:
        edit(editor)
        claiming.start()
        claiming.join(timeout=1)
        assert claiming.is_alive()
    claiming.join()

    assert outcomes == [{"left": 1}]
    assert rows(db, package_id)["3204"].state == "planned"
    assert counted(sandbox) == (0, 0)
