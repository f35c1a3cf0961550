from __future__ import annotations

from pathlib import Path

import pytest
from commanding import Edit, Run
from PIL import Image


def test_a_message_is_shown_as_the_golden_file_has_it(run: Run) -> None:
    status, said = run("preview", "pendaftaran-paslon", "--tonggak", "H", "--satker", "9502")

    golden = Path(__file__).parents[1] / "golden/pilkada-2024/pendaftaran-paslon.txt"
    heads = golden.read_text(encoding="utf-8").split("──────── ")
    reviewed = next(one for one in heads if one.startswith("pendaftaran-paslon|H · hari_h · 9502"))
    assert status == 0
    assert reviewed.partition("\n\n")[2].strip() in said
    assert "No finding." in said


def test_lengths_templates_and_facts_stand_beside_it(run: Run) -> None:
    _, said = run("preview", "pendaftaran-paslon", "--tonggak", "H", "--satker", "9502")

    assert "F2 at most 1,200" in said
    assert "B2 at most 18 on average" in said
    assert "template: hari_h/pesan.j2; built with facebook.j2, pendaftaran-paslon/nama.j2" in said
    assert "    zona" not in said, "The template does not mention the zone."
    assert "    satker = KPU Kabupaten Pegunungan Bintang" in said


def test_the_length_is_the_one_that_the_channel_counts(run: Run) -> None:
    _, said = run("preview", "pemungutan-suara", "--tonggak", "H-10", "--satker", "9502", "--channel", "x")

    posted = said.split("─" * 60)[1].strip()
    addresses = ("cekdptonline.kpu.go.id", "https://www.kpu.go.id")
    assert all(one in posted for one in addresses)
    weight = len(posted) + sum(23 - len(one) for one in addresses)
    assert f"length as the channel counts: {weight} (x at most 280)" in said


def test_what_a_post_on_x_costs_stands_beside_it(run: Run) -> None:
    chosen = ("preview", "pendaftaran-paslon", "--tonggak", "H", "--satker", "9502")

    assert "price: US$ 0.200 a post" in run(*chosen, "--channel", "x")[1]
    assert "price:" not in run(*chosen, "--channel", "threads")[1]


def test_a_text_that_does_not_fit_its_channel_blocks(run: Run, edit: Edit) -> None:
    edit("templates/x.j2", "{{ satker }}", "{{ 'panjang ' * 40 }}{{ satker }}")

    status, said = run("preview", "pendaftaran-paslon", "--tonggak", "H", "--channel", "x")

    assert status == 1
    assert "block F1: Teks X " in said
    assert "teks tidak dipotong otomatis" in said


def test_without_a_choice_the_messages_of_the_stage_are_listed(run: Run) -> None:
    status, said = run("preview", "pendaftaran-paslon")

    assert status == 0
    assert [line.split()[:2] for line in said.splitlines()[1:-1]] == [
        ["H-3", "pengumuman"],
        ["H", "hari_h"],
        ["akhir-1", "pengingat"],
        ["akhir+1", "penutup"],
    ]


def test_a_moment_chooses_the_first_message_from_there_on(run: Run) -> None:
    for moment, label in (
        ("2024-08-27", "pendaftaran-paslon|H ·"),
        ("2024-08-27T08:00", "pendaftaran-paslon|H ·"),
        ("2024-08-27T08:01", "pendaftaran-paslon|akhir-1 ·"),
        ("2024-08-27T06:00+07:00", "pendaftaran-paslon|H ·"),
        ("2024-08-27T06:01+07:00", "pendaftaran-paslon|akhir-1 ·"),
    ):
        assert label in run("preview", "pendaftaran-paslon", "--at", moment)[1], moment


def test_a_kind_narrows_the_choice(run: Run) -> None:
    _, said = run("preview", "pendaftaran-paslon", "--at", "2024-08-01", "--kind", "penutup")

    assert "pendaftaran-paslon|akhir+1 · penutup" in said


def test_after_the_last_message_there_is_none(run: Run) -> None:
    status, said = run("preview", "pendaftaran-paslon", "--at", "2025-01-01")

    assert status == 1
    assert "akhir+1" in said


def test_a_finding_is_shown_with_its_legal_basis_and_blocks(run: Run, edit: Edit) -> None:
    edit("templates/pendaftaran-paslon/isi.j2", "", "Coblos nomor 1. ")

    status, said = run("preview", "pendaftaran-paslon", "--tonggak", "H")

    assert status == 1
    assert "block N1: Memuat “coblos nomor 1”" in said
    assert "basis: Peraturan DKPP 2/2017" in said


def test_a_satker_that_the_stage_does_not_bind_is_told_from_one_that_is_not_there(run: Run) -> None:
    bound = run("preview", "pendaftaran-paslon", "--tonggak", "H", "--satker", "00")
    unknown = run("preview", "pendaftaran-paslon", "--tonggak", "H", "--satker", "9999")

    assert (bound[0], unknown[0]) == (1, 1)
    assert "does not bind satker 00" in bound[1]
    assert "no satker '9999'" in unknown[1]


def test_unknown_stages_channels_and_labels_name_what_there_is(run: Run) -> None:
    assert "pendaftaran-paslon" in run("preview", "pendaftaran")[1]
    assert "facebook" in run("preview", "kampanye", "--channel", "twitter")[1]
    assert "akhir-1 (pengingat)" in run("preview", "pendaftaran-paslon", "--tonggak", "H-99")[1]


@pytest.mark.parametrize(
    ("name", "shape", "kind", "size"),
    [("poster.jpg", "portrait", "JPEG", (1080, 1350)), ("poster.PNG", "square", "PNG", (1080, 1080))],
)
def test_the_poster_of_a_message_is_written_where_it_is_asked_for(
    run: Run, tmp_path: Path, name: str, shape: str, kind: str, size: tuple[int, int]
) -> None:
    file = tmp_path / name
    message = ("pendaftaran-paslon", "--tonggak", "H", "--satker", "9502")
    status, said = run("preview", *message, "--poster", str(file), "--shape", shape)

    assert status == 0
    assert "alt text: Poster KPU Kabupaten Pegunungan Bintang, Pilkada Serentak 2024. Mulai hari ini" in said
    with Image.open(file) as picture:
        assert (picture.format, picture.size) == (kind, size)


def test_the_drawing_itself_may_be_looked_at(run: Run, tmp_path: Path) -> None:
    run("preview", "pendaftaran-paslon", "--tonggak", "H", "--poster", str(tmp_path / "poster.svg"))

    assert (tmp_path / "poster.svg").read_text(encoding="utf-8").lstrip().startswith("<svg")


@pytest.mark.parametrize("name", ["poster.gif", "poster", "missing/poster.png"])
def test_a_poster_that_cannot_be_written_is_said(run: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    status, said = run("preview", "pendaftaran-paslon", "--tonggak", "H", "--poster", str(file))

    assert status == 1
    assert ("choose .jpg, .png or .svg" in said) or ("cannot be written: No such file" in said)
