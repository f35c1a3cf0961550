"""The demo's accounts beside Facebook: in the registry once, each behind a connection that opens it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kabar.accounts import read_accounts
from kabar.local.gathering import BY_WORDS, places_on_sandbox
from kabar.local.sandbox_offices import CHANNELS, connection_of, office_connections, register_offices
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.satker import read_satker
from kabar.settings import Settings
from offices import opened, outgoing, picture, sent

OFFICES = 39


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.csv"
    file.write_bytes((Settings.from_environment().include / "accounts.csv").read_bytes())
    return file


def test_the_nation_and_every_province_get_one_account_a_channel_once(registry: Path) -> None:
    settings = Settings.from_environment()

    assert register_offices(settings, registry) == OFFICES * len(CHANNELS)
    assert register_offices(settings, registry) == OFFICES * len(CHANNELS)

    accounts = read_accounts(registry, read_satker(settings.include / "satker.csv"))
    assert {len(one.satker_code) for one in accounts} == {2}
    assert {one.use for one in accounts} == {"gladi"}
    assert {one.connection for one in accounts} == {connection_of(channel) for channel in CHANNELS}


def test_the_connections_hold_what_opens_every_account(registry: Path) -> None:
    settings = Settings.from_environment()
    register_offices(settings, registry)
    accounts = read_accounts(registry, read_satker(settings.include / "satker.csv"))

    connections = office_connections(settings, host="127.0.0.1", port=8090, graph_token="token-of-a-test")

    for channel in ("threads", "x", "website"):
        tokens = json.loads(str(connections[connection_of(channel)]["password"]))
        assert set(tokens) == {one.account_id for one in accounts if one.channel == channel}
    assert connections["instagram_rehearsal"]["password"] == "token-of-a-test"
    assert urlsplit(str(connections["instagram_rehearsal"]["host"])).path == ""
    assert ":" in str(connections["telegram_rehearsal"]["password"])
    assert urlsplit(str(connections["x_rehearsal"]["host"])).path == "/x"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.mark.parametrize("channel", [one for one in CHANNELS if one not in BY_WORDS])
@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_a_post_is_counted_by_its_marker_with_and_without_pictures(
    sandbox: RunningSandbox, channel: str, pictures: int
) -> None:
    sandbox.control("reset", {})

    async def publish() -> None:
        async with opened(channel, sandbox.url) as door:
            await sent(door, outgoing(channel, pictures=(picture("red"), picture("blue"))[:pictures]))

    asyncio.run(publish())

    (place,) = places_on_sandbox(sandbox.url)["kt7"]
    assert place.startswith("http")
