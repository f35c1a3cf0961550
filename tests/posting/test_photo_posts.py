"""Posts with pictures through the ledger: whatever Facebook does at an upload or a call, one post each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kabar.pictures import Pictures
from kabar.sandbox.running import RunningSandbox
from kabar.store.database import Database
from ledger import QUICK, Worker, approved, change, counted, let_pauses_pass, rows, states

CODE = "3204"


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path)


def names(pictures: Pictures) -> list[str]:
    return [pictures.put(b"\xff\xd8\xff" + name.encode()) for name in ("satu", "dua")]


def worker_on(db: Database, sandbox: RunningSandbox, pictures: Pictures) -> Worker:
    package_id = approved(db, [CODE], pictures=names(pictures))
    return Worker(db, sandbox, package_id, pictures=pictures, pace=replace(QUICK, settle_seconds=0.6))


def handle(db: Database) -> Any:  # noqa: ANN401 -- JSON.
    with db.connection() as connection:
        row = connection.execute("select handle from kabar.post").fetchone()
    assert row is not None
    return row["handle"]


def test_a_post_with_two_pictures_stands_once_with_both_photos_saved(
    db: Database, sandbox: RunningSandbox, pictures: Pictures
) -> None:
    worker = worker_on(db, sandbox, pictures)

    assert worker.publish() == {"published": 1}

    assert counted(sandbox) == (1, 0)
    assert len(handle(db)["photos"]) == 2
    assert worker.read_back() == {"seen": 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang_after", "seconds": 2},
        {"kind": "hang_before", "seconds": 2},
        {"kind": "cut_after"},
        {"kind": "reset_mid_body"},
        {"kind": "half_json"},
        {"kind": "no_id"},
        {"kind": "garbage"},
        {"kind": "redirect"},
        {"kind": "error", "status": 500, "code": 2, "when": "after"},
        {"kind": "error", "status": 400, "code": 1, "when": "after"},
        {"kind": "error", "status": 400, "code": 32},
    ],
)
def test_a_fault_at_an_upload_gives_the_post_back_and_it_goes_out_once(
    db: Database, sandbox: RunningSandbox, pictures: Pictures, fault: dict[str, Any]
) -> None:
    worker = worker_on(db, sandbox, pictures)
    sandbox.plant(**({"method": "POST", "edge": "photos"} | fault))

    assert worker.publish() == {"released": 1}
    assert counted(sandbox) == (0, 0)
    let_pauses_pass(db)

    assert worker.publish() == {"published": 1}
    assert counted(sandbox) == (1, 0)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang_after", "seconds": 2},
        {"kind": "cut_after"},
        {"kind": "reset_mid_body"},
        {"kind": "half_json"},
        {"kind": "no_id"},
        {"kind": "garbage"},
        {"kind": "error", "status": 500, "code": 2, "when": "after"},
    ],
)
def test_a_lost_answer_is_settled_by_the_photo_even_when_the_timeline_shows_nothing(
    db: Database, sandbox: RunningSandbox, pictures: Pictures, fault: dict[str, Any]
) -> None:
    worker = worker_on(db, sandbox, pictures)
    sandbox.plant(**({"method": "POST", "edge": "feed"} | fault))
    sandbox.plant("list_lag", method="GET", edge="published_posts", seconds=600, times=None)

    assert worker.publish() == {"unconfirmed": 1}
    worker.settle_for(3)

    assert counted(sandbox) == (1, 0)
    assert states(db, worker.package_id) == {"published": 1}


def test_a_claim_that_comes_after_a_lost_effect_asks_the_photos_and_posts_nothing_twice(
    db: Database, sandbox: RunningSandbox, pictures: Pictures
) -> None:
    worker = worker_on(db, sandbox, pictures)
    sandbox.plant("cut_after", method="POST", edge="feed")
    worker.publish()
    # A person answers too early that it is not there.
    change(db, "update kabar.post set state = 'approved', reason = 'not seen', changed_by = 'humas_ri'")

    assert worker.publish() == {"unconfirmed": 1}

    assert "already" in rows(db, worker.package_id)[CODE].reason
    worker.settle_for(3)
    assert counted(sandbox) == (1, 0)
    assert states(db, worker.package_id) == {"published": 1}


def test_a_picture_that_is_gone_refuses_its_post_and_nothing_leaves(
    db: Database, sandbox: RunningSandbox, pictures: Pictures
) -> None:
    worker = worker_on(db, sandbox, pictures)
    pictures.path(names(pictures)[1]).unlink()

    assert worker.publish() == {"refused": 1}

    assert sandbox.control("log")["data"] == []
