from __future__ import annotations

from datetime import date, time

import pytest

from kabar.content.wording import clock, count, date_range, days_away, inner_case, long_date, regulation


def test_a_date_is_written_out_with_its_weekday() -> None:
    assert long_date(date(2024, 8, 27)) == "Selasa, 27 Agustus 2024"


def test_a_period_within_a_year_names_the_year_once() -> None:
    period = date_range(date(2024, 8, 27), date(2024, 8, 29))
    assert period == "Selasa, 27 Agustus sampai Kamis, 29 Agustus 2024"


def test_a_period_over_new_year_names_both_years() -> None:
    period = date_range(date(2022, 12, 18), date(2023, 1, 16))
    assert period == "Minggu, 18 Desember 2022 sampai Senin, 16 Januari 2023"


def test_a_period_of_one_day_is_that_day() -> None:
    assert date_range(date(2024, 9, 22), date(2024, 9, 22)) == "Minggu, 22 September 2024"


def test_an_hour_has_a_full_stop_and_its_zone() -> None:
    assert clock(time(7, 0), "WIT") == "pukul 07.00 WIT"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nol"),
        (3, "tiga"),
        (11, "sebelas"),
        (14, "empat belas"),
        (20, "dua puluh"),
        (21, "21"),
        (60, "enam puluh"),
        (100, "seratus"),
        (101, "101"),
    ],
)
def test_a_number_of_one_or_two_words_is_spelled(number: int, words: str) -> None:
    assert count(number) == words


@pytest.mark.parametrize(
    ("days", "words"), [(-1, ""), (0, "hari ini"), (1, "besok"), (7, "tujuh hari lagi"), (33, "33 hari lagi")]
)
def test_days_ahead_are_said_as_people_say_them(days: int, words: str) -> None:
    assert days_away(days) == words


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        ("PKPU 2/2024", "Peraturan KPU Nomor 2 Tahun 2024"),
        ("UU 7/2017 tentang Pemilihan Umum", "Undang-Undang Nomor 7 Tahun 2017"),
        ("PKPU 8/2024 (diubah setelah Putusan MK 60 dan 70/2024)", "Peraturan KPU Nomor 8 Tahun 2024"),
        (
            "PKPU 15/2023 jo. PKPU 20/2023",
            "Peraturan KPU Nomor 15 Tahun 2023 jo. Peraturan KPU Nomor 20 Tahun 2023",
        ),
        ("Keppres 33/2024", "Keputusan Presiden Nomor 33 Tahun 2024"),
        ("Putusan Mahkamah Konstitusi 24 Februari 2025", "Putusan Mahkamah Konstitusi 24 Februari 2025"),
    ],
)
def test_a_regulation_is_written_in_full(rule: str, written: str) -> None:
    assert regulation(rule) == written


def test_inside_a_sentence_only_an_abbreviation_keeps_its_capital() -> None:
    assert [inner_case("Pemungutan suara"), inner_case("DPT provinsi")] == [
        "pemungutan suara",
        "DPT provinsi",
    ]
