"""What a correction says, on each channel, held to the rules and limits that hold every message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from writing import Find

from kabar.channels.composing import misfits
from kabar.content import Mistake, check, read_rules, render, render_correction
from kabar.content.text import Text
from kabar.election import Calendar
from kabar.plan import Obligation
from kabar.settings import REPOSITORY

INCLUDE = REPOSITORY / "include"
SAID_AT = datetime(2024, 8, 27, 1, 0, tzinfo=UTC)
CORRECTED_AT = datetime(2024, 8, 27, 4, 30, tzinfo=UTC)
CHANNELS = ("facebook", "threads", "x", "telegram", "website", "whatsapp")


def correction(
    obligation: Obligation, calendars: dict[str, Calendar], channel: str, *, says_at: datetime = CORRECTED_AT
) -> Text:
    calendar = calendars["pilkada-2024"]
    first = render(obligation, calendar=calendar, templates=INCLUDE / "templates")
    return render_correction(
        Mistake(first.facts, SAID_AT, "pukul 07.00 sampai 13.00 WIB.", "pukul 08.00 sampai 16.00 WIB."),
        calendar=calendar,
        stage=obligation.stage.slug,
        satker=obligation.satker,
        channel=channel,
        says_at=says_at,
        templates=INCLUDE / "templates",
    )


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_correction_says_what_was_wrong_what_is_right_and_who_says_it(
    find: Find, calendars: dict[str, Calendar], channel: str
) -> None:
    text = correction(find("coklit|H")._replace(channel=channel), calendars, channel)

    assert "Ralat" in text.message
    assert "pukul 07.00 sampai 13.00 WIB." in text.message
    assert "pukul 08.00 sampai 16.00 WIB." in text.message
    assert text.facts["satker"] in text.message
    assert text.link in text.message


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_correction_keeps_the_rules_and_fits_its_channel(
    find: Find, calendars: dict[str, Calendar], channel: str
) -> None:
    obligation = find("coklit|H")._replace(channel=channel)
    text = correction(obligation, calendars, channel)

    found = [*check(text, obligation, read_rules(INCLUDE / "rules.yaml")), *misfits(channel, text)]

    assert [one for one in found if one.severity == "block"] == []


def test_a_correction_names_the_day_of_the_wrong_post_in_the_offices_own_zone(
    find: Find, calendars: dict[str, Calendar]
) -> None:
    text = correction(find("coklit|H"), calendars, "facebook")

    assert "pada Selasa, 27 Agustus 2024 tertulis" in text.message


def test_a_correction_in_masa_tenang_is_held_to_its_rules(find: Find, calendars: dict[str, Calendar]) -> None:
    quiet = datetime(2024, 11, 25, 2, 0, tzinfo=UTC)

    facts = correction(find("coklit|H"), calendars, "facebook", says_at=quiet).facts

    assert (facts["masa_tenang"], facts["aman_masa_tenang"]) == ("ya", "ya")
