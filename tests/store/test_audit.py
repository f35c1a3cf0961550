"""What a superuser does past the triggers is found: every altered, missing or surplus row, by name."""

# ruff: noqa: S608 -- The statements are put together from our own names.

from __future__ import annotations

from datetime import UTC

import psycopg
import pytest

from kabar import cli
from kabar.errors import RefusedError
from kabar.posting.history import Seal
from kabar.store import drafts, posts
from kabar.store.audit import Verified, verify_history
from kabar.store.database import Database
from ledger import change, change_unseen, decide, drafted, make_due, rows, wording_of


def verified(db: Database, *, against: Seal | None = None) -> Verified:
    with db.connection() as connection:
        return verify_history(connection, against=against)


def found(db: Database) -> list[tuple[str, str]]:
    """The findings without their reasons, in their order."""
    return [(finding.kind, finding.row) for finding in verified(db).findings]


@pytest.fixture
def lived(db: Database) -> int:
    """A post that was approved, edited, approved again, sent and published; gives its number.

    It has 6 events, 2 decisions and 2 wordings, and a neighbour that nobody touched.
    """
    package_id = drafted(db, ["3204", "6471"])
    decide(db, package_id)
    post_id = rows(db, package_id)["3204"].post_id
    with db.connection() as connection:
        draft_id = next(one["id"] for one in drafts.drafts(connection, package_id, satker="3204"))
        drafts.rewrite(
            connection,
            draft_id,
            expected_version=1,
            author="humas_jabar",
            wording=wording_of("3204", "Baru."),
        )
    decide(db, package_id, request_key="2")
    make_due(db, package_id)
    publish(db, post_id)
    return post_id


def publish(db: Database, post_id: int) -> None:
    """Claim a post and save that it stands on the platform."""
    with db.connection() as connection:
        claim = posts.take_claim(connection, post_id, worker="worker-1", lease_seconds=60)
        posts.record_published(
            connection,
            post_id=post_id,
            claim_number=claim.claim_number,
            platform_id="10_1",
            permalink=None,
            published_at=claim.sent_at,
            worker="worker-1",
            reason="the platform named the post in its answer",
            evidence=[],
        )


#: The draft that a person has worded, and its post.
DRAFT = "draft_id = (select draft_id from kabar.draft_version where author = 'humas_jabar')"
POST = f"post_id = (select id from kabar.post where {DRAFT})"

#: A superuser's statement, and everything that must be found of it.
TAMPERING: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "another reason": (
        f"update kabar.post_event set reason = 'lain' where {POST} and sequence = 2",
        [("altered", "event 2")],
    ),
    "another time": (
        f"update kabar.post_event set at = at - interval '1 microsecond' where {POST} and sequence = 3",
        [("altered", "event 3")],
    ),
    "another actor of the last event": (
        f"update kabar.post_event set changed_by = 'orang' where {POST} and sequence = 6",
        [("altered", "event 6"), ("altered", "post")],
    ),
    "an event and its hash computed anew": (
        (
            "update kabar.post_event e set reason = 'lain', hash = kabar.event_hash(jsonb_populate_record(e,"
            f' \'{{"reason": "lain"}}\')) where {POST} and sequence = 4'
        ),
        [("altered", "event 4")],
    ),
    "the last event and its hash computed anew": (
        (
            "update kabar.post_event e set claim_number = 7, hash = kabar.event_hash(jsonb_populate_record(e,"
            f" '{{\"claim_number\": 7}}')) where {POST} and sequence = 6"
        ),
        [("altered", "event 6"), ("altered", "post")],
    ),
    "no first event": (
        f"delete from kabar.post_event where {POST} and sequence = 1",
        [("missing", "event 1"), ("missing", "a change before event 2")],
    ),
    "no event in the middle": (
        f"delete from kabar.post_event where {POST} and sequence = 4",
        [("missing", "event 4")],
    ),
    "no last event": (
        f"delete from kabar.post_event where {POST} and sequence = 6",
        [("missing", "event 6")],
    ),
    "no event at all": (
        f"delete from kabar.post_event where {POST}",
        [("missing", f"event {number}") for number in range(1, 7)],
    ),
    "an event behind the end": (
        (
            "insert into kabar.post_event (post_id, from_state, to_state, claim_number, changed_by, reason,"
            " sequence, decided, decided_hash, worded, worded_hash, previous_hash, hash)"
            " select post_id, 'published', 'withdrawn', 1, 'orang', 'lain', 7, decided, decided_hash, worded,"
            f" worded_hash, hash, hash from kabar.post_event where {POST} and sequence = 6"
        ),
        [("surplus", "event 7")],
    ),
    "an event twice": (
        (
            "alter table kabar.post_event drop constraint post_event_post_id_sequence_key;"
            " insert into kabar.post_event (post_id, from_state, to_state, claim_number, changed_by, reason,"
            " at, sequence, platform_id, decided, decided_hash, worded, worded_hash, previous_hash, hash)"
            " select post_id, from_state, to_state, claim_number, changed_by, reason, at,"
            " sequence, platform_id, decided, decided_hash, worded, worded_hash, previous_hash, hash"
            f" from kabar.post_event where {POST} and sequence = 2"
        ),
        [("surplus", "event 2")],
    ),
    "a decision by another officer": (
        f"update kabar.decision set officer = 'orang' where {DRAFT} and sequence = 1",
        [("altered", "decision 1")],
    ),
    "a decision about other words, its hash computed anew": (
        (
            "update kabar.decision c set content_hash = 'x', hash = kabar.decision_hash("
            f'jsonb_populate_record(c, \'{{"content_hash": "x"}}\')) where {DRAFT} and sequence = 2'
        ),
        [("altered", "decision 2")],
    ),
    "no first decision": (
        f"delete from kabar.decision where {DRAFT} and sequence = 1",
        [("missing", "decision 1")],
    ),
    "no last decision": (
        f"delete from kabar.decision where {DRAFT} and sequence = 2",
        [("missing", "decision 2"), ("altered", "post")],
    ),
    "a decision that moved nothing": (
        (
            "insert into kabar.decision (draft_id, content_hash, verdict, reason, officer, officer_scope,"
            " request_key, sequence, previous_hash, hash)"
            " select draft_id, content_hash, 'refuse', 'lain', 'orang', 'nasional', 'z', 3, hash, hash"
            f" from kabar.decision where {DRAFT} and sequence = 2"
        ),
        [("surplus", "decision 3")],
    ),
    "another wording": (
        f"update kabar.draft_version set message = 'Lain.' where {DRAFT} and version = 1",
        [("altered", "wording 1")],
    ),
    "another author": (
        (
            "update kabar.draft_version v set author = 'mesin', hash = kabar.version_hash("
            f'jsonb_populate_record(v, \'{{"author": "mesin"}}\')) where {DRAFT} and version = 2'
        ),
        [("altered", "wording 2")],
    ),
    "no first wording": (
        f"delete from kabar.draft_version where {DRAFT} and version = 1",
        [("missing", "wording 1")],
    ),
    "no last wording": (
        f"delete from kabar.draft_version where {DRAFT} and version = 2",
        [("missing", "wording 2")],
    ),
    "a wording behind the present one": (
        (
            "insert into kabar.draft_version (draft_id, version, author, message, link, alt_text, hashtags,"
            " facts, template, template_hash, findings, content_hash, previous_hash, hash)"
            " select draft_id, 3, author, message, link, alt_text, hashtags, facts, template, template_hash,"
            f" findings, content_hash, hash, hash from kabar.draft_version where {DRAFT} and version = 2"
        ),
        [("surplus", "wording 3")],
    ),
    "a post moved in silence": (
        f"update kabar.post set state = 'withdrawn' where {DRAFT}",
        [("altered", "post")],
    ),
    "another post named": (
        f"update kabar.post set platform_id = '10_2' where {DRAFT}",
        [("altered", "post")],
    ),
    "the approval of another draft": (
        (
            "update kabar.post p set decision_id ="
            f" (select min(c.id) from kabar.decision c where c.draft_id <> p.draft_id) where {DRAFT}"
        ),
        [("altered", "post")],
    ),
    "the overruled approval": (
        (
            "update kabar.post set decision_id ="
            f" (select min(id) from kabar.decision where {DRAFT}) where {DRAFT}"
        ),
        [("altered", "post")],
    ),
    "no post": (f"delete from kabar.post where {DRAFT}", [("missing", "post"), ("missing", "post")]),
    "no draft": (f"delete from kabar.draft where id = (select {DRAFT[11:]})", [("missing", "draft")]),
}


@pytest.mark.parametrize("done", TAMPERING)
def test_every_kind_of_tampering_is_found_and_named(db: Database, lived: int, done: str) -> None:
    statement, expected = TAMPERING[done]
    change_unseen(db, statement)

    assert found(db) == expected
    assert lived


def test_a_finding_names_the_post_the_time_and_the_reason(db: Database, lived: int) -> None:
    with db.connection() as connection:
        at = posts.events(connection, lived)[1]["at"]
    change_unseen(db, f"update kabar.post_event set reason = 'lain' where {POST} and sequence = 2")

    (finding,) = verified(db).findings

    assert str(finding) == (
        f"post {lived}: event 2 of {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC is altered:"
        " its content does not give its hash"
    )


def test_a_silent_move_is_found_after_later_events_too(db: Database, lived: int) -> None:
    change_unseen(db, f"update kabar.post set state = 'corrected', reason = 'diam' where {DRAFT}")
    change(db, f"update kabar.post set state = 'withdrawn', reason = 'ditarik' where {DRAFT}")

    assert found(db) == [("missing", "a change before event 7")]
    assert lived


def test_a_trigger_that_is_switched_off_is_named(db: Database) -> None:
    change(db, "alter table kabar.post disable trigger post_change")
    change(db, "drop trigger decision_is_append_only on kabar.decision")

    assert found(db) == [
        ("missing", "the trigger decision_is_append_only on kabar.decision"),
        ("missing", "the trigger post_change on kabar.post"),
    ]


def test_the_head_cannot_be_set_by_hand(db: Database, lived: int) -> None:
    change(db, "update kabar.post set history_length = 1, history_hash = 'x', reason = 'lain'")

    assert found(db) == []
    assert lived


@pytest.mark.parametrize("table", ["decision", "draft_version", "post_event"])
def test_a_history_cannot_be_emptied(db: Database, table: str, lived: int) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        change(db, f"truncate kabar.{table} cascade")

    assert verified(db).events == 9
    assert lived


def test_the_verification_reads_one_moment_and_changes_nothing(db: Database, lived: int) -> None:
    with db.connection() as connection:
        verify_history(connection)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("update kabar.post set reason = 'lain'")
        connection.rollback()
    assert lived


def age(db: Database) -> None:
    """Let everything have happened ten minutes ago, with hashes that fit: a ruler of the database can."""
    change_unseen(db, "update kabar.post_event set at = at - interval '10 minutes'")
    forge(db)


def forge(db: Database) -> None:
    """Compute every chain of events anew, so that all of them hold."""
    change_unseen(
        db,
        "do $$ declare e kabar.post_event; head text; begin"
        " for e in select * from kabar.post_event order by post_id, sequence loop"
        " if e.sequence = 1 then head := ''; end if;"
        " e.previous_hash := head; head := kabar.event_hash(e);"
        " update kabar.post_event set previous_hash = e.previous_hash, hash = head where id = e.id;"
        " update kabar.post set history_hash = head where id = e.post_id;"
        " end loop; end $$",
    )


def test_a_seal_finds_what_was_forged_without_a_flaw(db: Database, lived: int) -> None:
    age(db)
    seal = verified(db).seal
    assert verified(db, against=seal).findings == ()
    change_unseen(db, f"update kabar.post_event set changed_by = 'orang' where {POST} and sequence = 2")
    forge(db)

    assert verified(db).findings == ()
    (finding,) = verified(db, against=seal).findings
    assert finding.row == "the history before the seal"
    assert lived


def test_what_happens_after_a_seal_does_not_break_it(db: Database, lived: int) -> None:
    age(db)
    seal = verified(db).seal

    change(db, f"update kabar.post set state = 'withdrawn', reason = 'ditarik' where {DRAFT}")

    assert verified(db, against=seal).findings == ()
    assert lived


def test_a_seal_can_be_written_down_and_read_again(db: Database, lived: int) -> None:
    seal = verified(db).seal

    assert Seal.parse(f" {seal}\n") == seal
    assert lived


@pytest.mark.parametrize("text", ["", "2026-11-23T07:00:00+00:00/", "2026-11-23T07:00:00/" + "0" * 64, "x/y"])
def test_half_a_seal_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="copy the whole of it"):
        Seal.parse(text)


def test_the_command_ends_with_status_1_and_a_line_for_each_row(
    db: Database,
    database_url: str,
    lived: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KABAR_DATABASE_URL", database_url)
    assert cli.main(["audit", "verify"]) == 0
    untouched = capsys.readouterr().out
    change_unseen(db, f"delete from kabar.post_event where {POST} and sequence = 6")

    assert cli.main(["audit", "verify", "--seal", str(verified(db).seal)]) == cli.FAILED

    told = capsys.readouterr()
    assert untouched.endswith("Everything is as it was written.\n")
    assert told.out.startswith(f"post {lived}: event 6 is missing: there are 6 by what is told elsewhere\n")
    assert "1 findings" in told.err


def test_a_seal_finds_that_a_draft_is_gone_with_everything_about_it(db: Database, lived: int) -> None:
    age(db)
    seal = verified(db).seal
    change_unseen(db, f"delete from kabar.post_event where {POST}")
    draft = db_value(db, f"select draft_id as value from kabar.post where {DRAFT}")
    for table in ("post", "decision", "draft_version"):
        change_unseen(db, f"delete from kabar.{table} where draft_id = {draft}")
    change_unseen(db, f"delete from kabar.draft where id = {draft}")

    assert verified(db).findings == ()
    assert [finding.row for finding in verified(db, against=seal).findings] == ["the history before the seal"]
    assert lived


def db_value(db: Database, question: str) -> int:
    with db.connection() as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return int(row["value"])
