"""The obligation matrix, held against the real dates of 2022 to 2025."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kabar.election import Calendar, binds
from kabar.plan import Obligation, obligations_of, plan, public_stages
from kabar.satker import Satker
from kabar.tonggak import Patterns, tonggak_of

PAST_DATES = list(csv.DictReader((Path(__file__).parent / "past_dates.csv").read_text("utf-8").splitlines()))


@pytest.fixture(scope="module")
def registration(pilkada: Calendar, satker: tuple[Satker, ...], patterns: Patterns) -> tuple[Obligation, ...]:
    stage = pilkada.stage("pendaftaran-paslon")
    day = next(one for one in tonggak_of(pilkada, stage, patterns) if one.label == "H")
    return obligations_of(pilkada, stage, day, satker, ("facebook",))


@pytest.fixture(scope="module")
def matrix(pilkada: Calendar, satker: tuple[Satker, ...], patterns: Patterns) -> tuple[Obligation, ...]:
    return plan(pilkada, satker, ("facebook",), patterns)


@pytest.mark.parametrize(
    "row", PAST_DATES, ids=lambda row: f"{row['stage']} {row['label']} {row['satker']}: {row['why']}"
)
def test_a_real_past_date_is_planned(
    calendars: dict[str, Calendar], by_code: dict[str, Satker], patterns: Patterns, row: dict[str, str]
) -> None:
    calendar = calendars[row["calendar"]]
    stage = calendar.stage(row["stage"])
    one = by_code[row["satker"]]
    assert binds(stage, one)
    tonggak = next(found for found in tonggak_of(calendar, stage, patterns) if found.label == row["label"])
    (obligation,) = obligations_of(calendar, stage, tonggak, (one,), ("facebook",))
    assert obligation.publish_at.isoformat() == row["publish_at"]


def test_registration_of_candidates_asks_545_satker(registration: tuple[Obligation, ...]) -> None:
    kinds = Counter(one.satker.kind for one in registration)
    assert kinds == {"provinsi": 37, "kabupaten": 415, "kota": 93}


def test_one_local_hour_is_three_instants_an_hour_apart(registration: tuple[Obligation, ...]) -> None:
    instants = {one.satker.zone: one.publish_at.astimezone(UTC) for one in registration}
    assert instants == {
        "WIT": datetime(2024, 8, 26, 23, tzinfo=UTC),
        "WITA": datetime(2024, 8, 27, 0, tzinfo=UTC),
        "WIB": datetime(2024, 8, 27, 1, tzinfo=UTC),
    }


def test_the_east_comes_first(registration: tuple[Obligation, ...]) -> None:
    instants = [one.publish_at for one in registration]
    assert instants == sorted(instants)
    assert [one.satker.zone for one in (registration[0], registration[-1])] == ["WIT", "WIB"]


def test_a_satker_owes_each_message_once_on_each_channel(
    pilkada: Calendar, satker: tuple[Satker, ...], patterns: Patterns
) -> None:
    found = plan(pilkada, satker[:40], ("facebook", "x"), patterns)
    owed = {(one.satker.code, one.tonggak.key, one.channel) for one in found}
    assert len(owed) == len(found)


def test_the_whole_of_pilkada_is_the_sum_of_its_tonggak(
    matrix: tuple[Obligation, ...], pilkada: Calendar, satker: tuple[Satker, ...], patterns: Patterns
) -> None:
    expected = sum(
        len(tonggak_of(pilkada, stage, patterns)) * sum(binds(stage, one) for one in satker)
        for stage in public_stages(pilkada)
    )
    assert len(matrix) == expected > 100_000


def test_nobody_is_asked_whom_the_stage_does_not_bind(matrix: tuple[Obligation, ...]) -> None:
    assert all(binds(one.stage, one.satker) for one in matrix)


def test_every_satker_is_asked_for_something(
    matrix: tuple[Obligation, ...], satker: tuple[Satker, ...]
) -> None:
    assert {one.satker.code for one in matrix} == {one.code for one in satker}


def test_every_moment_has_the_zone_of_its_satker_and_ends_after_it_begins(
    matrix: tuple[Obligation, ...],
) -> None:
    assert all(one.publish_at.tzinfo == one.satker.timezone for one in matrix)
    assert all(one.publish_at < one.not_after for one in matrix)


def test_the_same_tables_give_the_same_plan(
    matrix: tuple[Obligation, ...], pilkada: Calendar, satker: tuple[Satker, ...], patterns: Patterns
) -> None:
    again = plan(pilkada, tuple(reversed(satker)), ("facebook",), patterns)
    assert [(one.tonggak.key, one.satker.code) for one in again] == [
        (one.tonggak.key, one.satker.code) for one in matrix
    ]


def test_without_channels_or_satker_nothing_is_owed(
    pilkada: Calendar, satker: tuple[Satker, ...], patterns: Patterns
) -> None:
    assert plan(pilkada, satker, (), patterns) == plan(pilkada, (), ("facebook",), patterns) == ()
