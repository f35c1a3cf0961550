"""Which template says a message on a channel, and what the templates of all channels must hold."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from writing import Find

from kabar.accounts import Channel
from kabar.calendar import Calendar
from kabar.channel_table import read_channels
from kabar.content import Rules, Templates, Text, check, render
from kabar.content.choosing import BY_HAND, choose
from kabar.errors import InputError

INCLUDE = Path(__file__).resolve().parents[2] / "include"
EVERY = (
    "coklit/pengingat.x.j2",
    "coklit/pengingat.manual.j2",
    "coklit/pengingat.j2",
    "pengingat/x.j2",
    "pengingat/manual.j2",
    "pengingat/pesan.j2",
)


def chosen(names: tuple[str, ...], channel: str) -> str:
    return choose(names, INCLUDE, words="coklit", kind="pengingat", channel=channel).name


def test_the_most_particular_template_wins_and_each_falls_back_to_the_next() -> None:
    ladder = [chosen(EVERY[start:], "x") for start in range(len(EVERY))]
    assert ladder == [EVERY[0], EVERY[2], EVERY[2], EVERY[3], EVERY[5], EVERY[5]]


def test_what_a_person_posts_by_hand_takes_the_manual_templates() -> None:
    ladder = [chosen(EVERY[start:], "whatsapp") for start in range(len(EVERY))]
    assert ladder == [EVERY[1], EVERY[1], EVERY[2], EVERY[4], EVERY[4], EVERY[5]]


def test_a_manual_channel_may_have_a_template_of_its_own() -> None:
    assert chosen((*EVERY, "coklit/pengingat.tiktok.j2"), "tiktok") == "coklit/pengingat.tiktok.j2"


def test_a_stage_builds_upon_the_kind_and_the_skeleton_of_its_channel() -> None:
    choice = choose(EVERY, INCLUDE, words="coklit", kind="pengingat", channel="x")
    assert (choice.of_kind, choice.skeleton) == ("pengingat/x.j2", "x.j2")


def test_without_any_template_the_error_says_which_to_write() -> None:
    with pytest.raises(InputError, match=r"Write pengingat/pesan\.j2, or coklit/pengingat\.j2") as caught:
        chosen((), "x")
    assert caught.value.file == INCLUDE / "pengingat/pesan.j2"


def test_the_channels_by_hand_are_those_that_the_table_calls_manual() -> None:
    table = read_channels(INCLUDE / "channels.yaml")
    assert {name for name, row in table.by_name.items() if row.is_manual} == BY_HAND


@pytest.fixture
def on(find: Find, calendars: dict[str, Calendar], templates: Templates) -> dict[str, Text]:
    """One message, for a kabupaten with a long name, on every channel."""
    obligation = find("pendaftaran-paslon|H", "1612")
    return {
        channel: render(
            obligation._replace(channel=channel), calendar=calendars["pilkada-2024"], templates=templates
        )
        for channel in get_args(Channel)
    }


def test_every_channel_says_who_when_and_where_to_read_on(on: dict[str, Text]) -> None:
    for channel, text in on.items():
        for fact in ("KPU Kabupaten Penukal Abab Lematang Ilir", "29 Agustus 2024", "www.kpu.go.id"):
            assert fact in text.message, f"{fact} on {channel}"


def test_the_link_on_instagram_is_text_because_nobody_can_click_it(on: dict[str, Text]) -> None:
    assert "Tautan resmi: www.kpu.go.id" in on["instagram"].message
    assert "https://" not in on["instagram"].message


def test_threads_carries_one_hashtag_and_what_is_copied_none(on: dict[str, Text]) -> None:
    tags = {channel: len(text.hashtags) for channel, text in on.items()}
    assert (tags["threads"], tags["x"], tags["website"]) == (1, 1, 0)
    assert {tags[channel] for channel in BY_HAND} == {0}


def test_the_website_begins_with_a_title_on_a_line_of_its_own(on: dict[str, Text]) -> None:
    title, blank, body = on["website"].message.split("\n")[:3]
    assert (title, blank) == ("Mulai hari ini: pendaftaran pasangan calon", "")
    assert body.endswith(".")


def test_short_channels_name_the_satker_in_full_once(on: dict[str, Text]) -> None:
    name = "Penukal Abab Lematang Ilir"
    assert [on[channel].message.count(name) for channel in ("x", "threads", "facebook")] == [1, 1, 4]


def test_nothing_in_a_template_is_marked_up(on: dict[str, Text]) -> None:
    assert not [channel for channel, text in on.items() if any(sign in text.posted for sign in "<>*_&")]


@pytest.mark.parametrize("channel", ["x", "instagram", "telegram"])
def test_the_legal_basis_may_be_missing_on_x_alone(
    channel: str, on: dict[str, Text], find: Find, rules: Rules
) -> None:
    text = on[channel]
    without = text._replace(
        message="\n".join(line for line in text.message.split("\n") if not line.startswith("Dasar:"))
    )
    broken = {
        one.rule
        for one in check(without, find("pendaftaran-paslon|H", "1612")._replace(channel=channel), rules)
    }
    assert ("I1" in broken) == (channel != "x")


def test_the_link_is_required_on_x_too(on: dict[str, Text], find: Find, rules: Rules) -> None:
    text = on["x"]._replace(message=on["x"].message.replace("https://www.kpu.go.id", ""))
    findings = check(text, find("pendaftaran-paslon|H", "1612")._replace(channel="x"), rules)
    assert [one.message for one in findings if one.rule == "I1"] == [
        "Tidak memuat tautan resmi. Tambahkan “https://www.kpu.go.id”."
    ]
