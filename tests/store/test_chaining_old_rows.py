"""What was written before there were hashes is chained by the migration, unchanged, and then verified."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from kabar.store import drafts, posts
from kabar.store.audit import Verified, verify_history
from kabar.store.database import Database, database
from kabar.store.migrate import migrate
from ledger import change, change_unseen, decide, drafted, make_due, rows, wording_of

WRITTEN = {
    "draft_version": "draft_id, version, author, message, findings, created_at",
    "decision": "id, draft_id, content_hash, verdict, officer, decided_at",
    "post_event": "id, post_id, from_state, to_state, claim_number, changed_by, reason, at",
    "post": "id, state, decision_id, claim_number, platform_id, changed_by, reason",
}


@pytest.fixture
def old(server: str) -> Iterator[tuple[str, Database]]:
    """A database of the first schema, with its address."""
    url = server.rsplit("/", 1)[0] + "/kabar_old"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database kabar_old")
        migrate(url, to="0001")
        with database(url, connections=2) as pool:
            yield url, pool
        connection.execute("drop database kabar_old with (force)")


@contextmanager
def as_today(db: Database) -> Iterator[None]:
    """Lend the first schema what the code of today writes besides; it is empty and goes again."""
    change(db, "alter table kabar.draft_version add column pictures text[] not null default '{}'")
    change(db, "alter table kabar.post add column handle jsonb, add column handle_of text")
    change(db, "create table kabar.account_check (account_id bigint, day date, verdict text)")
    change(db, "alter table kabar.draft add column calendar_version integer")
    change(db, "create table kabar.correction (draft_id bigint, post_id bigint)")
    change(db, "alter table kabar.draft add column by_hand boolean not null default false")
    yield
    change(db, "drop table kabar.correction")
    change(db, "alter table kabar.draft drop column calendar_version")
    change(db, "drop table kabar.account_check")
    change(db, "alter table kabar.draft_version drop column pictures")
    change(db, "alter table kabar.post drop column handle, drop column handle_of")
    change(db, "alter table kabar.draft drop column by_hand")


def live(db: Database) -> None:
    """One post published after an edit, one approved three times over, one that waits."""
    with as_today(db):
        _live(db)


def _live(db: Database) -> None:
    package_id = drafted(db, ["1101", "3204", "6471"])
    for request in ("1", "2", "3"):
        decide(db, package_id, request_key=request)
    numbers = rows(db, package_id)
    with db.connection() as connection:
        (draft,) = drafts.drafts(connection, package_id, satker="6471")
        drafts.rewrite(
            connection,
            draft["id"],
            expected_version=1,
            author="humas_kaltim",
            wording=wording_of("6471", "Baru."),
        )
    make_due(db, package_id)
    with db.connection() as connection:
        claim = posts.take_claim(connection, numbers["3204"].post_id, worker="worker-1", lease_seconds=60)
        posts.record_published(
            connection,
            post_id=claim.post_id,
            claim_number=claim.claim_number,
            platform_id="10_1",
            permalink=None,
            published_at=claim.sent_at,
            worker="worker-1",
            reason="the platform named the post in its answer",
            evidence=[],
        )


def written(db: Database) -> dict[str, list[dict[str, Any]]]:
    """Everything that the first schema remembered."""
    with db.connection() as connection:
        return {
            table: connection.execute(
                f"select {columns} from kabar.{table} order by 1, 2"  # noqa: S608 -- Our own names.
            ).fetchall()
            for table, columns in WRITTEN.items()
        }


def verified(db: Database) -> Verified:
    with db.connection() as connection:
        return verify_history(connection)


def test_the_migration_changes_no_word_and_leaves_chains_that_hold(old: tuple[str, Database]) -> None:
    url, db = old
    live(db)
    before = written(db)

    migrate(url)

    assert written(db) == before
    assert verified(db).findings == ()
    assert (verified(db).decisions, verified(db).wordings) == (9, 4)


def test_old_and_new_rows_are_one_chain(old: tuple[str, Database]) -> None:
    url, db = old
    live(db)
    migrate(url)

    decide(db, 1, verdict="refuse", request_key="4")

    assert verified(db).findings == ()
    change_unseen(db, "update kabar.decision set officer = 'orang' where id = 4")
    change_unseen(db, "delete from kabar.post_event where id = 1")
    assert {(one.kind, one.row) for one in verified(db).findings} >= {
        ("altered", "decision 2"),
        ("missing", "event 1"),
    }


def test_an_empty_ledger_is_migrated_too(old: tuple[str, Database]) -> None:
    url, db = old

    migrate(url)

    assert verified(db).findings == ()
    assert verified(db).drafts == 0
