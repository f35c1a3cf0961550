"""A second copy of a post is found, told to a person, and never deleted by machine."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from kabar.posting.doubles import Doubles, look_for_doubles
from kabar.sandbox.running import RunningSandbox
from kabar.store import packages
from kabar.store.database import Database
from ledger import CODES, Worker, approved, change, counted, rows


def look(worker: Worker) -> Doubles:
    return worker.do(lambda ledger, channels: look_for_doubles(ledger=ledger, channels=channels, in_flight=5))


def plant_by_hand(worker: Worker, code: str, *, link: str | None, message: str | None = None) -> str:
    """Somebody copies what stands on a satker's Page, past us; gives the copy's id."""
    (entry,) = (
        one for one in worker.sandbox.control("log")["data"] if one["page_id"] == worker.sandbox.page_id(code)
    )
    form = {"message": message or entry["message"]} | ({"link": link} if link is not None else {})

    async def token() -> str:
        async with worker.channel() as channel:
            return channel._pages[worker.sandbox.page_id(code)].token

    request = Request(  # noqa: S310 -- Our own sandbox.
        f"{worker.sandbox.url}/v26.0/{worker.sandbox.page_id(code)}/feed",
        data=urlencode(form).encode(),
        headers={"Authorization": f"Bearer {asyncio.run(token())}"},
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310 -- As above.
        return str(json.load(answer)["id"])


def standing_link(sandbox: RunningSandbox, code: str) -> str:
    return next(
        one["link"] for one in sandbox.control("log")["data"] if one["page_id"] == sandbox.page_id(code)
    )


def doubled(db: Database, package_id: int) -> list[int]:
    with db.connection() as connection:
        return packages.doubles(connection, package_id)


def test_posts_that_stand_once_are_no_news(db: Database, sandbox: RunningSandbox) -> None:
    worker = Worker(db, sandbox, approved(db))
    worker.publish()

    assert look(worker) == ([], Counter(once=len(CODES)))
    assert doubled(db, worker.package_id) == []


@pytest.mark.parametrize("with_our_link", [True, False])
def test_a_copy_planted_by_hand_is_found_in_one_look_and_left_standing(
    db: Database, sandbox: RunningSandbox, *, with_our_link: bool
) -> None:
    worker = Worker(db, sandbox, approved(db))
    worker.publish()
    link = standing_link(sandbox, "3204") if with_our_link else None
    copy = plant_by_hand(worker, "3204", link=link)
    post = rows(db, worker.package_id)["3204"]

    found = look(worker)

    assert found == ([post.post_id], Counter(once=len(CODES) - 1, twice=1))
    assert doubled(db, worker.package_id) == [post.post_id]
    row = rows(db, worker.package_id)["3204"]
    assert (row.state, row.platform_id) == ("published", post.platform_id)
    assert "2 times" in row.reason
    assert counted(sandbox) == (len(CODES) + 1, 1)
    with db.connection() as connection:
        evidence = connection.execute(
            "select evidence from kabar.post where id = %s", (post.post_id,)
        ).fetchone()
    assert evidence is not None
    assert copy in {item["id"] for item in evidence["evidence"]}


def test_a_double_is_news_once(db: Database, sandbox: RunningSandbox) -> None:
    worker = Worker(db, sandbox, approved(db, ["3204"]))
    worker.publish()
    plant_by_hand(worker, "3204", link=None)
    look(worker)

    assert look(worker) == ([], Counter(twice=1))


def test_other_words_on_the_same_page_are_no_double(db: Database, sandbox: RunningSandbox) -> None:
    worker = Worker(db, sandbox, approved(db, ["3204"]))
    worker.publish()
    plant_by_hand(worker, "3204", link=None, message="Libur nasional, kantor tutup.")

    assert look(worker) == ([], Counter(once=1))


def test_the_same_words_of_another_tonggak_are_no_double(db: Database, sandbox: RunningSandbox) -> None:
    first = Worker(db, sandbox, approved(db, ["3204"]))
    first.publish()
    second = Worker(db, sandbox, approved(db, ["3204"], tonggak="pendaftaran-paslon|akhir"))
    second.publish()

    assert look(first).counts == look(second).counts == Counter(once=1)


def test_what_was_published_long_ago_is_not_looked_for(db: Database, sandbox: RunningSandbox) -> None:
    worker = Worker(db, sandbox, approved(db, ["3204"]))
    worker.publish()
    change(db, "update kabar.post set published_at = now() - interval '49 hours'")

    assert look(worker) == ([], Counter())


def test_a_page_that_cannot_be_read_does_not_hide_the_others(db: Database, sandbox: RunningSandbox) -> None:
    worker = Worker(db, sandbox, approved(db))
    worker.publish()
    plant_by_hand(worker, "6471", link=None)
    sandbox.plant("error", method="GET", page=sandbox.page_id("1101"), code=2, status=500, times=None)

    found = look(worker)

    assert found.counts == Counter(once=len(CODES) - 2, twice=1, unreadable=1)
    assert found.new == [rows(db, worker.package_id)["6471"].post_id]
