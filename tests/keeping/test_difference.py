from __future__ import annotations

from datetime import date, timedelta

import pytest

from kabar.calendar import read_calendars
from kabar.election import Calendar, Stage
from kabar.keeping.difference import Difference, differences
from kabar.pattern import read_patterns
from kabar.settings import REPOSITORY
from kabar.tonggak import tonggak_of

INCLUDE = REPOSITORY / "include"
PATTERNS = read_patterns(INCLUDE / "tonggak.yaml")
OLD = {one.code: one for one in read_calendars(INCLUDE / "calendars")}["pilkada-2024"]


def amended(slug: str, **values: object) -> Calendar:
    stages = tuple(one.model_copy(update=values) if one.slug == slug else one for one in OLD.stages)
    return OLD.model_copy(update={"stages": stages})


def of(new: Calendar) -> tuple[Difference, ...]:
    return differences(OLD, new, PATTERNS)


def test_nothing_differs_from_itself() -> None:
    assert of(OLD) == ()


def test_a_stage_that_moves_moves_every_one_of_its_messages() -> None:
    stage = OLD.stage("pendaftaran-paslon")
    day = timedelta(days=1)
    assert stage.begins_on
    assert stage.ends_on

    found = of(amended(stage.slug, begins_on=stage.begins_on + day, ends_on=stage.ends_on + day))

    keys = [one.key for one in tonggak_of(OLD, stage, PATTERNS)]
    assert [(one.verb, one.subject, one.key) for one in found] == [
        ("moved", "pendaftaran-paslon", "mulai"),
        ("moved", "pendaftaran-paslon", "selesai"),
        *(("moved", key, "tonggak") for key in keys),
    ]
    assert found[2].before == "2024-08-24 09.00"
    assert found[2].after == "2024-08-25 09.00"


def test_a_longer_stage_gains_the_weekly_message_that_had_given_way_to_a_reminder() -> None:
    found = of(amended("kampanye", ends_on=date(2024, 11, 30)))

    appeared = [one.subject for one in found if one.verb == "appeared"]
    assert appeared == ["kampanye|H+56"]


def test_a_stage_that_is_called_off_loses_its_messages() -> None:
    found = of(amended("coklit", not_held=True))

    lost = {one.subject for one in found if one.verb == "vanished"}
    assert lost == {one.key for one in tonggak_of(OLD, OLD.stage("coklit"), PATTERNS)}
    assert ("changed", "tidak_terlaksana") in {(one.verb, one.key) for one in found}


def stage_named(slug: str) -> Stage:
    return OLD.stage("penyerahan-dp4").model_copy(update={"slug": slug})


def test_stages_appear_and_vanish_by_their_id() -> None:
    stages = tuple(stage_named("dp4-baru") if one.slug == "penyerahan-dp4" else one for one in OLD.stages)

    found = of(OLD.model_copy(update={"stages": stages}))

    assert [(one.verb, one.subject) for one in found] == [
        ("vanished", "penyerahan-dp4"),
        ("appeared", "dp4-baru"),
    ]


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("berlaku_untuk", {"binds": ("provinsi",)}),
        ("satker", {"satker_codes": ("3204",)}),
        ("syarat", {"condition": "semua"}),
        ("dasar_hukum", {"legal_basis": OLD.legal_basis}),
        ("status", {"status": "satu_sumber"}),
        ("nama", {"title": "Nama lain"}),
        ("ringkasan", {"summary": "Ringkasan lain."}),
        ("ajakan", {"call_to_action": "Ajakan lain."}),
        ("tautan", {"link": "https://jdih.kpu.go.id"}),
    ],
)
def test_who_is_bound_the_law_and_the_words_are_compared(key: str, values: dict[str, object]) -> None:
    found = of(amended("pendaftaran-paslon", **values))

    assert [(one.verb, one.subject, one.key) for one in found] == [("changed", "pendaftaran-paslon", key)]


def test_another_polling_day_and_another_version_are_differences_of_the_calendar() -> None:
    found = of(OLD.model_copy(update={"version": 2, "polling_day": date(2024, 12, 4)}))

    assert {(one.verb, one.subject, one.key) for one in found} == {
        ("changed", "pilkada-2024", "versi"),
        ("moved", "pilkada-2024", "hari_pemungutan_suara"),
    }
