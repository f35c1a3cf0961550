"""An account that cannot publish: it stops at once, is told once, and goes on without a new approval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kabar.posting.claiming import ACCOUNT_PAUSE_SECONDS
from kabar.sandbox.running import RunningSandbox
from kabar.store.account_checks import latest_checks
from kabar.store.database import Database
from ledger import CODES, Worker, approved, change, counted, decide, drafted, due, rows, states

SUBCODES = (458, 459, 460, 463, 464, 467, 492)


def notices(db: Database) -> dict[str, str]:
    """What is said of each account that cannot publish, by satker."""
    with db.connection() as connection:
        return {
            row["satker_code"]: row["reasons"][0]
            for row in latest_checks(connection)
            if row["verdict"] == "cannot_publish"
        }


def let_the_pause_pass(db: Database) -> None:
    """The account's pause is over, and so is that of its posts."""
    change(
        db,
        "update kabar.account_check set checked_at = checked_at - make_interval(secs => %s)",
        ACCOUNT_PAUSE_SECONDS,
    )
    change(db, "update kabar.draft set publish_at = now() - interval '1 second' where publish_at > now()")


@pytest.mark.parametrize("subcode", SUBCODES)
def test_a_token_that_is_gone_lets_its_post_wait_with_one_notice(
    db: Database, sandbox: RunningSandbox, subcode: int
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"token_subcode": subcode})
    package_id = approved(db)

    assert Worker(db, sandbox, package_id).publish() == {"published": len(CODES) - 1, "blocked": 1}

    assert rows(db, package_id)["3204"].state == "approved"
    assert list(notices(db)) == ["3204"]
    assert f"190/{subcode}" in notices(db)["3204"]
    assert due(db, package_id) == []


def test_tokens_that_go_in_mid_wave_stop_their_accounts_and_no_other(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db)
    sandbox.plant("error", method="POST", edge="/feed", times=2, code=190, subcode=463, message="Expired")

    outcome = Worker(db, sandbox, package_id).publish()

    assert outcome == {"published": len(CODES) - 2, "blocked": 2}
    assert len(notices(db)) == 2
    assert counted(sandbox) == (len(CODES) - 2, 0)


@pytest.mark.parametrize("code", [3, 10, 102, 200, 283, 368])
def test_a_permission_that_is_missing_lets_its_posts_wait(
    db: Database, sandbox: RunningSandbox, code: int
) -> None:
    sandbox.plant("error", method="POST", edge="/feed", times=None, code=code, message="not allowed")
    package_id = approved(db, ["3204", "6471"])

    assert Worker(db, sandbox, package_id).publish() == {"blocked": 2}
    assert states(db, package_id) == {"approved": 2}
    assert set(notices(db)) == {"3204", "6471"}


def test_other_posts_of_the_account_wait_without_a_call_and_without_another_notice(
    db: Database, sandbox: RunningSandbox
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"token_subcode": 460})
    Worker(db, sandbox, approved(db, ["3204"])).publish()
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"token_subcode": 0})
    others = [approved(db, ["3204"], tonggak=f"pendaftaran-paslon|H+{day}") for day in (1, 2, 3)]

    outcomes = [Worker(db, sandbox, package_id).publish() for package_id in others]

    assert outcomes == [{"left": 1}] * 3
    assert counted(sandbox) == (0, 0)
    for package_id in others:
        row = rows(db, package_id)["3204"]
        assert row.state == "approved"
        assert row.reason.startswith("waits for its account: Cannot publish")
        assert due(db, package_id) == []
    with db.connection() as connection:
        told = connection.execute("select count(*) as n from kabar.account_check").fetchone()
    assert told == {"n": 1}


def _renew(sandbox: RunningSandbox) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"token_subcode": 0, "renews_token": True})


def _grant(sandbox: RunningSandbox) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"tasks": ["CREATE_CONTENT", "ANALYZE"]})


@pytest.mark.parametrize(
    ("trouble", "repair"), [({"token_subcode": 460}, _renew), ({"tasks": ["ANALYZE"]}, _grant)]
)
def test_a_repaired_account_goes_on_without_a_new_approval(
    db: Database,
    sandbox: RunningSandbox,
    trouble: dict[str, object],
    repair: Callable[[RunningSandbox], None],
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", trouble)
    package_id = approved(db, ["3204"])
    Worker(db, sandbox, package_id).publish()
    repair(sandbox)
    let_the_pause_pass(db)

    # A round opens its channels anew and so gets the new token.
    assert Worker(db, sandbox, package_id).publish() == {"published": 1}

    assert counted(sandbox) == (1, 0)
    assert notices(db) == {}
    with db.connection() as connection:
        decisions = connection.execute("select count(*) as n from kabar.decision").fetchone()
    assert decisions == {"n": 1}


def test_an_account_that_is_still_broken_is_read_and_not_called(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(db, ["3204"])
    sandbox.plant("error", method="POST", code=190, subcode=460)
    Worker(db, sandbox, package_id).publish()
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"tasks": ["ANALYZE"]})
    let_the_pause_pass(db)

    assert Worker(db, sandbox, package_id).publish() == {"blocked": 1}

    assert counted(sandbox) == (0, 0)
    assert "CREATE_CONTENT" in notices(db)["3204"]


def test_what_waits_for_its_account_never_goes_out_past_its_not_after_time(
    db: Database, sandbox: RunningSandbox
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"token_subcode": 460})
    package_id = approved(db, ["3204"])
    number = due(db, package_id)
    Worker(db, sandbox, package_id).publish()
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"token_subcode": 0})
    let_the_pause_pass(db)
    change(db, "update kabar.draft set not_after = now() - interval '0.5 second'")

    assert Worker(db, sandbox, package_id).publish(number) == {"left": 1}

    assert states(db, package_id) == {"expired": 1}
    assert counted(sandbox) == (0, 0)


def test_a_stop_holds_also_what_waits_for_its_account(db: Database, sandbox: RunningSandbox) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"token_subcode": 460})
    package_id = drafted(db, ["3204"])
    decide(db, package_id)
    change(db, "update kabar.draft set publish_at = now() - interval '1 second'")
    worker = Worker(db, sandbox, package_id)
    worker.pace = replace(worker.pace, in_flight=1)
    number = due(db, package_id)
    worker.publish()
    change(db, "update kabar.draft set publish_at = now() - interval '1 second'")
    change(db, "insert into kabar.stop (reason, raised_by) values ('salah', 'humas_ri')")

    assert worker.publish(number) == {"left": 1}

    assert states(db, package_id) == {"held": 1}
