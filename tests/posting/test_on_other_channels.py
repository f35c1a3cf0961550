"""The fault table on X, Telegram and websites: through the real ledger, counted on the platform's side.

What can be read is settled by reading; what cannot is a person's question. Nothing is ever sent twice.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kabar.pictures import Pictures
from kabar.posting.reconcile import LOOKS_BEFORE_A_PERSON_IS_ASKED
from kabar.sandbox.offices import office_id, office_token
from kabar.sandbox.running import RunningSandbox
from kabar.store import questions
from kabar.store.database import Database
from ledger import QUICK, due, let_pauses_pass, rows, states
from offices import CODES, OfficeWorker, approved_on, counted_on, evidence_of, jpeg, log, outgoing, turn

CHANNELS = ["x", "telegram", "website"]
READABLE = ["x", "website"]
#: The call that creates a post, as faults name it.
CREATES = {"x": "2/tweets$", "telegram": "/send", "website": "/posts$"}

LOST_AFTER: list[tuple[str, dict[str, Any]]] = [
    ("hang_after", {"seconds": 3}),
    ("cut_after", {}),
    ("reset_mid_body", {}),
    ("half_json", {}),
    ("garbage", {}),
    ("no_id", {}),
    ("slow_drip", {"seconds": 3}),
    ("error", {"when": "after", "status": 500, "message": "Internal error"}),
    ("error", {"when": "after", "status": 503, "message": "Over capacity"}),
]
LOST_BEFORE: list[tuple[str, dict[str, Any]]] = [
    ("hang_before", {"seconds": 3}),
    ("error", {"when": "before", "status": 502, "message": "Bad gateway"}),
    ("redirect", {}),
]


def worker_on(
    db: Database, sandbox: RunningSandbox, channel: str, package_id: int, **more: object
) -> OfficeWorker:
    return OfficeWorker(db, sandbox, package_id, platform=channel, **more)  # type: ignore[arg-type]


def plant(
    sandbox: RunningSandbox,
    channel: str,
    kind: str,
    **members: Any,  # noqa: ANN401 -- Those of a Fault, by name.
) -> None:
    sandbox.plant(kind, method="POST", edge=CREATES[channel], **members)


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_post_goes_out_once_with_its_name_and_address(
    db: Database, sandbox: RunningSandbox, channel: str
) -> None:
    package_id = approved_on(db, channel)

    assert worker_on(db, sandbox, channel, package_id).publish() == {"published": len(CODES)}

    assert counted_on(sandbox, channel) == (len(CODES), 0)
    with db.connection() as connection:
        saved = connection.execute("select platform_id, permalink from kabar.post").fetchall()
    assert all(row["platform_id"] and row["permalink"].startswith("http") for row in saved)


@pytest.mark.parametrize("channel", CHANNELS)
def test_publishing_again_sends_nothing(db: Database, sandbox: RunningSandbox, channel: str) -> None:
    package_id = approved_on(db, channel, ["32"])
    worker = worker_on(db, sandbox, channel, package_id)
    numbers = due(db, package_id)
    worker.publish(numbers)

    assert worker.publish(numbers) == {"left": 1}
    assert counted_on(sandbox, channel) == (1, 0)


@pytest.mark.parametrize(("kind", "members"), LOST_AFTER)
@pytest.mark.parametrize("channel", READABLE)
def test_an_answer_lost_after_the_effect_is_found_by_reading(
    db: Database, sandbox: RunningSandbox, channel: str, kind: str, members: dict[str, Any]
) -> None:
    package_id = approved_on(db, channel, ["32"])
    plant(sandbox, channel, kind, **members)
    worker = worker_on(db, sandbox, channel, package_id)

    assert worker.publish() == {"unconfirmed": 1}
    assert worker.settle() == {"found": 1}

    row = rows(db, package_id)["32"]
    assert (row.state, row.claim_number, row.platform_id) == ("published", 1, log(sandbox, channel)[0]["id"])
    assert counted_on(sandbox, channel) == (1, 0)


@pytest.mark.parametrize(("kind", "members"), LOST_AFTER)
def test_an_answer_that_telegram_lost_is_a_persons_question(
    db: Database, sandbox: RunningSandbox, kind: str, members: dict[str, Any]
) -> None:
    package_id = approved_on(db, "telegram", ["32"])
    plant(sandbox, "telegram", kind, **members)
    worker = worker_on(db, sandbox, "telegram", package_id)

    assert worker.publish() == {"unconfirmed": 1}
    (left,) = worker.settle_for(5)

    assert left.looks == LOOKS_BEFORE_A_PERSON_IS_ASKED
    assert worker.publish([left.post_id]) == {"left": 1}
    assert counted_on(sandbox, "telegram") == (1, 0)
    assert "this platform cannot be read" in evidence_of(db)


@pytest.mark.parametrize(("kind", "members"), LOST_BEFORE)
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_call_that_never_arrived_is_left_to_a_person_and_sent_again_on_their_word(
    db: Database, sandbox: RunningSandbox, channel: str, kind: str, members: dict[str, Any]
) -> None:
    package_id = approved_on(db, channel, ["32"])
    plant(sandbox, channel, kind, **members)
    worker = worker_on(db, sandbox, channel, package_id)

    assert worker.publish() == {"unconfirmed": 1}
    (left,) = worker.settle_for(5)
    assert counted_on(sandbox, channel) == (0, 0)
    with db.connection() as connection:
        assert questions.answer_absent(
            connection, post_id=left.post_id, claim_number=1, officer="humas_ri", reason="sudah dicari"
        )

    assert worker.publish() == {"published": 1}
    assert counted_on(sandbox, channel) == (1, 0)


@pytest.mark.parametrize("channel", READABLE)
def test_an_effect_that_comes_late_is_found_by_a_later_look(
    db: Database, sandbox: RunningSandbox, channel: str
) -> None:
    package_id = approved_on(db, channel, ["32"])
    plant(sandbox, channel, "lost_and_late", seconds=1)
    worker = worker_on(db, sandbox, channel, package_id, pace=replace(QUICK, settle_seconds=5))

    assert worker.publish() == {"unconfirmed": 1}
    assert worker.settle() == {"too_early": 1}
    time.sleep(1.2)

    assert worker.settle() == {"found": 1}
    assert counted_on(sandbox, channel) == (1, 0)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_limit_of_one_account_pauses_that_account_only(
    db: Database, sandbox: RunningSandbox, channel: str
) -> None:
    package_id = approved_on(db, channel)
    plant(
        sandbox, channel, "error", page=office_id(channel, "32"), status=429, seconds=300, message="slow down"
    )

    outcome = worker_on(db, sandbox, channel, package_id).publish()

    assert outcome == {"published": len(CODES) - 1, "released": 1}
    assert rows(db, package_id)["32"].state == "approved"
    assert _seconds_until_due(db) == pytest.approx(300, abs=5)
    assert counted_on(sandbox, channel) == (len(CODES) - 1, 0)


def test_a_limit_of_the_whole_app_stops_every_further_call_to_x(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved_on(db, "x")
    plant(sandbox, "x", "error", status=429, subcode=24, seconds=600, message="Too Many Requests", times=None)
    worker = worker_on(db, sandbox, "x", package_id, pace=replace(QUICK, in_flight=1))

    assert worker.publish() == {"released": 1, "left": len(CODES) - 1}

    assert sandbox.control("calls?method=POST")["total"] == 1
    assert _seconds_until_due(db) == pytest.approx(600, abs=5)


def test_two_channels_that_telegram_stops_at_once_pause_the_whole_bot(
    db: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved_on(db, "telegram")
    plant(sandbox, "telegram", "error", status=429, seconds=30, times=None)
    worker = worker_on(db, sandbox, "telegram", package_id, pace=replace(QUICK, in_flight=1))

    assert worker.publish() == {"released": 2, "left": len(CODES) - 2}
    assert sandbox.control("calls?method=POST")["total"] == 2


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_account_that_does_not_accept_us_stops_for_itself_and_keeps_its_approval(
    db: Database, sandbox: RunningSandbox, channel: str
) -> None:
    package_id = approved_on(db, channel)
    turn(sandbox, channel, "32", is_open=False)

    outcome = worker_on(db, sandbox, channel, package_id).publish()

    assert outcome == {"published": len(CODES) - 1, "blocked": 1}
    assert rows(db, package_id)["32"].state == "approved"
    assert counted_on(sandbox, channel) == (len(CODES) - 1, 0)


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_account_that_may_write_again_gets_its_post_without_a_new_approval(
    db: Database, sandbox: RunningSandbox, channel: str
) -> None:
    package_id = approved_on(db, channel, ["32"])
    turn(sandbox, channel, "32", may_post=False)
    worker = worker_on(db, sandbox, channel, package_id)
    assert worker.publish() == {"blocked": 1}

    turn(sandbox, channel, "32", may_post=True)
    let_pauses_pass(db)

    assert worker.publish() == {"published": 1}
    assert counted_on(sandbox, channel) == (1, 0)


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_a_platform_refuses_is_refused_with_its_words(
    db: Database, sandbox: RunningSandbox, channel: str
) -> None:
    package_id = approved_on(db, channel, ["32"])
    plant(sandbox, channel, "error", status=400, message="This text is not for us.")

    assert worker_on(db, sandbox, channel, package_id).publish() == {"refused": 1}
    assert "This text is not for us." in rows(db, package_id)["32"].reason


def test_the_duplicate_that_x_refuses_may_be_our_own_lost_call(db: Database, sandbox: RunningSandbox) -> None:
    package_id = approved_on(db, "x", ["32"])
    words = "You are not allowed to create a Tweet with duplicate content."
    plant(sandbox, "x", "error", status=403, message=words, when="after")
    worker = worker_on(db, sandbox, "x", package_id)

    assert worker.publish() == {"unconfirmed": 1}
    assert worker.settle() == {"found": 1}
    assert counted_on(sandbox, "x") == (1, 0)


def test_a_second_call_to_a_website_changes_nothing_there(db: Database, sandbox: RunningSandbox) -> None:
    """A person is wrong about what stands there; the contract, and not the ledger, keeps it one post."""
    package_id = approved_on(db, "website", ["32"])
    plant(sandbox, "website", "cut_after")
    worker = worker_on(db, sandbox, "website", package_id)
    worker.publish()
    with db.connection() as connection:
        number = rows(db, package_id)["32"].post_id
        questions.answer_absent(
            connection, post_id=number, claim_number=1, officer="humas_ri", reason="salah lihat"
        )

    assert worker.publish() == {"published": 1}
    assert counted_on(sandbox, "website") == (1, 0)


@pytest.mark.parametrize("channel", CHANNELS)
def test_pictures_go_out_with_their_post(
    db: Database, sandbox: RunningSandbox, channel: str, tmp_path: Path
) -> None:
    pictures = Pictures(tmp_path, "https://gambar.example")
    package_id = approved_on(
        db,
        channel,
        ["32"],
        pictures={pictures.put(jpeg("red")): "Merah.", pictures.put(jpeg("blue")): "Biru."},
    )
    worker = worker_on(
        db, sandbox, channel, package_id, pictures=pictures, pace=replace(QUICK, call_seconds=1)
    )

    assert worker.publish() == {"published": 1}

    (post,) = log(sandbox, channel)
    assert len(post["pictures"]) == 2
    assert post["alt_texts"] == ([] if channel == "telegram" else ["Merah.", "Biru."])


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("kind", ["cut_after", "half_json", "garbage", "redirect"])
def test_no_token_reaches_the_ledger(db: Database, sandbox: RunningSandbox, channel: str, kind: str) -> None:
    tokens = [office_token(channel, office_id(channel, code)) for code in ("11", "32")]
    package_id = approved_on(db, channel, ["11", "32"])
    plant(sandbox, channel, kind, page=office_id(channel, "32"))
    plant(sandbox, channel, "error", page=office_id(channel, "11"), status=400, message=f"bad {tokens[0]}")
    worker = worker_on(db, sandbox, channel, package_id)

    worker.publish()
    worker.settle_for(3)

    assert states(db, package_id).total() == 2
    evidence = evidence_of(db)
    assert "bad [" in evidence
    assert [token for token in tokens if token in evidence] == []


@pytest.mark.parametrize("channel", READABLE)
def test_what_stands_is_read_back_and_what_is_gone_is_not(
    db: Database, sandbox: RunningSandbox, channel: str
) -> None:
    package_id = approved_on(db, channel)
    worker = worker_on(db, sandbox, channel, package_id)
    worker.publish()
    _take_down(worker, channel, rows(db, package_id)["32"].platform_id or "")

    assert worker.read_back() == {"seen": len(CODES) - 1, "missing": 1}


def test_telegrams_own_answer_is_all_the_proof_there_is(db: Database, sandbox: RunningSandbox) -> None:
    worker = worker_on(db, sandbox, "telegram", approved_on(db, "telegram"))
    worker.publish()

    assert worker.read_back() == {"seen": len(CODES)}


def _take_down(worker: OfficeWorker, channel: str, platform_id: str) -> None:
    """Somebody deletes a post with the account's own token."""

    async def work(_: Any, channels: Any) -> None:  # noqa: ANN401 -- As `do` hands them over.
        await next(iter(channels.values())).withdraw(outgoing(channel), platform_id)

    worker.do(work)


def _seconds_until_due(db: Database) -> float:
    with db.connection() as connection:
        row = connection.execute(
            "select extract(epoch from max(publish_at) - clock_timestamp())::float as due_in from kabar.draft"
        ).fetchone()
    assert row is not None
    return float(row["due_in"])
