from __future__ import annotations

from pathlib import Path

import pytest

from kabar.commands.contrast import ALL_OF, contrasting
from kabar.satker import Satker, read_satker

INCLUDE = Path(__file__).resolve().parents[2] / "include"


@pytest.fixture(scope="module")
def satker() -> tuple[Satker, ...]:
    return read_satker(INCLUDE / "satker.csv")


def shape(one: Satker) -> tuple[object, ...]:
    return one.kind, one.is_kip, one.zone, one.own_election, bool(one.elections_in_area)


def test_every_kind_zone_and_election_is_among_the_few(satker: tuple[Satker, ...]) -> None:
    assert {shape(one) for one in contrasting(satker)} == {shape(one) for one in satker}


def test_of_those_that_differ_in_their_names_alone_the_longest_is_taken(satker: tuple[Satker, ...]) -> None:
    longest = max(satker, key=lambda one: len(one.short_name))
    assert longest in contrasting(satker)
    assert len(contrasting(satker)) < ALL_OF


def test_where_a_calendar_names_its_satker_all_are_taken(satker: tuple[Satker, ...]) -> None:
    assert contrasting(satker[:ALL_OF]) == satker[:ALL_OF]
