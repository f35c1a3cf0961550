"""Between the claim and the call something changes: the call is not made, and the row says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kabar.posting.states import Claim
from kabar.sandbox.running import RunningSandbox
from kabar.store import drafts, posts, stops
from kabar.store.database import Database
from kabar.store.ledger import PostgresLedger
from ledger import (
    CALENDAR,
    SATKER,
    Worker,
    approved,
    change,
    counted,
    decide,
    due,
    rows,
    save_page,
    states,
    wording_of,
)

Happening = Callable[[Database, dict[str, Any]], object]


def refuse(db: Database, _: dict[str, Any]) -> None:
    (package,) = drafts_of(db)
    decide(db, package, verdict="refuse", request_key="2")


def drafts_of(db: Database) -> list[int]:
    with db.connection() as connection:
        return [row["id"] for row in connection.execute("select id from kabar.package").fetchall()]


def raise_stop(db: Database, _: dict[str, Any]) -> None:
    with db.connection() as connection:
        stops.raise_stop(
            connection, stops.StopScope(province_code="32"), reason="gempa bumi", raised_by="humas_ri"
        )


def amend(_: Database, now: dict[str, Any]) -> None:
    now["calendar_versions"][CALENDAR] = 2


def rename(_: Database, now: dict[str, Any]) -> None:
    now["official_names"]["3204"] = "Komisi Pemilihan Umum Kabupaten Bandung Raya"


def switch_off(db: Database, _: dict[str, Any]) -> None:
    save_page(db, "3204", is_active=False)


def give_away(db: Database, _: dict[str, Any]) -> None:
    change(db, "update kabar.account set satker_code = '3273' where satker_code = '3204'")


def miss(db: Database, _: dict[str, Any]) -> None:
    change(db, "update kabar.draft set not_after = clock_timestamp()")


def interrupted(db: Database, happens: Happening, now: dict[str, Any]) -> type[PostgresLedger]:
    """A ledger whose worker has claimed and prepared, when something happens right before its last look."""

    class Interrupted(PostgresLedger):
        async def claim_stands(self, claim: Claim) -> bool:
            happens(db, now)
            return await super().claim_stands(claim)

    return Interrupted


def send(db: Database, sandbox: RunningSandbox, package_id: int, happens: Happening) -> dict[str, int]:
    now: dict[str, Any] = {
        "calendar_versions": {CALENDAR: 1},
        "official_names": {"3204": SATKER["3204"].official_name},
    }
    worker = Worker(db, sandbox, package_id, ledger=interrupted(db, happens, now), **now)
    return dict(worker.publish())


@pytest.mark.parametrize(
    ("happens", "state", "reason"),
    [
        (refuse, "refused", "an officer refused it before it was sent"),
        (raise_stop, "held", "stopped: gempa bumi"),
        (amend, "held", "the calendar pilkada-2024 is no longer version 1"),
        (rename, "held", "the satker is now called Komisi Pemilihan Umum Kabupaten Bandung Raya"),
        (switch_off, "held", "the satker has no active account on this channel"),
        (give_away, "held", "the account that the draft was written for now belongs to another satker"),
        (miss, "expired", "its not-after time had passed before it could be sent"),
    ],
)
def test_what_changes_between_claim_and_call_is_seen_right_before_the_call(
    db: Database, sandbox: RunningSandbox, happens: Happening, state: str, reason: str
) -> None:
    package_id = approved(db, ["3204"])

    assert send(db, sandbox, package_id, happens) == {"lost_claim": 1}

    row = rows(db, package_id)["3204"]
    assert (row.state, row.reason) == (state, reason)
    assert counted(sandbox) == (0, 0)
    with db.connection() as connection:
        moves = [event["to_state"] for event in posts.events(connection, row.post_id)]
    assert moves[-2:] == ["approved", state]


def test_an_edit_between_claim_and_call_is_not_accepted_until_the_claim_is_over(
    db: Database, sandbox: RunningSandbox
) -> None:
    """The words that go out are the approved ones; whoever wants others first refuses these."""
    package_id = approved(db, ["3204"])
    accepted: list[bool] = []

    def edit(db: Database, _: dict[str, Any]) -> None:
        with db.connection() as connection:
            (row,) = drafts.drafts(connection, package_id)
            accepted.append(
                drafts.rewrite(
                    connection,
                    row["id"],
                    expected_version=1,
                    author="humas_3204",
                    wording=wording_of("3204", "Kata lain."),
                )
            )

    assert send(db, sandbox, package_id, edit) == {"published": 1}
    assert accepted == [False]


def test_a_stop_of_somebody_else_takes_no_claim_away(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(db, ["6471"])

    assert send(db, sandbox, package_id, raise_stop) == {"published": 1}


def test_what_was_turned_down_before_its_call_goes_out_after_a_new_approval(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    send(db, sandbox, package_id, raise_stop)
    with db.connection() as connection:
        (stop,) = stops.standing_stops(connection)
        stops.lift_stop(connection, stop["id"], lifted_by="humas_ri")
    assert due(db, package_id) == []

    decide(db, package_id, request_key="2")
    change(db, "update kabar.draft set publish_at = clock_timestamp()")

    assert Worker(db, sandbox, package_id).publish() == {"published": 1}
    assert counted(sandbox) == (1, 0)


def test_a_stop_that_commits_while_a_claim_is_being_made_is_seen_before_the_call(db: Database) -> None:
    """Two connections: the claim has read that nothing stops it, then the stop commits, then the claim."""
    package_id = approved(db, ["3204"])
    (number,) = due(db, package_id)
    with db.connection() as claiming:
        assert posts.lock(claiming, number).stopped_because is None
        with db.connection() as stopping:
            stop_id = stops.raise_stop(stopping, stops.StopScope(), reason="gempa bumi", raised_by="humas_ri")
        claim = posts.take_claim(claiming, number, worker="worker-1", lease_seconds=60)

    with db.connection() as connection:
        assert posts.look(connection, number).stopped_because == "gempa bumi"
        (beyond,) = stops.reach(connection, stop_id).being_sent
        assert beyond["post_id"] == claim.post_id


def test_a_refusal_that_came_after_the_call_does_not_unsay_what_is_published(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])

    class Late(PostgresLedger):
        async def claim_stands(self, claim: Claim) -> bool:
            stands = await super().claim_stands(claim)
            decide(db, package_id, verdict="refuse", request_key="2")
            return stands

    assert Worker(db, sandbox, package_id, ledger=Late).publish() == {"published": 1}
    assert states(db, package_id) == {"published": 1}
