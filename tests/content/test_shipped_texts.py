from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from writing import Find

from kabar.calendar import Calendar
from kabar.channels.composing import word_misfits
from kabar.content import Finding, Rules, Templates, check, render
from kabar.content.choosing import Choice, place_of
from kabar.content.facts import facts_of
from kabar.content.templates import words_of
from kabar.plan import Obligation, obligations_of, plan, public_stages
from kabar.satker import Satker
from kabar.tonggak import Patterns, tonggak_of

INCLUDE = Path(__file__).resolve().parents[2] / "include"
ELECTIONS = ("pilkada-2024", "pemilu-2024", "psu-2025", "pemilihan-ulang-2025")
#: All with words of their own but Facebook, on which every satker is asked; `whatsapp` is the manual card.
OTHER_CHANNELS = ("instagram", "threads", "x", "telegram", "website", "whatsapp")
LONGEST_NAMES = 39
#: Days after which the weekly messages of a long stage only repeat what the weeks before said.
LAST_NEW_WEEK = 28


def _different(satker: dict[str, Satker]) -> tuple[Satker, ...]:
    """One satker of each kind, zone, name and election, and those with the longest names."""
    first: dict[object, Satker] = {}
    for one in satker.values():
        first.setdefault((one.kind, one.zone, one.is_kip, one.own_election), one)
    chosen = (*first.values(), *(one for one in satker.values() if len(one.short_name) >= LONGEST_NAMES))
    return tuple(dict.fromkeys(chosen))


def _findings(
    obligations: tuple[Obligation, ...], calendar: Calendar, templates: Templates, rules: Rules
) -> Iterator[tuple[str, str, Finding]]:
    for obligation in obligations:
        text = render(obligation, calendar=calendar, templates=templates)
        for finding in check(text, obligation, rules):
            yield obligation.tonggak.key, obligation.satker.code, finding


@pytest.mark.parametrize("code", ELECTIONS)
def test_every_message_of_every_kind_of_satker_keeps_every_rule(
    code: str,
    calendars: dict[str, Calendar],
    satker: dict[str, Satker],
    patterns: Patterns,
    templates: Templates,
    rules: Rules,
) -> None:
    chosen = _different(satker)
    if code not in {"pilkada-2024", "pemilu-2024"}:
        # These bind a few named satker only, so all are asked.
        chosen = tuple(satker.values())
    obligations = tuple(
        one
        for one in plan(calendars[code], chosen, ("facebook",), patterns)
        if one.tonggak.days_to_anchor >= -LAST_NEW_WEEK
    )
    assert obligations
    assert list(_findings(obligations, calendars[code], templates, rules)) == []


@pytest.mark.parametrize("code", ELECTIONS)
def test_every_message_fits_and_keeps_every_rule_on_every_other_channel(
    code: str,
    calendars: dict[str, Calendar],
    satker: dict[str, Satker],
    patterns: Patterns,
    templates: Templates,
    rules: Rules,
) -> None:
    # KPU RI, the longest names of a province, a KIP and a kabupaten, and whoever is named in a re-election.
    chosen = [satker[one] for one in ("00", "19", "1112", "7109")]
    if code not in {"pilkada-2024", "pemilu-2024"}:
        chosen = list(satker.values())
    broken = [
        (obligation.tonggak.key, obligation.satker.code, obligation.channel, finding)
        for obligation in plan(calendars[code], chosen, OTHER_CHANNELS, patterns)
        if obligation.tonggak.days_to_anchor >= -LAST_NEW_WEEK
        for text in (render(obligation, calendar=calendars[code], templates=templates),)
        for finding in (*check(text, obligation, rules), *word_misfits(obligation.channel, text))
    ]
    assert broken == []


def test_the_name_of_every_one_of_the_553_satker_keeps_every_rule(
    calendars: dict[str, Calendar],
    satker: dict[str, Satker],
    patterns: Patterns,
    templates: Templates,
    rules: Rules,
) -> None:
    calendar = calendars["pilkada-2024"]
    stage = calendar.stage("pemungutan-suara")
    tonggak = tonggak_of(calendar, stage, patterns)[-1]
    obligations = obligations_of(calendar, stage, tonggak, tuple(satker.values()), ("facebook",))
    assert len(obligations) == 553
    assert list(_findings(obligations, calendar, templates, rules)) == []


@pytest.mark.parametrize("code", ELECTIONS)
def test_every_public_stage_has_words_of_its_own(code: str, calendars: dict[str, Calendar]) -> None:
    folders = {words_of(stage.slug) for stage in public_stages(calendars[code])}
    assert [name for name in folders if not (INCLUDE / "templates" / name).is_dir()] == []


def test_no_words_are_left_of_a_stage_that_no_calendar_has(calendars: dict[str, Calendar]) -> None:
    stages = {words_of(stage.slug) for calendar in calendars.values() for stage in public_stages(calendar)}
    kinds = {"pengumuman", "edukasi", "pengingat", "hari_h", "penutup", "ralat"}
    folders = {folder.name for folder in (INCLUDE / "templates").iterdir() if folder.is_dir()}
    assert folders - stages == kinds


def test_the_editors_page_explains_every_value_of_a_template(
    find: Find, calendars: dict[str, Calendar]
) -> None:
    page = (INCLUDE / "templates" / "BACA-DULU.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `(\w+)`", page, flags=re.MULTILINE))
    facts = facts_of(find("coklit|H"), calendars["pilkada-2024"])
    assert explained == {*facts, *place_of(Choice("", "", ""), facts, "facebook")}
