"""The pages on which people see what stands beside Facebook, with hostile words in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from kabar.channels.channel import Channel
from kabar.sandbox.offices import office_id
from kabar.sandbox.running import RunningSandbox
from offices import LINK, opened, outgoing, picture, seen, sent, turn

CHANNELS = ["x", "telegram", "website"]
TITLES = {"x": "X", "telegram": "Telegram", "website": "Laman"}


def on(
    sandbox: RunningSandbox,
    channel: str,
    work: Callable[[Channel], Awaitable[Any]],
) -> Any:  # noqa: ANN401 -- Gives what `work` gives.
    async def doing() -> Any:  # noqa: ANN401 -- As above.
        async with opened(channel, sandbox.url) as door:
            return await work(door)

    return asyncio.run(doing())


def page(sandbox: RunningSandbox, channel: str) -> str:
    return seen(sandbox, f"/publik/{channel}/{office_id(channel, '32')}")


def test_the_front_page_leads_to_the_other_channels_and_they_to_their_accounts(
    sandbox: RunningSandbox,
) -> None:
    assert 'href="/publik"' in seen(sandbox, "/")
    overview = seen(sandbox, "/publik")
    for channel in CHANNELS:
        assert f'<a href="/publik/{channel}">{TITLES[channel]}</a>' in overview
        accounts = seen(sandbox, f"/publik/{channel}")
        assert accounts.count("<li>") == 39
        assert "KPU Provinsi Jawa Barat" in accounts


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_account_shows_words_link_and_picture_with_its_alt_text(
    sandbox: RunningSandbox, channel: str
) -> None:
    post = outgoing(channel, message="Pendaftaran dibuka.", pictures=(picture(alt_text='Jadwal "resmi".'),))

    on(sandbox, channel, lambda door: sent(door, post))

    text = page(sandbox, channel)
    assert f"Ini bukan {TITLES[channel]} dan bukan halaman resmi KPU." in text
    assert "Pendaftaran dibuka." in text
    assert LINK in text
    assert "Teks alternatif: Jadwal &quot;resmi&quot;." in text or channel == "telegram"
    assert post.pictures[0].sha256 in text


@pytest.mark.parametrize("channel", ["x", "telegram"])
def test_an_uploaded_picture_is_shown(sandbox: RunningSandbox, channel: str) -> None:
    on(sandbox, channel, lambda door: sent(door, outgoing(channel, pictures=(picture(),))))

    address = page(sandbox, channel).split('<img src="')[1].split('"')[0]
    assert requests.get(sandbox.url + address, timeout=5).content == picture().jpeg


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_was_taken_down_is_marked_and_counted_no_more(sandbox: RunningSandbox, channel: str) -> None:
    async def work(door: Channel) -> None:
        standing, post = await sent(door, outgoing(channel))
        await door.withdraw(post, standing.platform_id)

    on(sandbox, channel, work)

    text = page(sandbox, channel)
    assert "Dihapus " in text
    assert 'class="dihapus"' in text
    assert "· 0 kiriman" in text


@pytest.mark.parametrize("channel", ["telegram", "website"])
def test_what_was_corrected_shows_its_new_words_and_says_so(sandbox: RunningSandbox, channel: str) -> None:
    async def work(door: Channel) -> None:
        standing, post = await sent(door, outgoing(channel, message="Lama."))
        await door.correct(replace(post, message="Baru."), standing.platform_id)

    on(sandbox, channel, work)

    text = page(sandbox, channel)
    assert "Baru." in text
    assert "Lama." not in text
    assert "Disunting " in text


@pytest.mark.parametrize("channel", CHANNELS)
def test_hostile_words_stay_words(sandbox: RunningSandbox, channel: str) -> None:
    hostile = '<script>alert(1)</script> https://x.id/"onmouseover="alert(1)'
    turn(sandbox, channel, name="<img src=x onerror=alert(1)>")
    on(sandbox, channel, lambda door: sent(door, outgoing(channel, message=hostile)))

    text = page(sandbox, channel) + seen(sandbox, f"/publik/{channel}")
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert '"onmouseover=' not in text


def test_what_is_not_there_is_said_in_words(sandbox: RunningSandbox) -> None:
    for path in ("/publik/tiktok", "/publik/x/12345", f"/publik/gambar/{'0' * 64}"):
        answer = requests.get(sandbox.url + path, timeout=5)
        assert answer.status_code == 404
        assert "tidak ada" in answer.text


def test_a_switch_that_does_not_exist_is_refused(sandbox: RunningSandbox) -> None:
    address = f"{sandbox.url}/_sandbox/offices/x/{office_id('x', '32')}"

    assert requests.post(address, json={"is_opne": False}, timeout=5).status_code == 400
    assert requests.post(address + "0", json={}, timeout=5).status_code == 404
