"""X against its stand-in: pictures in pieces, budgets, the words as X gives them back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import aiohttp
import pytest

from kabar.channels.channel import Channel, Prepared
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.channels.x import XAccounts
from kabar.channels.x_items import posted_text
from kabar.channels.x_signature import authorization
from kabar.errors import AccountError, PausedError, RefusedError, UnreachableError
from kabar.sandbox.offices import office_id
from kabar.sandbox.running import RunningSandbox
from kabar.sandbox.x.signature import signing_token
from offices import LINK, WORDS, door, log, opened, outgoing, picture, sent, turn

Result = TypeVar("Result")


def on_x(sandbox: RunningSandbox, work: Callable[[Channel], Awaitable[Result]]) -> Result:
    async def doing() -> Result:
        async with opened("x", sandbox.url) as channel:
            return await work(channel)

    return asyncio.run(doing())


def at(sandbox: RunningSandbox, moment: datetime, work: Callable[[Channel], Awaitable[Result]]) -> Result:
    """The same with a clock of ours."""

    async def doing() -> Result:
        async with aiohttp.ClientSession() as session:
            transport = HTTPTransport(session_sender(session, f"{sandbox.url}/x"))
            return await work(XAccounts(replace(door("x", transport), now=lambda: moment)))

    return asyncio.run(doing())


def shortly_before() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def test_a_post_carries_its_words_and_its_marked_link(sandbox: RunningSandbox) -> None:
    standing, _ = on_x(sandbox, lambda x: sent(x, outgoing("x")))

    (post,) = log(sandbox, "x")
    assert post["text"] == f"{WORDS}\n{LINK}&utm_id=kt7"
    assert standing.platform_id == post["id"]
    assert standing.permalink == f"https://x.com/i/web/status/{post['id']}"


def test_a_link_that_stands_in_the_words_is_marked_in_its_place() -> None:
    post = outgoing("x", message=f"Lihat {LINK} hari ini.\n\n#Pilkada2024")

    assert posted_text(post) == f"Lihat {LINK}&utm_id=kt7 hari ini.\n\n#Pilkada2024"


def test_a_longer_address_that_begins_like_the_link_is_another_one() -> None:
    post = outgoing("x", message="Lihat https://kpu.go.id/pilkada dulu.", link="https://kpu.go.id")

    assert posted_text(post) == "Lihat https://kpu.go.id/pilkada dulu.\nhttps://kpu.go.id?utm_id=kt7"


@pytest.mark.parametrize(
    "words", [WORDS, "Tanpa apa pun", f"Di tengah {LINK} kata", "A &amp; B &lt;", "e\u0301 ✅"]
)
@pytest.mark.parametrize("pictures", [0, 2])
def test_what_x_shortens_and_escapes_is_recognised_to_the_letter(
    sandbox: RunningSandbox, words: str, pictures: int
) -> None:
    post = outgoing(
        "x", message=words, pictures=tuple(picture(colour) for colour in ("red", "blue")[:pictures])
    )

    async def work(x: Channel) -> bool:
        standing, handed = await sent(x, post)
        return await x.read(handed, standing.platform_id) is not None

    assert on_x(sandbox, work)


def test_other_words_under_the_same_number_are_not_this_post(sandbox: RunningSandbox) -> None:
    async def work(x: Channel) -> object:
        standing, post = await sent(x, outgoing("x"))
        return await x.read(replace(post, message="Lain."), standing.platform_id)

    assert on_x(sandbox, work) is None


def test_a_lost_post_is_found_by_its_marker_among_many(sandbox: RunningSandbox) -> None:
    async def work(x: Channel) -> list[str]:
        for number in range(105, 0, -1):
            # Of one account only a hundred posts go out in a quarter of an hour.
            code = "32" if number <= 90 else "11"
            await x.create(outgoing("x", code, post_id=number))
        found = await x.find(outgoing("x", post_id=40), sent_at=shortly_before())
        return [one.platform_id for one in found]

    (found,) = on_x(sandbox, work)
    assert [post["id"] for post in log(sandbox, "x") if "utm_id=kt40" in post["text"]] == [found]


def test_a_timeline_of_several_pages_is_read_to_its_end(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kabar.channels.x.PAGE_SIZE", "5")

    async def work(x: Channel) -> int:
        for number in range(1, 13):
            await x.create(outgoing("x", post_id=number))
        return len(await x.find(outgoing("x", post_id=1), sent_at=shortly_before()))

    assert on_x(sandbox, work) == 1


def test_a_post_without_a_link_is_found_by_its_words_alone(sandbox: RunningSandbox) -> None:
    post = outgoing("x", link="")

    async def work(x: Channel) -> int:
        await x.create(post)
        return len(await x.find(post, sent_at=shortly_before()))

    assert on_x(sandbox, work) == 1


def test_a_timeline_that_x_does_not_show_is_no_empty_one(sandbox: RunningSandbox) -> None:
    sandbox.plant("no_id", method="GET", edge="/tweets$")

    async def work(x: Channel) -> object:
        return await x.find(outgoing("x"), sent_at=shortly_before())

    with pytest.raises(UnreachableError, match="no list"):
        on_x(sandbox, work)


def test_pictures_are_uploaded_in_pieces_and_described(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kabar.channels.x_media.PIECE_BYTES", 100)
    pictures = (picture("red", alt_text="Merah."), picture("blue", alt_text=""))

    _, post = on_x(sandbox, lambda x: sent(x, outgoing("x", pictures=pictures)))

    (made,) = log(sandbox, "x")
    assert made["pictures"] == [one.sha256 for one in pictures]
    assert made["alt_texts"] == ["Merah.", ""]
    assert len(post.handle["media"]) == 2
    assert sandbox.control("calls?method=POST&edge=append")["total"] > 4


def test_a_picture_that_x_still_works_on_is_waited_for(sandbox: RunningSandbox) -> None:
    turn(sandbox, "x", processing_seconds=0.5)
    post = outgoing("x", pictures=(picture(alt_text=""),))

    async def work(x: Channel) -> tuple[Prepared, Prepared]:
        first = await x.prepare(post)
        await asyncio.sleep(0.6)
        return first, await x.prepare(replace(post, handle=first.handle))

    first, second = on_x(sandbox, work)
    assert first.wait_seconds == 1
    assert second.wait_seconds == 0


def test_what_another_worker_uploaded_is_used_and_not_uploaded_again(sandbox: RunningSandbox) -> None:
    post = outgoing("x", pictures=(picture(),))
    prepared = on_x(sandbox, lambda x: x.prepare(post))

    _, later = on_x(sandbox, lambda x: sent(x, replace(post, handle=prepared.handle)))

    assert later.handle["media"][0]["id"] == prepared.handle["media"][0]["id"]
    assert sandbox.control("calls?method=POST&edge=initialize")["total"] == 1


def test_an_upload_that_x_has_forgotten_is_done_again(sandbox: RunningSandbox) -> None:
    post = outgoing("x", pictures=(picture(),))
    prepared = on_x(sandbox, lambda x: x.prepare(post))
    forgotten = {"media": [{**prepared.handle["media"][0], "id": "12345"}]}

    on_x(sandbox, lambda x: sent(x, replace(post, handle=forgotten)))

    assert len(log(sandbox, "x")[0]["pictures"]) == 1


def test_an_upload_near_its_end_counts_as_gone_without_asking(sandbox: RunningSandbox) -> None:
    post = outgoing("x", pictures=(picture(),))
    prepared = on_x(sandbox, lambda x: x.prepare(post))
    tomorrow = datetime.now(UTC) + timedelta(hours=23, minutes=55)

    again = at(sandbox, tomorrow, lambda x: x.prepare(replace(post, handle=prepared.handle)))

    assert again.handle["media"][0]["id"] != prepared.handle["media"][0]["id"]
    assert sandbox.control("calls?method=GET")["total"] == 0


@pytest.mark.parametrize("kind", ["cut_after", "half_json", "garbage", "hang_before"])
def test_a_lost_answer_to_an_upload_only_means_once_more(sandbox: RunningSandbox, kind: str) -> None:
    sandbox.plant(kind, method="POST", edge="media", seconds=0.1)
    post = outgoing("x", pictures=(picture(),))

    with pytest.raises(UnreachableError):
        on_x(sandbox, lambda x: x.prepare(post))
    on_x(sandbox, lambda x: sent(x, post))

    assert len(log(sandbox, "x")) == 1


def test_more_pictures_than_x_takes_are_refused_before_any_call(sandbox: RunningSandbox) -> None:
    post = outgoing("x", pictures=(picture(),) * 5)

    with pytest.raises(RefusedError, match="4 pictures"):
        on_x(sandbox, lambda x: x.prepare(post))
    assert sandbox.control("calls?method=POST")["total"] == 0


def test_a_text_that_is_too_long_is_refused_and_the_account_is_not_blamed(sandbox: RunningSandbox) -> None:
    with pytest.raises(RefusedError, match="too long") as refusal:
        on_x(sandbox, lambda x: x.create(outgoing("x", message="a" * 300)))

    assert not isinstance(refusal.value, AccountError)


def test_the_hundred_and_first_post_of_a_quarter_hour_is_not_even_tried(sandbox: RunningSandbox) -> None:
    async def work(x: Channel) -> None:
        for number in range(100):
            await x.create(outgoing("x", post_id=number))
        await x.create(outgoing("x", post_id=100))

    with pytest.raises(PausedError) as pause:
        on_x(sandbox, work)

    assert not pause.value.is_app_wide
    assert 800 < pause.value.pause_seconds <= 900
    assert sandbox.control("calls?method=POST")["total"] == 100


def test_an_app_whose_day_is_used_up_waits_until_x_says(sandbox: RunningSandbox) -> None:
    sandbox.plant("error", method="POST", status=429, subcode=24, seconds=7200)

    async def work(x: Channel) -> None:
        with pytest.raises(PausedError):
            await x.create(outgoing("x", "32"))
        await x.create(outgoing("x", "11"))

    with pytest.raises(PausedError) as pause:
        on_x(sandbox, work)
    assert pause.value.is_app_wide
    assert pause.value.pause_seconds == pytest.approx(7200, abs=5)
    assert sandbox.control("calls?method=POST")["total"] == 1


def test_an_app_without_credit_waits_as_a_whole(sandbox: RunningSandbox) -> None:
    sandbox.plant("error", method="POST", status=402, message="CreditsDepleted")

    with pytest.raises(PausedError, match="CreditsDepleted") as pause:
        on_x(sandbox, lambda x: x.create(outgoing("x")))
    assert pause.value.is_app_wide


def test_an_account_without_a_token_blames_nobody_else(sandbox: RunningSandbox) -> None:
    post = replace(outgoing("x"), account_id="12345")

    with pytest.raises(AccountError, match="no token for the account 12345"):
        on_x(sandbox, lambda x: x.create(post))


def test_a_post_is_taken_down_and_a_second_time_does_no_harm(sandbox: RunningSandbox) -> None:
    async def work(x: Channel) -> tuple[object, object]:
        standing, post = await sent(x, outgoing("x"))
        return await x.withdraw(post, standing.platform_id), await x.withdraw(post, standing.platform_id)

    first, second = on_x(sandbox, work)
    assert first["deleted"] is second["gone"] is True
    assert log(sandbox, "x")[0]["deleted_at"] is not None


def test_x_corrects_nothing(sandbox: RunningSandbox) -> None:
    assert not XAccounts.abilities.can_correct
    with pytest.raises(RefusedError, match="cannot change"):
        on_x(sandbox, lambda x: x.correct(outgoing("x"), "1"))


def test_an_account_says_who_it_is(sandbox: RunningSandbox) -> None:
    identity = on_x(sandbox, lambda x: x.identity(office_id("x", "32")))

    assert (identity.name, identity.username, identity.obstacles) == (
        "KPU Provinsi Jawa Barat",
        "sandbox_32",
        (),
    )


@pytest.mark.parametrize(
    ("switches", "obstacle"), [({"is_open": False}, "401"), ({"is_protected": True}, "protected")]
)
def test_an_account_says_why_it_cannot_publish(
    sandbox: RunningSandbox, switches: dict[str, object], obstacle: str
) -> None:
    turn(sandbox, "x", **switches)

    identity = on_x(sandbox, lambda x: x.identity(office_id("x", "32")))

    assert obstacle in identity.obstacles[0]


def test_a_token_of_another_account_is_told(sandbox: RunningSandbox) -> None:
    async def doing() -> tuple[str, ...]:
        async with aiohttp.ClientSession() as session:
            opened_door = door("x", HTTPTransport(session_sender(session, f"{sandbox.url}/x")))
            swapped = dict.fromkeys(opened_door.tokens, opened_door.tokens[office_id("x", "11")])
            x = XAccounts(replace(opened_door, tokens=swapped))
            return (await x.identity(office_id("x", "32"))).obstacles

    assert "speaks for @sandbox_11" in asyncio.run(doing())[0]


def test_followers_are_a_level_of_today_and_of_no_other_day(sandbox: RunningSandbox) -> None:
    now = datetime.now(UTC)
    days = [now.date() - timedelta(days=1), now.date()]

    rows = on_x(
        sandbox,
        lambda x: x.insights(
            office_id("x", "32"), metrics=["followers_count", "page_fans"], days=days, now=now
        ),
    )

    told = {(row.metric, row.day): (row.value, row.availability) for row in rows}
    assert told["followers_count", days[1]] == (1000, "available")
    assert told["followers_count", days[0]] == (None, "no_permission")
    assert told["page_fans", days[1]] == (None, "unknown_metric")


def test_the_bill_tells_posts_with_a_link_from_those_without(sandbox: RunningSandbox) -> None:
    async def work(x: Channel) -> None:
        await x.create(outgoing("x", post_id=1))
        await x.create(outgoing("x", "11", post_id=2, link=""))
        await x.create(outgoing("x", "64", post_id=3, link="", message="Lihat kpu.go.id."))

    on_x(sandbox, work)

    assert sandbox.control("bill") == {
        "x": {"posts": 1, "posts_with_link": 2, "posts_read": 0, "usd": "0.415"}
    }


def signed(
    sandbox: RunningSandbox, work: Callable[[Channel], Awaitable[Result]], *, flaw: str = ""
) -> Result:
    """With tokens of four parts, the last with a `flaw`."""

    async def doing() -> Result:
        async with aiohttp.ClientSession() as session:
            plain = door("x", HTTPTransport(session_sender(session, f"{sandbox.url}/x")))
            tokens = {account: signing_token(account) + flaw for account in plain.tokens}
            return await work(XAccounts(replace(plain, tokens=tokens)))

    return asyncio.run(doing())


def test_a_call_is_signed_as_the_platforms_own_example_is() -> None:
    header = authorization(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json",
        {"status": "Hello Ladies + Gentlemen, a signed OAuth request!", "include_entities": "true"},
        parts=(
            "xvz1evFS4wEEPTGEFPHBog",
            "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
            "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        ),
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        at=datetime.fromtimestamp(1318622958, UTC),
    )

    assert 'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"' in header


def test_tokens_of_four_parts_publish_read_and_withdraw(sandbox: RunningSandbox) -> None:
    async def work(x: Channel) -> tuple[object, int]:
        standing, post = await sent(x, outgoing("x", pictures=(picture(),)))
        read = await x.read(post, standing.platform_id)
        found = await x.find(post, sent_at=shortly_before())
        await x.withdraw(post, standing.platform_id)
        return read, len(found)

    read, found = signed(sandbox, work)
    assert read is not None
    assert found == 1
    assert log(sandbox, "x")[0]["deleted_at"] is not None


def test_a_signature_with_a_wrong_secret_is_no_proof(sandbox: RunningSandbox) -> None:
    with pytest.raises(AccountError, match="401"):
        signed(sandbox, lambda x: x.create(outgoing("x")), flaw="x")


def test_no_part_of_a_token_comes_back_in_an_error(sandbox: RunningSandbox) -> None:
    token = signing_token(office_id("x", "32"))
    sandbox.plant("error", method="POST", status=400, message=f"bad {token}")

    with pytest.raises(RefusedError) as refusal:
        signed(sandbox, lambda x: x.create(outgoing("x")))

    assert [part for part in token.split(":") if part in str(refusal.value)] == []
