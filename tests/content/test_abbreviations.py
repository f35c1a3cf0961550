from __future__ import annotations

from pathlib import Path

import pytest

from kabar.content.abbreviations import Abbreviations, read_abbreviations
from kabar.errors import InputError

TABLE = Abbreviations(
    {
        "PPS": "Panitia Pemungutan Suara",
        "TPS": "tempat pemungutan suara",
        "coklit": "pencocokan dan penelitian",
    }
)


def test_an_abbreviation_is_written_out_only_where_it_comes_first() -> None:
    text = TABLE.explain("Tanyakan kepada PPS. Anggota PPS akan menjawab.")
    assert text == "Tanyakan kepada Panitia Pemungutan Suara (PPS). Anggota PPS akan menjawab."


def test_a_later_explanation_shrinks_to_the_abbreviation() -> None:
    text = TABLE.explain("Pendaftaran PPS\n\nPanitia Pemungutan Suara (PPS) bertugas di desa.")
    assert text == "Pendaftaran Panitia Pemungutan Suara (PPS)\n\nPPS bertugas di desa."


def test_a_common_noun_begins_a_sentence_with_a_capital() -> None:
    assert TABLE.explain("Siap. TPS dibuka.") == "Siap. Tempat pemungutan suara (TPS) dibuka."


def test_a_short_form_in_small_letters_begins_a_sentence_with_a_capital() -> None:
    text = TABLE.explain("Apa itu coklit?\nPencocokan dan penelitian (coklit) data pemilih dimulai.")
    assert text == "Apa itu pencocokan dan penelitian (coklit)?\nCoklit data pemilih dimulai."


def test_a_possessive_ending_moves_to_the_long_form() -> None:
    assert TABLE.explain("cek nomor TPS-mu") == "cek nomor tempat pemungutan suaramu (TPS)"


def test_an_address_and_a_hashtag_are_left_alone() -> None:
    assert TABLE.explain("#PPS dan pps.kpu.go.id/PPS") == "#PPS dan pps.kpu.go.id/PPS"


def test_without_a_table_nothing_is_explained(tmp_path: Path) -> None:
    assert read_abbreviations(tmp_path / "singkatan.yaml").explain("PPS") == "PPS"


def test_an_abbreviation_without_a_long_form_is_an_input_error_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "singkatan.yaml"
    file.write_text("PPS: Panitia Pemungutan Suara\nTPS:\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_abbreviations(file)
    assert (caught.value.file, caught.value.line, caught.value.key) == (file, 2, "TPS")
