"""Published posts are read back once: what stands as approved is seen, everything else stays open."""

from __future__ import annotations

from dataclasses import replace

import requests

from kabar.posting.publish import full_text
from kabar.sandbox.running import RunningSandbox
from kabar.store import posts
from kabar.store.database import Database
from ledger import CODES, Worker, approved, fresh, rows


def published(db: Database, sandbox: RunningSandbox) -> Worker:
    worker = Worker(db, sandbox, approved(db))
    worker.publish()
    return worker


def on_platform(worker: Worker, code: str, method: str, **data: str) -> None:
    """Somebody changes a post with the app's own token."""
    number = rows(worker.db, worker.package_id)[code].platform_id
    token = worker._pages[worker.sandbox.page_id(code)].token
    answer = requests.request(
        method,
        f"{worker.sandbox.url}/v26.0/{number}",
        data=data,
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )
    assert answer.json() == {"success": True}


def unread(worker: Worker) -> int:
    with worker.db.connection() as connection:
        return len(posts.unread(connection, package_id=worker.package_id))


def missing(db: Database) -> list[int]:
    """Posts that were looked for and not found as they were approved."""
    with db.connection() as connection:
        found = connection.execute("select id from kabar.post where missing_at is not null").fetchall()
    return [row["id"] for row in found]


def test_what_stands_is_seen_once(db: Database, sandbox: RunningSandbox) -> None:
    worker = published(db, sandbox)

    assert worker.read_back() == {"seen": len(CODES)}
    assert worker.read_back() == {}
    assert unread(worker) == 0


def test_a_post_that_is_gone_stays_unread(db: Database, sandbox: RunningSandbox) -> None:
    worker = published(db, sandbox)
    on_platform(worker, "3204", "DELETE")

    assert worker.read_back() == {"seen": len(CODES) - 1, "missing": 1}
    assert unread(worker) == 1


def test_a_post_that_says_something_else_stays_unread(db: Database, sandbox: RunningSandbox) -> None:
    worker = published(db, sandbox)
    on_platform(worker, "3204", "POST", message="Pendaftaran ditutup.")

    assert worker.read_back() == {"seen": len(CODES) - 1, "missing": 1}
    assert unread(worker) == 1


def test_a_pause_of_the_whole_app_stops_further_reading(db: Database, sandbox: RunningSandbox) -> None:
    worker = published(db, sandbox)
    worker.pace = replace(worker.pace, in_flight=1)
    sandbox.plant("error", method="GET", code=4, times=None)

    assert worker.read_back() == {"unreadable": len(CODES)}

    assert sandbox.control("faults")["data"][0]["hits"] == 1


def test_an_account_that_cannot_be_read_is_asked_again_later(db: Database, sandbox: RunningSandbox) -> None:
    worker = published(db, sandbox)
    sandbox.plant("error", method="GET", page=sandbox.page_id("3204"), code=2, status=500)

    assert worker.read_back() == {"seen": len(CODES) - 1, "unreadable": 1}
    assert worker.read_back() == {"seen": 1}


def test_a_post_that_is_not_there_is_remembered_until_it_is_seen_again(
    db: Database, sandbox: RunningSandbox
) -> None:
    worker = published(db, sandbox)
    said = fresh("3204", None).wording
    on_platform(worker, "3204", "POST", message="Pendaftaran ditutup.")
    worker.read_back()
    assert missing(db) == [rows(db, worker.package_id)["3204"].post_id]

    on_platform(worker, "3204", "POST", message=full_text(said.message, said.hashtags))
    assert worker.read_back() == {"seen": 1}
    assert missing(db) == []
