"""Answers that no documentation shows: what can be read of them is used, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from kabar.channels.channel import Outgoing
from kabar.channels.facebook import FacebookPages
from kabar.channels.graph import PageAccess, pages_of
from kabar.channels.transport import Answer
from kabar.errors import UnconfirmedError, UnreachableError

POST = Outgoing(account_id="1", message="Pendaftaran dibuka.", link="https://kpu.go.id/", post_id=41)


def _pages_that_answer(status: int, body: bytes) -> FacebookPages:
    """A channel behind which one Page always gets this answer."""

    class Same:
        async def get(
            self,
            path: str,  # noqa: ARG002 -- The transport's.
            params: Mapping[str, str],  # noqa: ARG002 -- As above.
            *,
            token: str,  # noqa: ARG002 -- As above.
        ) -> Answer:
            return Answer(status, {}, body)

        post = get

    pages = {"1": PageAccess("1", "KPU", "t", ("CREATE_CONTENT",))}
    return FacebookPages(Same(), pages, settle_seconds=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [b"{}", b'{"id": ""}', b'{"id": 7}', b'{"success": true}'])
def test_a_success_without_an_id_is_unconfirmed(body: bytes) -> None:
    with pytest.raises(UnconfirmedError, match="no id"):
        asyncio.run(_pages_that_answer(200, body).create(POST))


@pytest.mark.parametrize("created_time", ['"kemarin"', "17", "null", '"2026-11-01"'])
def test_an_id_is_enough_even_when_nothing_else_can_be_read(created_time: str) -> None:
    body = f'{{"id": "1_2", "created_time": {created_time}, "permalink_url": {{}}}}'.encode()

    standing = asyncio.run(_pages_that_answer(200, body).create(POST))

    assert (standing.platform_id, standing.permalink, standing.published_at) == ("1_2", None, None)


def test_odd_items_in_a_list_hide_no_post() -> None:
    odd: list[Any] = [
        None,
        7,
        {},
        {"message": POST.message},
        {"id": "1_1"},
        {"id": "1_2", "attachments": []},
        {"id": "1_3", "attachments": {"data": [None, {"target": "x", "url": 5}]}},
        {"id": "1_4", "message": POST.message, "created_time": "kemarin"},
    ]
    pages = _pages_that_answer(200, orjson.dumps({"data": odd}))

    found = asyncio.run(pages.find(POST, sent_at=datetime.now(UTC)))

    assert [one.platform_id for one in found] == ["1_4"]


def test_a_list_without_data_may_be_asked_again() -> None:
    pages = _pages_that_answer(200, b'{"data": "x"}')

    with pytest.raises(UnreachableError, match="no data"):
        asyncio.run(pages.find(POST, sent_at=datetime.now(UTC)))


def test_a_list_whose_cursor_stands_still_ends() -> None:
    class Stuck:
        async def get(self, path: str, params: Mapping[str, str], *, token: str) -> Answer:
            item = {"id": "1", "name": "KPU", "access_token": f"{token} of the Page", "tasks": []}
            paging = {"cursors": {"after": "A"}, "next": f"https://graph.facebook.com{path}?{len(params)}"}
            return Answer(200, {}, orjson.dumps({"data": [item], "paging": paging}))

    assert set(asyncio.run(pages_of(Stuck(), "t"))) == {"1"}  # type: ignore[arg-type]
