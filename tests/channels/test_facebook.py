"""Facebook Pages through our own channel: publish, read, find, and what each refusal means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from graph_client import Office

from kabar.channels.channel import Outgoing, Standing
from kabar.channels.facebook import FacebookPages
from kabar.channels.graph import PageAccess, graph_time
from kabar.channels.marker import marked_link
from kabar.channels.registry import reachable_pages
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.errors import (
    AccountError,
    UnconfirmedError,
    UnreachableError,
)
from kabar.local.ports import free_port
from kabar.posting.publish import full_text
from kabar.sandbox.running import RunningSandbox

Result = TypeVar("Result")

LINK = "https://infopemilu.kpu.go.id/Pemilihan?kanal=facebook#jadwal"
MESSAGE = full_text("Pendaftaran pasangan calon dibuka.\n\nDasar: PKPU 2/2024.", ("#Pilkada2024", "#KPU"))


@dataclass
class Channel:
    """The channel of one user token, opened anew for every question."""

    sandbox: RunningSandbox
    url: str | None = None
    pages: Mapping[str, PageAccess] | None = None
    seconds: float = 2.0

    def ask(self, work: Callable[[FacebookPages], Awaitable[Result]]) -> Result:
        async def asking() -> Result:
            pages = self.pages or await reachable_pages(self.sandbox.url, self.sandbox.user_token)
            timeout = aiohttp.ClientTimeout(total=self.seconds)
            async with aiohttp.ClientSession(timeout=timeout) as session:
                transport = HTTPTransport(session_sender(session, self.url or self.sandbox.url))
                return await work(FacebookPages(transport, pages, settle_seconds=1))

        return asyncio.run(asking())

    def create(self, post: Outgoing) -> Standing:
        return self.ask(lambda pages: pages.create(post))

    def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        return self.ask(lambda pages: pages.read(post, platform_id))

    def find(self, post: Outgoing, *, sent_at: datetime | None = None) -> list[Standing]:
        return self.ask(lambda pages: pages.find(post, sent_at=sent_at or datetime.now(UTC)))


@pytest.fixture
def channel(sandbox: RunningSandbox) -> Channel:
    return Channel(sandbox)


def outgoing(office: Office, *, post_id: int = 41, **changed: str) -> Outgoing:
    return Outgoing(
        **({"account_id": office.page, "message": MESSAGE, "link": LINK} | changed), post_id=post_id
    )


def test_a_post_stands_with_its_text_hashtags_and_marked_link(channel: Channel, office: Office) -> None:
    standing = channel.create(outgoing(office))

    (post,) = office.posts(fields="id,message,permalink_url,created_time,attachments{unshimmed_url}")
    assert post["message"].endswith("\n\n#Pilkada2024 #KPU")
    link = urlsplit(post["attachments"]["data"][0]["unshimmed_url"])
    assert parse_qs(link.query) == {"kanal": ["facebook"], "utm_id": ["kt41"]}
    assert link.fragment == "jadwal"
    assert standing.platform_id == post["id"]
    assert standing.permalink == post["permalink_url"]
    assert standing.published_at == graph_time(post["created_time"])
    assert abs(datetime.now(UTC) - standing.published_at) < timedelta(seconds=30)


def test_publishing_is_one_call(channel: Channel, office: Office, sandbox: RunningSandbox) -> None:
    channel.create(outgoing(office))

    assert sandbox.control("count?contains=")["total"] == 1
    assert len(sandbox.control("log?all=1")["data"]) == 1


def test_a_post_without_a_link_is_text_alone(channel: Channel, office: Office) -> None:
    standing = channel.create(outgoing(office, link=""))

    (post,) = office.posts(fields="message,attachments")
    assert "attachments" not in post
    assert channel.find(outgoing(office, link=""))[0].platform_id == standing.platform_id


@pytest.mark.parametrize(
    ("link", "marked"),
    [
        ("https://kpu.go.id", "https://kpu.go.id?utm_id=kt7"),
        ("https://kpu.go.id/a?b=c", "https://kpu.go.id/a?b=c&utm_id=kt7"),
        ("https://kpu.go.id/a#b", "https://kpu.go.id/a?utm_id=kt7#b"),
    ],
)
def test_the_marker_joins_a_link_without_harming_it(link: str, marked: str) -> None:
    assert marked_link(link, 7) == marked


def test_every_page_of_a_long_list_is_found(sandbox: RunningSandbox) -> None:
    pages = asyncio.run(reachable_pages(sandbox.url, sandbox.user_token))

    assert len(pages) == 553
    assert all(page.token and "CREATE_CONTENT" in page.tasks for page in pages.values())


def test_reading_back_sees_the_post_as_approved(channel: Channel, office: Office) -> None:
    post = outgoing(office)
    created = channel.create(post)

    standing = channel.read(post, created.platform_id)

    assert standing is not None
    assert (standing.platform_id, standing.permalink) == (created.platform_id, created.permalink)


@pytest.mark.parametrize("changes", [{"message": "Lain."}, {"post_id": 42}])
def test_reading_back_misses_other_words_and_another_posts_marker(
    channel: Channel, office: Office, changes: dict[str, Any]
) -> None:
    created = channel.create(outgoing(office))

    assert channel.read(outgoing(office, **changes), created.platform_id) is None


def test_reading_back_misses_a_deleted_post(channel: Channel, office: Office) -> None:
    post = outgoing(office)
    created = channel.create(post)
    office.call("DELETE", created.platform_id, office.token)

    assert channel.read(post, created.platform_id) is None


def test_a_lost_post_is_found_among_others(channel: Channel, office: Office) -> None:
    office.publish("Kabar lain.", link=LINK)
    created = channel.create(outgoing(office))
    office.publish("Kabar lain lagi.")

    assert [one.platform_id for one in channel.find(outgoing(office))] == [created.platform_id]


def test_a_marker_is_enough_when_the_platform_has_changed_the_text(channel: Channel, office: Office) -> None:
    created = channel.create(outgoing(office, message="Teks seperti yang ditampilkan platform."))

    assert [one.platform_id for one in channel.find(outgoing(office))] == [created.platform_id]


def test_the_same_words_from_another_hand_are_found_only_without_a_marker_of_another_post(
    channel: Channel, office: Office
) -> None:
    channel.create(outgoing(office, post_id=40))
    assert channel.find(outgoing(office)) == []

    by_hand = office.publish(MESSAGE, link=LINK)["id"]

    assert [one.platform_id for one in channel.find(outgoing(office))] == [by_hand]


def test_a_marker_that_only_begins_like_ours_is_another_posts(channel: Channel, office: Office) -> None:
    channel.create(outgoing(office, post_id=410))

    assert channel.find(outgoing(office, post_id=41)) == []


def test_a_campaign_number_of_the_links_owner_is_no_marker(channel: Channel, office: Office) -> None:
    post = outgoing(office, link="https://kpu.go.id/?utm_id=kampanye")
    created = channel.create(post)

    assert [one.platform_id for one in channel.find(post)] == [created.platform_id]


def test_both_copies_of_a_double_are_found(channel: Channel, office: Office, sandbox: RunningSandbox) -> None:
    sandbox.control("settings", {"refuse_duplicates": False})
    numbers = {channel.create(outgoing(office)).platform_id for _ in range(2)}

    assert {one.platform_id for one in channel.find(outgoing(office))} == numbers
    assert len(numbers) == 2


def test_a_post_from_before_the_call_is_not_the_one(channel: Channel, office: Office) -> None:
    channel.create(outgoing(office))

    assert channel.find(outgoing(office), sent_at=datetime.now(UTC) + timedelta(minutes=5)) == []
    assert len(channel.find(outgoing(office), sent_at=datetime.now(UTC) + timedelta(minutes=1))) == 1


def test_a_post_beyond_the_first_hundred_is_found(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    sandbox.control("settings", {"refuse_duplicates": False})
    created = channel.create(outgoing(office))
    for number in range(101):
        office.publish(f"Kabar {number}.")

    assert [one.platform_id for one in channel.find(outgoing(office))] == [created.platform_id]


def test_a_token_without_the_task_to_publish_is_refused_before_any_call(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    sandbox.control(f"pages/{office.page}", {"tasks": ["ANALYZE"]})

    with pytest.raises(AccountError, match="CREATE_CONTENT"):
        channel.create(outgoing(office))

    assert sandbox.control("log?all=1")["data"] == []


def test_a_page_outside_the_roster_is_refused_by_name(channel: Channel, office: Office) -> None:
    with pytest.raises(AccountError, match="999"):
        channel.create(outgoing(office, account_id="999"))


def test_a_closed_door_is_unreachable_for_a_call_and_for_a_read(
    sandbox: RunningSandbox, office: Office
) -> None:
    pages = asyncio.run(reachable_pages(sandbox.url, sandbox.user_token))
    closed = Channel(sandbox, url=f"http://127.0.0.1:{free_port()}", pages=pages)

    with pytest.raises(UnreachableError):
        closed.create(outgoing(office))
    with pytest.raises(UnreachableError):
        closed.find(outgoing(office))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang_after", "seconds": 3},
        {"kind": "hang_before", "seconds": 3},
        {"kind": "cut_after"},
        {"kind": "reset_mid_body"},
        {"kind": "half_json"},
        {"kind": "garbage"},
        {"kind": "no_id"},
        {"kind": "redirect"},
    ],
)
def test_a_call_that_left_and_has_no_readable_answer_is_unconfirmed(
    sandbox: RunningSandbox, office: Office, fault: dict[str, Any]
) -> None:
    sandbox.plant(**({"method": "POST"} | fault))

    with pytest.raises(UnconfirmedError):
        Channel(sandbox, seconds=1).create(outgoing(office))


@pytest.mark.parametrize(
    "kind", ["hang_after", "cut_after", "reset_mid_body", "half_json", "garbage", "redirect"]
)
def test_a_read_without_a_readable_answer_may_be_asked_again(
    sandbox: RunningSandbox, office: Office, kind: str
) -> None:
    pages = asyncio.run(reachable_pages(sandbox.url, sandbox.user_token))
    channel = Channel(sandbox, pages=pages, seconds=1)
    sandbox.plant(kind, method="GET", edge="published_posts", seconds=3, times=None)

    with pytest.raises(UnreachableError):
        channel.find(outgoing(office))

    sandbox.control("faults", method="DELETE")
    assert channel.find(outgoing(office)) == []


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_no_token_reaches_an_error_or_a_log(
    channel: Channel, office: Office, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    caplog.set_level(logging.DEBUG)
    edge = f"{office.page}/(feed|published_posts)"
    sandbox.plant(
        "error", method=method, edge=edge, code=190, message=f"Malformed access token {office.token}"
    )

    with pytest.raises(AccountError, match=r"Malformed access token \[token\]") as caught:
        channel.create(outgoing(office)) if method == "POST" else channel.find(outgoing(office))

    said = f"{caught.value!r} {caplog.text}"
    assert office.token not in said
    assert sandbox.user_token not in said


def test_a_page_shows_no_token_when_it_is_printed() -> None:
    assert "rahasia" not in repr(PageAccess("1", "KPU", "rahasia", ()))
