"""What posters say: the words of their message, and the day as it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from writing import Find, Write

from kabar.calendar import Calendar
from kabar.content import Templates, open_templates
from kabar.content.poster_words import Words, words_of_poster
from kabar.errors import InputError

INCLUDE = Path(__file__).resolve().parents[2] / "include"
Say = Callable[..., Words]


@pytest.fixture(scope="module")
def say(find: Find, calendars: dict[str, Calendar], templates: Templates) -> Say:
    def of(key: str, code: str = "9502", calendar: str = "pilkada-2024") -> Words:
        return words_of_poster(find(key, code, calendar), calendar=calendars[calendar], templates=templates)

    return of


def test_a_poster_takes_headline_fact_and_call_from_its_message(say: Say, write: Write) -> None:
    words, message = say("pengundian-nomor-urut|H"), write("pengundian-nomor-urut|H").message

    assert f"{words.label}: {words.title[0].lower()}{words.title[1:]}" in message
    assert words.fact in message
    assert words.call in message


def test_what_stands_before_a_colon_becomes_the_label(say: Say) -> None:
    assert say("coklit|akhir-1")[2:4] == (
        "Besok",
        "Hari terakhir pencocokan dan penelitian (coklit) data pemilih",
    )


@pytest.mark.parametrize(
    ("key", "calendar", "drawn"),
    [
        ("pengundian-nomor-urut|H", "pilkada-2024", ("23", "September 2024", "Senin")),
        (
            "pendaftaran-paslon|H-3",
            "pilkada-2024",
            ("27\u201329", "Agustus 2024", "Selasa sampai Kamis"),
        ),
        ("coklit|H-7", "pilkada-2024", ("24 Juni \u2013 24 Juli", "2024", "")),
        ("kampanye|H", "pemilu-2024", ("28 November 2023 \u2013 10 Februari 2024", "", "")),
        (
            "pemungutan-suara|H-1",
            "pilkada-2024",
            ("27", "November 2024", "Rabu, pukul 07.00 sampai 13.00 WIT"),
        ),
    ],
)
def test_a_day_is_drawn_as_large_number_month_and_weekday(
    say: Say, key: str, calendar: str, drawn: tuple[str, str, str]
) -> None:
    words = say(key, calendar=calendar)

    assert (words.number, words.month, words.detail) == drawn


def test_the_day_before_voting_day_shows_voting_day(say: Say) -> None:
    words = say("masa-tenang|akhir")

    assert (words.label, words.title) == ("Besok", "Hari pemungutan suara")
    assert (words.lead, words.number, words.month) == ("Pemungutan suara", "27", "November 2024")


def test_an_abbreviation_is_written_out_where_it_comes_first_on_the_poster(say: Say) -> None:
    words = say("rekrutmen-kpps|akhir-3")

    assert "Kelompok Penyelenggara Pemungutan Suara (KPPS)" in words.title
    assert words.fact.startswith("KPPS melayani")


def test_a_closing_poster_thanks_where_no_stage_follows(say: Say) -> None:
    assert say("rekap-provinsi|akhir+1", "51").fact.startswith("Terima kasih")


def test_the_alternative_text_reads_like_the_poster(say: Say) -> None:
    assert say("pendaftaran-paslon|H-3", "1101").alt_text == (
        "Poster KIP Kabupaten Aceh Selatan, Pilkada Serentak 2024. Pengumuman: Pendaftaran pasangan calon. "
        "Berlangsung: Selasa, 27 Agustus 2024 sampai Kamis, 29 Agustus 2024. KIP Kabupaten Aceh Selatan "
        "menerima pendaftaran pasangan calon bupati dan wakil bupati. Pantau prosesnya lewat kanal resmi "
        "KIP Kabupaten Aceh Selatan. Informasi resmi: kpu.go.id."
    )


@pytest.fixture
def edited(tmp_path: Path, find: Find, calendars: dict[str, Calendar]) -> Callable[[str, str], Words]:
    """Words of a poster after an editor replaced something in `pengumuman/poster.j2`."""
    for file in (INCLUDE / "templates").rglob("*.*"):
        copy = tmp_path / file.relative_to(INCLUDE / "templates")
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())

    def say(old: str, new: str) -> Words:
        file = tmp_path / "pengumuman" / "poster.j2"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
        templates = open_templates(tmp_path)
        return words_of_poster(find("coklit|H-7"), calendar=calendars["pilkada-2024"], templates=templates)

    return say


def test_a_block_that_an_editor_removed_is_named(edited: Callable[[str, str], Words]) -> None:
    with pytest.raises(InputError, match=r"pengumuman/poster\.j2.*no block label.*block label"):
        edited("{% block label %}Pengumuman{% endblock %}", "")


def test_a_day_that_is_none_is_refused(edited: Callable[[str, str], Words]) -> None:
    with pytest.raises(InputError, match=r"“segera / Rabu, 24 Juli 2024” is no day"):
        edited('{{ mulai if fase == "belum" else selesai }}', "segera")


def test_a_value_that_nobody_knows_is_named_with_its_line(edited: Callable[[str, str], Words]) -> None:
    with pytest.raises(InputError, match="Did you mean mulai") as refusal:
        edited('{{ mulai if fase == "belum" else selesai }}', "{{ mulia }}")

    assert (refusal.value.file.name, refusal.value.line) == ("poster.j2", 8)


def test_a_poster_without_a_day_shows_none(edited: Callable[[str, str], Words]) -> None:
    words = edited('{{ mulai if fase == "belum" else selesai }}', "")

    assert (words.number, words.month, words.detail) == ("", "", "")
