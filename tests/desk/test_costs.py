from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from desk.conftest import Visit
from desk.seeding import BLOCK, CHANNELS, Seed, seed_package
from kabar.desk.costs import cost_lines, dollars
from kabar.store.database import Database

LINKED = "Besok hari terakhir. Lihat kpu.go.id."
PLAIN = "Besok hari terakhir."


def rows(message: str, *, many: int = 1, channel: str = "x", state: str = "planned") -> list[dict[str, Any]]:
    return [{"message": message, "hashtags": (), "channel": channel, "state": state}] * many


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        pytest.param("109.000", "US$ 109,00", id="a broadcast"),
        pytest.param("0.200", "US$ 0,20", id="one with a link"),
        pytest.param("0.015", "US$ 0,015", id="a part of a cent"),
        pytest.param("1234.565", "US$ 1.234,565", id="thousands"),
    ],
)
def test_an_amount_is_written_as_indonesian_writes_it(amount: str, words: str) -> None:
    assert dollars(Decimal(amount)) == words


def test_a_broadcast_with_links_says_what_it_costs() -> None:
    assert cost_lines(rows(LINKED, many=545), CHANNELS) == (
        "Biaya X: US$ 109,00 untuk 545 unggahan bertautan.",
    )


def test_posts_with_and_without_a_link_are_counted_apart() -> None:
    assert cost_lines([*rows(LINKED), *rows(PLAIN, many=3)], CHANNELS) == (
        "Biaya X: US$ 0,245 untuk 1 unggahan bertautan dan 3 unggahan tanpa tautan.",
    )


def test_a_channel_that_takes_nothing_is_not_spoken_of() -> None:
    assert cost_lines(rows(LINKED, channel="facebook"), CHANNELS) == ()


@pytest.mark.parametrize("state", ["refused", "expired"])
def test_what_will_not_be_sent_costs_nothing(state: str) -> None:
    assert cost_lines(rows(LINKED, state=state), CHANNELS) == ()


def test_the_pages_say_what_x_takes_before_anybody_approves(db: Database, as_officer: Visit) -> None:
    seeds = [Seed(code, message=LINKED, channel="x") for code in ("3201", "3202", "3203")]
    package_id = seed_package(db, [*seeds, Seed("3204", message=LINKED)])
    humas = as_officer("humas_ri")

    package = humas.get(f"/paket/{package_id}").text
    draft_id = humas.get(f"/api/paket/{package_id}").json()[0]["id"]

    assert "Biaya X: US$ 0,60 untuk 3 unggahan bertautan." in package
    assert (
        "Biaya X: US$ 0,60 untuk 3 unggahan bertautan."
        in humas.get(f"/paket/{package_id}/setujui-semua").text
    )
    assert "Biaya X: US$ 0,20 untuk 1 unggahan bertautan." in humas.get(f"/draf/{draft_id}").text


def test_only_what_is_approved_is_counted_before_all_are(db: Database, as_officer: Visit) -> None:
    blocked = Seed("3202", message=LINKED, channel="x", findings=(BLOCK,))
    package_id = seed_package(db, [Seed("3201", message=LINKED, channel="x"), blocked])

    text = as_officer("humas_ri").get(f"/paket/{package_id}/setujui-semua").text

    assert "Biaya X: US$ 0,20 untuk 1 unggahan bertautan." in text


def test_without_posts_on_x_no_page_speaks_of_costs(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204", message=LINKED)])

    assert "Biaya" not in as_officer("humas_ri").get(f"/paket/{package_id}").text


def test_a_channel_is_called_as_the_table_calls_it(db: Database, as_officer: Visit) -> None:
    package_id = seed_package(db, [Seed("3204", channel="whatsapp")])

    assert "<small>Saluran WhatsApp</small>" in as_officer("humas_ri").get(f"/paket/{package_id}").text
