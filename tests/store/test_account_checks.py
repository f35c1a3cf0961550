"""Verdicts on accounts: one an account and day, and what was read is not lost to an outage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest

from kabar.store.account_checks import AccountCheck, latest_checks, save_checks
from kabar.store.database import Database
from ledger import save_page

DAY = date(2026, 11, 20)
READY = AccountCheck(
    account_id=0,
    day=DAY,
    verdict="ready",
    reasons=[],
    page_name="KPU Kota Bandung",
    category="Government organization",
    is_published=True,
    tasks=["CREATE_CONTENT", "ANALYZE"],
    token_kind="PAGE",
    token_expires_at=None,
    token_never_expires=True,
    checked_at=datetime(2026, 11, 19, 21, 10, tzinfo=UTC),
)
FAULT = replace(READY, verdict="cannot_publish", reasons=["Cannot publish: CREATE_CONTENT is missing."])
NOTHING = replace(
    READY,
    verdict="not_read",
    reasons=["Not read: no answer."],
    page_name=None,
    category=None,
    is_published=None,
    tasks=None,
    token_kind=None,
    token_never_expires=None,
)


@pytest.fixture
def account(db: Database) -> int:
    return save_page(db, "3273")


def saved(db: Database, account: int, *checks: AccountCheck) -> list[AccountCheck]:
    """Save the checks one after the other; gives what is the newest then."""
    for check in checks:
        with db.connection() as connection:
            save_checks(connection, [replace(check, account_id=account)])
    with db.connection() as connection:
        rows = latest_checks(connection)
    names = AccountCheck.__dataclass_fields__
    return [AccountCheck(**{name: row[name] for name in names}) for row in rows]


@pytest.mark.parametrize("check", [READY, FAULT, NOTHING], ids=lambda check: check.verdict)
def test_a_verdict_comes_back_as_it_was_saved(db: Database, account: int, check: AccountCheck) -> None:
    assert saved(db, account, check) == [replace(check, account_id=account)]


def test_a_second_look_on_the_same_day_replaces_the_first(db: Database, account: int) -> None:
    (check,) = saved(db, account, FAULT, READY)

    assert (check.verdict, check.reasons) == ("ready", [])


def test_a_look_that_saw_nothing_does_not_replace_one_that_did(db: Database, account: int) -> None:
    (check,) = saved(db, account, FAULT, NOTHING)

    assert check.verdict == "cannot_publish"


def test_the_newest_verdict_is_given_with_the_account(db: Database, account: int) -> None:
    saved(db, account, READY, replace(FAULT, day=date(2026, 11, 21)))

    with db.connection() as connection:
        (row,) = latest_checks(connection)
    assert (row["day"], row["verdict"]) == (date(2026, 11, 21), "cannot_publish")
    assert (row["satker_code"], row["usage"], row["is_active"]) == ("3273", "rehearsal", True)


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(replace(FAULT, reasons=[]), id="a fault without a reason"),
        pytest.param(replace(READY, reasons=["but"]), id="ready with a reason"),
        pytest.param(replace(READY, token_expires_at=READY.checked_at), id="never, and on a day"),
        pytest.param(replace(READY, verdict="fine"), id="an unknown verdict"),
    ],
)
def test_a_verdict_that_contradicts_itself_is_refused(
    db: Database, account: int, check: AccountCheck
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        saved(db, account, check)
