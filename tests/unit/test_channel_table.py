"""The table of channels: who owes what, what a post costs, and what a mistake in it says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from shipped_tables import INCLUDE, Edit

from kabar.accounts import Channel
from kabar.addresses import ADDRESS, has_address
from kabar.channel_table import ChannelTable, read_channels
from kabar.errors import InputError


@pytest.fixture(scope="module")
def channels() -> ChannelTable:
    return read_channels(INCLUDE / "channels.yaml")


def test_every_channel_of_an_account_stands_in_the_table(channels: ChannelTable) -> None:
    assert set(channels.names) == set(get_args(Channel))


def test_a_satker_without_accounts_owes_only_what_all_owe(channels: ChannelTable) -> None:
    assert channels.owed_with(()) == ("facebook",)


def test_a_satker_owes_the_channels_of_its_accounts_as_well(channels: ChannelTable) -> None:
    assert channels.owed_with({"x", "whatsapp"}) == ("facebook", "x", "whatsapp")


def test_what_has_no_lawful_interface_is_a_manual_card(channels: ChannelTable) -> None:
    manual = {name for name, row in channels.by_name.items() if row.is_manual}
    assert manual == {"youtube", "tiktok", "whatsapp", "facebook_group"}


@pytest.mark.parametrize(
    ("text", "price"),
    [
        pytest.param("Besok hari pemungutan suara.", "0.015", id="without a link"),
        pytest.param("Info: https://www.kpu.go.id/", "0.200", id="with a link"),
        pytest.param("Cek namamu di cekdptonline.kpu.go.id.", "0.200", id="a bare host is a link"),
    ],
)
def test_a_post_on_x_costs_more_with_a_link(channels: ChannelTable, text: str, price: str) -> None:
    assert channels.price("x", text) == Decimal(price)


def test_545_linked_posts_cost_109_dollars_to_the_cent(channels: ChannelTable) -> None:
    price = channels.price("x", "kpu.go.id")
    assert price is not None
    assert str(545 * price) == "109.000"


@pytest.mark.parametrize("channel", ["facebook", "manual", "nosuch"])
def test_a_channel_without_a_price_has_none(channels: ChannelTable, channel: str) -> None:
    assert channels.price(channel, "kpu.go.id") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Lihat https://jdih.kpu.go.id/a?b=c.", ["https://jdih.kpu.go.id/a?b=c"], id="full stop"),
        pytest.param("(kpu.go.id)", ["kpu.go.id"], id="brackets"),
        pytest.param("KPU.GO.ID/Info, dan lain-lain", ["KPU.GO.ID/Info"], id="capitals"),
        pytest.param("https://kpu.go.id https://jdih.go.id", ["https://kpu.go.id", "https://jdih.go.id"]),
        pytest.param("https://contoh.museum/a", ["https://contoh.museum/a"], id="any ending with a scheme"),
        pytest.param("humas@kpu.go.id", [], id="an e-mail address"),
        pytest.param("#kpu.go.id dan @kpu.id", [], id="a hashtag and a mention"),
        pytest.param("pukul 08.00 WIB, PKPU 2/2024, Rp1.500.id1", [], id="numbers"),
        pytest.param("selesai.Besok mulai", [], id="a missing blank"),
    ],
)
def test_addresses_are_found_as_a_platform_finds_them(text: str, found: list[str]) -> None:
    assert [one[0] for one in ADDRESS.finditer(text)] == found
    assert has_address(text) == bool(found)


@pytest.mark.parametrize(
    ("before", "after", "key", "says"),
    [
        pytest.param("cara: manual", "cara: otomatis", "kanal.youtube.cara", "api, manual", id="unknown way"),
        pytest.param("'0.015'", "0.015", "kanal.x.harga_usd.tanpa_tautan", "in quotes", id="binary price"),
        pytest.param("'0.200'", "'-0.20'", "kanal.x.harga_usd.dengan_tautan", "not a price", id="negative"),
        pytest.param("  threads:", "  threadz:", "kanal.threadz", "threads", id="unknown channel"),
        pytest.param("tautan: true", "tautan: ya", "kanal.facebook.tautan", "true", id="yes in Indonesian"),
        pytest.param("  sumber: [docs", "  asal: [docs", "kanal.x.harga_usd.asal", "sumber", id="a typo"),
        pytest.param("    status: usulan\n", "", "kanal.facebook.status", "missing", id="without status"),
    ],
)
def test_a_mistake_is_named_with_its_line(edited: Edit, before: str, after: str, key: str, says: str) -> None:
    file = edited("channels.yaml", before, after)
    with pytest.raises(InputError, match=says) as caught:
        read_channels(file)
    assert caught.value.key == key
    assert caught.value.file == file
    assert caught.value.line is not None


def test_a_table_that_has_lost_a_channel_is_refused(tmp_path: Path) -> None:
    shipped = (INCLUDE / "channels.yaml").read_text(encoding="utf-8")
    file = tmp_path / "channels.yaml"
    file.write_text(shipped[: shipped.index("  facebook_group:")], encoding="utf-8")
    with pytest.raises(InputError, match=r"kanal\.facebook_group: is missing"):
        read_channels(file)
