"""Drafting again changes nothing that a person has touched, and nothing at all when nothing is new."""

from __future__ import annotations

import threading
from dataclasses import replace

import psycopg
import pytest

from kabar.posting.states import State
from kabar.store import drafts
from kabar.store.database import Database, queries
from kabar.store.drafts import Saved, save_drafts
from ledger import (
    CODES,
    approved,
    bring,
    change,
    decide,
    drafted,
    fresh,
    open_package,
    rows,
    save_page,
    wording_of,
)


def save(db: Database, package_id: int, *, message: str, codes: tuple[str, ...] = CODES) -> Saved:
    """Draft a package again, in these words."""
    accounts = {code: save_page(db, code) for code in codes}
    with db.connection() as connection:
        return save_drafts(
            connection, package_id, [fresh(code, accounts[code], message=message) for code in codes]
        )


def messages(db: Database, package_id: int) -> dict[str, str]:
    """The first line of every draft's present wording, by satker."""
    with db.connection() as connection:
        return {
            row["satker_code"]: row["message"].splitlines()[0]
            for row in drafts.drafts(connection, package_id)
        }


def row_versions(db: Database) -> list[tuple[str, str]]:
    """Every row of the ledger's tables with the transaction that wrote it last."""
    columns = "ctid::text as place, xmin::text as writer"
    with db.connection() as connection:
        found = [
            connection.execute(f"select {columns} from kabar.{table}")  # noqa: S608 -- Our own names.
            for table in ("package", "draft", "draft_version", "post", "post_event", "decision")
        ]
        return [(row["place"], row["writer"]) for rows_of_table in found for row in rows_of_table]


def draft_id_of(db: Database, code: str) -> int:
    with db.connection() as connection:
        row = connection.execute("select id from kabar.draft where satker_code = %s", (code,)).fetchone()
    assert row is not None
    return int(row["id"])


def edit(db: Database, code: str, *, expected_version: int = 1) -> bool:
    with db.connection() as connection:
        return drafts.rewrite(
            connection,
            draft_id_of(db, code),
            expected_version=expected_version,
            author="humas_3204",
            wording=wording_of(code, "Kata seorang manusia."),
        )


def test_saving_twice_writes_no_row_again(db: Database) -> None:
    package_id = drafted(db)
    before = row_versions(db)

    again = save(db, package_id, message="Pendaftaran dibuka.")

    assert again == Saved(added=0, reworded=0)
    assert row_versions(db) == before
    assert len(before) > 3 * len(CODES)


def test_new_words_make_a_new_version_and_keep_the_old_one(db: Database) -> None:
    package_id = drafted(db)

    assert save(db, package_id, message="Kata baru.") == Saved(added=0, reworded=len(CODES))

    assert set(messages(db, package_id).values()) == {"Kata baru."}
    with db.connection() as connection:
        history = drafts.versions(connection, draft_id_of(db, "3204"))
    assert [(one["version"], one["message"].splitlines()[0]) for one in history] == [
        (2, "Kata baru."),
        (1, "Pendaftaran dibuka."),
    ]


def test_a_satker_that_is_new_is_added_beside_the_others(db: Database) -> None:
    package_id = drafted(db, ["1101"])

    saved = save(db, package_id, message="Pendaftaran dibuka.", codes=("1101", "3204"))

    assert saved == Saved(added=1, reworded=0)
    assert {code: row.state for code, row in rows(db, package_id).items()} == {
        "1101": "planned",
        "3204": "planned",
    }


def test_what_a_person_has_edited_stays(db: Database) -> None:
    package_id = drafted(db)
    assert edit(db, "3204")

    assert save(db, package_id, message="Kata baru.").reworded == len(CODES) - 1

    assert messages(db, package_id)["3204"] == "Kata seorang manusia."


@pytest.mark.parametrize("verdict", ["approve", "refuse"])
def test_what_a_person_has_decided_stays(db: Database, verdict: str) -> None:
    package_id = drafted(db)
    decide(db, package_id, verdict=verdict)  # type: ignore[arg-type]

    assert save(db, package_id, message="Kata baru.") == Saved(added=0, reworded=0)


def test_a_decision_protects_a_draft_that_waits_again(db: Database) -> None:
    package_id = drafted(db)
    decide(db, package_id)
    change(db, "update kabar.post set state = 'planned', decision_id = null")

    assert save(db, package_id, message="Kata baru.") == Saved(added=0, reworded=0)


def test_what_was_sent_stays(db: Database) -> None:
    package_id = approved(db)
    bring(db, "published")

    assert save(db, package_id, message="Kata baru.") == Saved(added=0, reworded=0)


def test_a_finding_that_is_gone_is_gone_from_the_draft(db: Database) -> None:
    finding = {"rule": "K2", "severity": "block", "message": "…", "legal_basis": "…"}
    with db.connection() as connection:
        package_id = open_package(connection)
        draft = fresh("3204", None)
        blocked = replace(draft, wording=replace(draft.wording, findings=(finding,)))
        save_drafts(connection, package_id, [blocked])

    saved = save(db, package_id, message="Pendaftaran dibuka.", codes=("3204",))

    assert saved == Saved(added=0, reworded=1)
    with db.connection() as connection:
        (row,) = drafts.drafts(connection, package_id)
    assert row["findings"] == []


@pytest.mark.parametrize(
    ("state", "moves"),
    [("planned", True), ("held", True), ("refused", True), ("approved", False), ("sending", False)],
)
def test_only_a_draft_that_still_needs_a_decision_moves_to_another_account(
    db: Database, state: State, *, moves: bool
) -> None:
    package_id = drafted(db, ["3204"])
    bring(db, state)
    other = save_page(db, "3204", page="109999")

    with db.connection() as connection:
        save_drafts(connection, package_id, [fresh("3204", other)])
        (row,) = drafts.drafts(connection, package_id)

    assert (row["account_external_id"] == "109999") is moves


def test_a_failing_draft_saves_nothing_of_its_package(db: Database) -> None:
    with db.connection() as connection:
        package_id = open_package(connection)
    broken = replace(fresh("3204", None), wave="WET")

    with pytest.raises(psycopg.errors.CheckViolation), db.connection() as connection:
        save_drafts(connection, package_id, [fresh("1101", None), broken])

    assert rows(db, package_id) == {}


def test_an_edit_of_an_old_version_is_refused(db: Database) -> None:
    package_id = drafted(db, ["3204"])
    save(db, package_id, message="Kata baru.", codes=("3204",))

    assert not edit(db, "3204", expected_version=1)
    assert messages(db, package_id)["3204"] == "Kata baru."


@pytest.mark.parametrize("state", ["sending", "published", "unconfirmed", "expired", "withdrawn"])
def test_an_edit_of_what_is_sent_or_over_changes_nothing(db: Database, state: State) -> None:
    package_id = drafted(db, ["3204"])
    bring(db, state)
    before = row_versions(db)

    assert not edit(db, "3204")

    assert row_versions(db) == before
    assert messages(db, package_id)["3204"] == "Pendaftaran dibuka."


def test_an_edited_draft_needs_a_new_decision(db: Database) -> None:
    package_id = approved(db, ["3204"])

    assert edit(db, "3204")

    row = rows(db, package_id)["3204"]
    assert (row.state, row.reason) == ("planned", "the text was edited")
    with db.connection() as connection:
        found = connection.execute("select decision_id from kabar.post").fetchone()
    assert found == {"decision_id": None}


def test_drafting_again_beside_a_decision_deadlocks_nobody(db: Database) -> None:
    """A decision locks posts, then moves drafts; drafting must take the same way."""
    package_id = drafted(db)
    accounts = {code: save_page(db, code) for code in CODES}
    numbers = [draft_id_of(db, code) for code in CODES]
    failures: list[Exception] = []

    def draft_again() -> None:
        try:
            with db.connection() as connection:
                words = [fresh(code, accounts[code], message="Kata baru.") for code in CODES]
                save_drafts(connection, package_id, words)
        except psycopg.Error as error:
            failures.append(error)

    drafting = threading.Thread(target=draft_again)
    with db.connection() as deciding:
        list(queries("decision").lock_drafts(deciding, draft_ids=numbers))
        drafting.start()
        drafting.join(timeout=0.5)
        assert drafting.is_alive()
        deciding.execute("update kabar.draft set publish_at = publish_at - interval '1 minute'")
    drafting.join()

    assert failures == []
    assert set(messages(db, package_id).values()) == {"Kata baru."}
