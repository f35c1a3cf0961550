"""Telegram against its stand-in: words without markup, a gate, a token that appears nowhere."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import aiohttp
import pytest

from kabar.channels.channel import Channel
from kabar.channels.opening import Door, open_channel
from kabar.channels.telegram_gate import SECONDS_A_CHAT, Gate
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.errors import AccountError, KabarError, PausedError, RefusedError, UnconfirmedError
from kabar.local.ports import free_port
from kabar.sandbox.offices import BOT_TOKEN, office_id
from kabar.sandbox.running import RunningSandbox
from offices import LINK, WORDS, log, opened, outgoing, picture, sent, turn

Result = TypeVar("Result")


def on_telegram(sandbox: RunningSandbox, work: Callable[[Channel], Awaitable[Result]]) -> Result:
    async def doing() -> Result:
        async with opened("telegram", sandbox.url) as channel:
            return await work(channel)

    return asyncio.run(doing())


def travel(sandbox: RunningSandbox, **ahead: float) -> None:
    sandbox.control("clock", {"clock_offset_seconds": timedelta(**ahead).total_seconds()})


@pytest.mark.parametrize("words", [WORDS, "<b>tebal</b>", "&amp; &lt;i&gt;", "</a><script>", "a < b > c & d"])
@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_words_arrive_to_the_letter_and_no_markup_with_them(
    sandbox: RunningSandbox, words: str, pictures: int
) -> None:
    post = outgoing("telegram", message=words, pictures=(picture("red"), picture("blue"))[:pictures])

    on_telegram(sandbox, lambda bot: sent(bot, post))

    (made,) = log(sandbox, "telegram")
    assert made["text"] == f"{words}\n{LINK}"
    assert made["more"]["tags"] == []
    assert len(made["pictures"]) == pictures


def test_a_link_that_stands_in_the_words_is_not_said_twice(sandbox: RunningSandbox) -> None:
    on_telegram(sandbox, lambda bot: sent(bot, outgoing("telegram", message=f"Lihat {LINK}.")))

    assert log(sandbox, "telegram")[0]["text"] == f"Lihat {LINK}."


def test_the_preview_of_a_text_carries_the_marker(sandbox: RunningSandbox) -> None:
    on_telegram(sandbox, lambda bot: sent(bot, outgoing("telegram")))

    assert log(sandbox, "telegram")[0]["link"] == f"{LINK}&utm_id=kt7"


def test_a_post_is_named_by_its_number_and_address(sandbox: RunningSandbox) -> None:
    standing, _ = on_telegram(sandbox, lambda bot: sent(bot, outgoing("telegram")))

    assert (standing.platform_id, standing.permalink) == ("1", "https://t.me/sandbox_32/1")
    assert standing.published_at is not None
    assert abs(datetime.now(UTC) - standing.published_at) < timedelta(seconds=30)


def test_an_album_is_one_post_of_several_numbers(sandbox: RunningSandbox) -> None:
    post = outgoing("telegram", pictures=(picture("red"), picture("blue"), picture("green")))

    standing, _ = on_telegram(sandbox, lambda bot: sent(bot, post))

    assert standing.platform_id == "1,2,3"


@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_words_are_corrected_in_place_once_or_twice(sandbox: RunningSandbox, pictures: int) -> None:
    post = outgoing("telegram", pictures=(picture("red"), picture("blue"))[:pictures])

    async def work(bot: Channel) -> None:
        standing, _ = await sent(bot, post)
        # Whoever corrects may not know whether there are pictures.
        corrected = replace(post, message="Pendaftaran diperpanjang.", pictures=())
        for _ in range(2):
            await bot.correct(corrected, standing.platform_id)

    on_telegram(sandbox, work)
    (made,) = log(sandbox, "telegram")
    assert made["text"] == f"Pendaftaran diperpanjang.\n{LINK}"
    assert made["edited_at"] is not None


@pytest.mark.parametrize("pictures", [0, 2])
def test_a_post_is_taken_down_and_a_second_time_does_no_harm(sandbox: RunningSandbox, pictures: int) -> None:
    post = outgoing("telegram", pictures=(picture("red"), picture("blue"))[:pictures])

    async def work(bot: Channel) -> tuple[object, object]:
        standing, _ = await sent(bot, post)
        return await bot.withdraw(post, standing.platform_id), await bot.withdraw(post, standing.platform_id)

    first, second = on_telegram(sandbox, work)
    assert first["deleted"] is second["gone"] is True
    assert log(sandbox, "telegram")[0]["deleted_at"] is not None


def test_after_two_days_a_bot_without_the_right_to_delete_takes_no_post_down(sandbox: RunningSandbox) -> None:
    standing, post = on_telegram(sandbox, lambda bot: sent(bot, outgoing("telegram")))
    travel(sandbox, hours=49)
    try:
        with pytest.raises(RefusedError, match="can't be deleted"):
            on_telegram(sandbox, lambda bot: bot.withdraw(post, standing.platform_id))
    finally:
        travel(sandbox)

    assert log(sandbox, "telegram")[0]["deleted_at"] is None


def test_after_two_days_a_bot_with_the_right_to_delete_takes_a_post_down(sandbox: RunningSandbox) -> None:
    turn(sandbox, "telegram", can_delete_messages=True)
    standing, post = on_telegram(sandbox, lambda bot: sent(bot, outgoing("telegram")))
    travel(sandbox, hours=49)
    try:
        on_telegram(sandbox, lambda bot: bot.withdraw(post, standing.platform_id))
    finally:
        travel(sandbox)

    assert log(sandbox, "telegram")[0]["deleted_at"] is not None


@pytest.mark.parametrize(("length", "pictures"), [(4096, 0), (1024, 1)])
def test_a_text_of_the_greatest_length_goes_out_and_a_longer_one_is_refused(
    sandbox: RunningSandbox, length: int, pictures: int
) -> None:
    longest = outgoing("telegram", message="&" * length, link="", pictures=(picture(),) * pictures)

    on_telegram(sandbox, lambda bot: sent(bot, longest))
    with pytest.raises(RefusedError, match="too long"):
        on_telegram(sandbox, lambda bot: sent(bot, replace(longest, message="&" * (length + 1), post_id=8)))


@pytest.mark.parametrize(
    ("switches", "obstacle"),
    [
        ({}, None),
        ({"is_open": False}, "chat not found"),
        ({"bot_status": "kicked"}, "The bot is kicked here"),
        ({"bot_status": "member"}, "make it an administrator"),
        ({"may_post": False}, "can_post_messages"),
    ],
)
def test_a_channel_says_what_keeps_the_bot_from_posting_and_the_call_says_the_same(
    sandbox: RunningSandbox, switches: dict[str, object], obstacle: str | None
) -> None:
    turn(sandbox, "telegram", **switches)

    identity = on_telegram(sandbox, lambda bot: bot.identity(office_id("telegram", "32")))

    if obstacle is None:
        assert (identity.name, identity.obstacles) == ("KPU Provinsi Jawa Barat", ())
        return
    assert obstacle in identity.obstacles[0]
    with pytest.raises(AccountError):
        on_telegram(sandbox, lambda bot: sent(bot, outgoing("telegram")))


def test_members_are_a_level_of_today(sandbox: RunningSandbox) -> None:
    now = datetime.now(UTC)

    (row,) = on_telegram(
        sandbox,
        lambda bot: bot.insights(
            office_id("telegram", "32"), metrics=["member_count"], days=[now.date()], now=now
        ),
    )

    assert (row.value, row.availability) == (1000, "available")


def test_a_pause_lasts_as_long_as_telegram_says(sandbox: RunningSandbox) -> None:
    sandbox.plant("error", method="POST", status=429, seconds=17)

    with pytest.raises(PausedError, match="retry after 17") as pause:
        on_telegram(sandbox, lambda bot: sent(bot, outgoing("telegram")))
    assert (pause.value.pause_seconds, pause.value.is_app_wide) == (17, False)


def test_a_channels_second_message_waits_and_another_channels_does_not() -> None:
    now = 100.0
    gate = Gate(lambda: now)

    assert gate.seconds_until_turn(1, "a", messages=1) == 0
    assert gate.seconds_until_turn(2, "b", messages=1) < 0.1
    assert gate.seconds_until_turn(3, "a", messages=1) == pytest.approx(SECONDS_A_CHAT)


def test_no_more_than_thirty_messages_a_second_leave_one_bot() -> None:
    gate = Gate(lambda: 100.0)

    waits = [gate.seconds_until_turn(number, str(number), messages=1) for number in range(120)]

    assert max(sum(start <= wait < start + 1 for wait in waits) for start in waits) <= 30


def test_an_album_takes_as_many_turns_as_it_has_pictures() -> None:
    gate = Gate(lambda: 100.0)
    gate.seconds_until_turn(1, "a", messages=10)

    assert gate.seconds_until_turn(2, "b", messages=1) == pytest.approx(10 / 25)


def test_a_turn_is_kept_however_often_it_is_asked_for() -> None:
    gate = Gate(lambda: 100.0)
    gate.seconds_until_turn(1, "a", messages=1)

    assert len({gate.seconds_until_turn(2, "a", messages=1) for _ in range(5)}) == 1


def test_two_posts_of_one_channel_leave_seconds_apart(sandbox: RunningSandbox) -> None:
    async def work(bot: Channel) -> float:
        begun = time.monotonic()
        for number in (1, 2):
            post = outgoing("telegram", post_id=number)
            wait = (await bot.prepare(post)).wait_seconds
            if wait is not None:
                await asyncio.sleep(wait)
            await bot.create(post)
        return time.monotonic() - begun

    assert on_telegram(sandbox, work) >= SECONDS_A_CHAT


@pytest.mark.parametrize("token", ["7000000001:another", "no-token-at-all"])
def test_a_dead_bot_token_is_told_when_the_channel_is_opened(sandbox: RunningSandbox, token: str) -> None:
    async def doing() -> None:
        async with aiohttp.ClientSession() as session:
            transport = HTTPTransport(session_sender(session, f"{sandbox.url}/telegram"))
            await open_channel("telegram", Door(transport, token, {}, 1))

    with pytest.raises(AccountError):
        asyncio.run(doing())


def test_a_table_of_tokens_is_no_bot_token(sandbox: RunningSandbox) -> None:
    async def doing() -> None:
        async with aiohttp.ClientSession() as session:
            transport = HTTPTransport(session_sender(session, f"{sandbox.url}/telegram"))
            await open_channel("telegram", Door(transport, "", {"1": "token"}, 1))

    with pytest.raises(RefusedError, match="no bot token"):
        asyncio.run(doing())


TROUBLES = ["hang_after", "cut_after", "reset_mid_body", "half_json", "garbage", "no_id", "redirect", "error"]


@pytest.mark.parametrize("kind", TROUBLES)
def test_the_token_in_the_path_reaches_no_error_log_or_evidence(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox.plant(
        kind, method="POST", seconds=2, status=500, message=f"https://api.telegram.org/bot{BOT_TOKEN}/x"
    )

    async def doing() -> None:
        async with opened("telegram", sandbox.url, call_seconds=0.5) as bot:
            await sent(bot, outgoing("telegram"))

    with pytest.raises(UnconfirmedError) as doubt:
        asyncio.run(doing())

    assert BOT_TOKEN not in _everything(doubt.value) + caplog.text + "".join(capfd.readouterr())


def test_a_closed_door_is_told_without_the_token() -> None:
    async def doing() -> None:
        async with opened("telegram", f"http://127.0.0.1:{free_port()}"):
            pass

    with pytest.raises(KabarError) as closed:
        asyncio.run(doing())
    assert BOT_TOKEN not in _everything(closed.value)


def test_what_stands_is_told_without_the_token(sandbox: RunningSandbox) -> None:
    standing, post = on_telegram(sandbox, lambda bot: sent(bot, outgoing("telegram")))
    identity = on_telegram(sandbox, lambda bot: bot.identity(post.account_id))

    assert BOT_TOKEN not in f"{standing}{post}{identity}"


def _everything(error: BaseException) -> str:
    """The error as a log shows it, with all that lies beneath it."""
    return "".join(traceback.format_exception(error))
