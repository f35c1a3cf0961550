"""An office's website against its stand-in: the contract of `docs/website-webhook.md`, and that page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import pytest
import requests

from kabar.channels.channel import Channel
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.channels.website import Websites
from kabar.channels.website_signature import signed_headers
from kabar.errors import AccountError, PausedError, RefusedError, UnconfirmedError, UnreachableError
from kabar.sandbox.offices import office_id, office_token
from kabar.sandbox.running import RunningSandbox
from kabar.settings import REPOSITORY
from offices import LINK, WORDS, door, log, opened, outgoing, picture, sent, turn

Result = TypeVar("Result")

CONTRACT = (REPOSITORY / "docs" / "website-webhook.md").read_text(encoding="utf-8")
SITE = office_id("website", "32")
SECRET = office_token("website", SITE)


def on_site(
    sandbox: RunningSandbox, work: Callable[[Channel], Awaitable[Result]], *, ahead: timedelta = timedelta()
) -> Result:
    """With a clock of ours that runs ahead by so much."""

    async def doing() -> Result:
        async with aiohttp.ClientSession() as session:
            transport = HTTPTransport(session_sender(session, f"{sandbox.url}/website"))
            return await work(
                Websites(replace(door("website", transport), now=lambda: datetime.now(UTC) + ahead))
            )

    return asyncio.run(doing())


def call(sandbox: RunningSandbox, method: str, path: str, body: bytes = b"", **changed: str) -> int:
    """The status of a call that is signed by hand, with some headers `changed` afterwards."""
    key = "kt1-abc" if method == "POST" else ""
    headers = dict(signed_headers(method, path, body, key=key, secret=SECRET, now=datetime.now(UTC)))
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    headers["Content-Type"] = "application/json"
    answer = requests.request(method, f"{sandbox.url}/website{path}", data=body, headers=headers, timeout=5)
    return answer.status_code


BODY = b'{"key": "kt1-abc", "text": "Halo", "link": "", "pictures": []}'


def test_a_post_is_kept_under_its_key_with_words_link_and_pictures(sandbox: RunningSandbox) -> None:
    standing, post = on_site(sandbox, lambda site: sent(site, outgoing("website", pictures=(picture(),))))

    (made,) = log(sandbox, "website")
    assert (made["text"], made["link"]) == (WORDS, f"{LINK}&utm_id=kt7")
    assert made["pictures"] == [post.pictures[0].sha256]
    assert made["alt_texts"] == ["Gambar uji."]
    assert standing.platform_id == made["id"] == post.handle["key"]
    assert standing.permalink is not None
    assert requests.get(standing.permalink, timeout=5).ok


def test_the_same_post_twice_is_one_post_with_one_answer(sandbox: RunningSandbox) -> None:
    async def work(site: Channel) -> list[str]:
        _, post = await sent(site, outgoing("website"))
        return [(await site.create(post)).platform_id for _ in range(3)]

    numbers = on_site(sandbox, work)
    assert len(set(numbers)) == len(log(sandbox, "website")) == 1


@pytest.mark.parametrize(
    "changed",
    [{"message": "Lain."}, {"link": "https://kpu.go.id"}, {"pictures": (picture("blue"),)}, {"post_id": 8}],
)
def test_other_words_pictures_or_another_number_have_another_key(
    sandbox: RunningSandbox, changed: dict[str, Any]
) -> None:
    post = outgoing("website", pictures=(picture("red"),))

    async def work(site: Channel) -> set[str]:
        prepared = [await site.prepare(one) for one in (post, replace(post, **changed), post)]
        return {one.handle["key"] for one in prepared}

    assert len(on_site(sandbox, work)) == 2
    assert sandbox.control("calls")["total"] == 0


def test_a_lost_post_is_found_by_the_key_that_was_saved_even_without_its_pictures(
    sandbox: RunningSandbox,
) -> None:
    async def work(site: Channel) -> list[str]:
        _, post = await sent(site, outgoing("website", pictures=(picture(),)))
        wanted = replace(post, pictures=())
        return [one.platform_id for one in await site.find(wanted, sent_at=datetime.now(UTC))]

    assert on_site(sandbox, work) == [log(sandbox, "website")[0]["id"]]


def test_what_was_never_sent_is_not_found(sandbox: RunningSandbox) -> None:
    post = outgoing("website", handle={"key": "kt7-nothing"})

    assert on_site(sandbox, lambda site: site.find(post, sent_at=datetime.now(UTC))) == []


def test_words_are_corrected_under_the_same_key(sandbox: RunningSandbox) -> None:
    async def work(site: Channel) -> tuple[object, object]:
        standing, post = await sent(site, outgoing("website"))
        corrected = replace(post, message="Diperpanjang.")
        await site.correct(corrected, standing.platform_id)
        return (
            await site.read(post, standing.platform_id),
            await site.read(corrected, standing.platform_id),
        )

    old, new = on_site(sandbox, work)
    assert old is None
    assert new is not None
    assert log(sandbox, "website")[0]["edited_at"] is not None


def test_a_post_is_taken_down_twice_and_never_comes_back_by_itself(sandbox: RunningSandbox) -> None:
    async def work(site: Channel) -> tuple[Any, Any]:
        standing, post = await sent(site, outgoing("website"))
        first, second = [await site.withdraw(post, standing.platform_id) for _ in range(2)]
        assert await site.read(post, standing.platform_id) is None
        with pytest.raises(UnconfirmedError, match="410"):
            await site.create(post)
        return first, second

    first, second = on_site(sandbox, work)
    assert first["deleted"] is second["gone"] is True


def test_a_picture_that_a_site_cannot_fetch_is_refused_before_any_call(sandbox: RunningSandbox) -> None:
    post = outgoing("website", pictures=(replace(picture(), url=""),))

    with pytest.raises(RefusedError, match="KABAR_PICTURES_URL"):
        on_site(sandbox, lambda site: site.prepare(post))
    assert sandbox.control("calls")["total"] == 0


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_by_less_than_five_minutes(sandbox: RunningSandbox, minutes: int) -> None:
    on_site(sandbox, lambda site: sent(site, outgoing("website")), ahead=timedelta(minutes=minutes))

    assert len(log(sandbox, "website")) == 1


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_further_away_stops_the_account_and_sends_nothing(
    sandbox: RunningSandbox, minutes: int
) -> None:
    with pytest.raises(AccountError, match="five minutes"):
        on_site(sandbox, lambda site: sent(site, outgoing("website")), ahead=timedelta(minutes=minutes))

    identity = on_site(sandbox, lambda site: site.identity(SITE), ahead=timedelta(minutes=minutes))
    assert "five minutes" in identity.obstacles[0]
    assert log(sandbox, "website") == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (409, UnconfirmedError),
        (422, RefusedError),
        (413, RefusedError),
        (403, AccountError),
    ],
)
def test_a_status_means_what_the_contract_says(
    sandbox: RunningSandbox, status: int, error: type[Exception]
) -> None:
    sandbox.plant("error", method="POST", status=status, message="one sentence")

    with pytest.raises(error, match="one sentence") as raised:
        on_site(sandbox, lambda site: sent(site, outgoing("website")))
    assert type(raised.value) is error
    assert str(status) in CONTRACT


def test_a_site_is_left_alone_as_long_as_it_says(sandbox: RunningSandbox) -> None:
    sandbox.plant("error", method="POST", status=429, seconds=42)

    with pytest.raises(PausedError) as pause:
        on_site(sandbox, lambda site: sent(site, outgoing("website")))
    assert (pause.value.pause_seconds, pause.value.is_app_wide) == (42, False)


def test_an_answer_about_another_post_proves_nothing(sandbox: RunningSandbox) -> None:
    sandbox.plant("no_id", method="POST")

    with pytest.raises(UnconfirmedError, match="not about kt7-"):
        on_site(sandbox, lambda site: sent(site, outgoing("website")))


def test_a_reading_about_another_post_is_no_reading(sandbox: RunningSandbox) -> None:
    sandbox.plant("no_id", method="GET", times=None)
    post = outgoing("website", handle={"key": "kt7-abc"})
    on_site(sandbox, lambda site: sent(site, post))

    with pytest.raises(UnreachableError, match="another post"):
        on_site(sandbox, lambda site: site.find(post, sent_at=datetime.now(UTC)))


@pytest.mark.parametrize("status", [500, 502])
def test_a_reading_that_fails_is_no_absence(sandbox: RunningSandbox, status: int) -> None:
    sandbox.plant("error", method="GET", status=status)
    post = outgoing("website", handle={"key": "kt7-abc"})

    with pytest.raises(UnreachableError):
        on_site(sandbox, lambda site: site.find(post, sent_at=datetime.now(UTC)))


@pytest.mark.parametrize(
    ("switches", "obstacle"),
    [({}, None), ({"is_open": False}, "401"), ({"may_post": False}, "takes no posts")],
)
def test_a_site_says_whether_it_takes_posts(
    sandbox: RunningSandbox, switches: dict[str, object], obstacle: str | None
) -> None:
    turn(sandbox, "website", **switches)

    identity = on_site(sandbox, lambda site: site.identity(SITE))

    assert (obstacle is None) == (identity.obstacles == ())
    assert all(obstacle in told for told in identity.obstacles if obstacle)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 201),
        ({"Kabar_Signature": "v1=" + "0" * 64}, 401),
        ({"Kabar_Timestamp": "1763881200"}, 401),
        ({"Idempotency_Key": "kt2-abc"}, 401),
        ({"Kabar_Timestamp": "never"}, 401),
    ],
)
def test_a_call_that_was_altered_on_its_way_is_refused(
    sandbox: RunningSandbox, changed: dict[str, str], status: int
) -> None:
    assert call(sandbox, "POST", f"/{SITE}/posts", BODY, **changed) == status


def test_a_signature_is_good_for_no_other_method_or_address(sandbox: RunningSandbox) -> None:
    assert call(sandbox, "POST", f"/{SITE}/posts", BODY) == 201
    reading = signed_headers(
        "GET", f"/{SITE}/posts/kt1-abc", b"", key="", secret=SECRET, now=datetime.now(UTC)
    )

    address = f"{sandbox.url}/website/{SITE}/posts/kt1-abc"
    assert requests.delete(address, headers=dict(reading), timeout=5).status_code == 401
    assert requests.get(address, headers=dict(reading), timeout=5).status_code == 200


def test_one_sites_secret_opens_no_other_site(sandbox: RunningSandbox) -> None:
    assert call(sandbox, "POST", f"/{office_id('website', '11')}/posts", BODY) == 401


def verify() -> Callable[..., bool]:
    """The function that the contract hands to web teams."""
    (snippet,) = re.findall(r"```python\n(.*?)```", CONTRACT, flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)  # noqa: S102 -- Our own page; it must do what it says.
    return names["is_from_kabar_tahapan"]


@pytest.mark.parametrize(("method", "key"), [("POST", "kt1-abc"), ("GET", ""), ("PUT", ""), ("DELETE", "")])
def test_the_contracts_own_check_accepts_our_calls_and_no_altered_one(method: str, key: str) -> None:
    path = "/situs-32/posts"
    headers = dict(signed_headers(method, path, BODY, key=key, secret="rahasia", now=datetime.now(UTC)))
    check = verify()

    assert check("rahasia", method, path, headers, BODY)
    assert not check("lain", method, path, headers, BODY)
    assert not check("rahasia", "PATCH", path, headers, BODY)
    assert not check("rahasia", method, path + "/x", headers, BODY)
    assert not check("rahasia", method, path, headers, BODY + b" ")
    assert not check("rahasia", method, path, {**headers, "Idempotency-Key": "kt9"}, BODY)
    assert not check("rahasia", method, path, {}, BODY)


def test_the_contracts_own_check_refuses_what_is_older_than_five_minutes() -> None:
    then = datetime.now(UTC) - timedelta(seconds=310)
    headers = dict(signed_headers("GET", "/situs-32", b"", key="", secret="rahasia", now=then))

    assert not verify()("rahasia", "GET", "/situs-32", headers, b"")
    assert verify()("rahasia", "GET", "/situs-32", headers, b"", now=then.timestamp)


def test_the_contracts_example_is_what_we_would_sign() -> None:
    then = datetime.fromtimestamp(1763881200, UTC)
    headers = signed_headers("POST", "/situs-32/posts", b"{}", key="kt1-abc", secret="rahasia", now=then)

    assert headers["Kabar-Signature"] in CONTRACT


def test_the_contract_names_every_address_that_is_called(sandbox: RunningSandbox) -> None:
    async def work(site: Channel) -> None:
        standing, post = await sent(site, outgoing("website"))
        await site.read(post, standing.platform_id)
        await site.correct(post, standing.platform_id)
        await site.withdraw(post, standing.platform_id)
        await site.identity(SITE)

    async def noting() -> set[str]:
        called: set[str] = set()
        async with opened("website", sandbox.url) as site:
            inner = site._door.transport._send

            def send(method: str, path: str, **more: Any) -> Any:  # noqa: ANN401 -- As `_send`.
                shown = path.replace(SITE, "{account}")
                called.add(f"{method} {re.sub('/kt7-[0-9a-f]+', '/{key}', shown)}")
                return inner(method, path, **more)

            site._door.transport._send = send
            await work(site)
        return called

    called = asyncio.run(noting())
    assert len(called) == 5
    assert [one for one in called if f"`{one}`" not in CONTRACT] == []
