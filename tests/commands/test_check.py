from __future__ import annotations

import io
from pathlib import Path

from commanding import Edit, Run

from kabar.commands.sweep import sweep, units_of
from kabar.commands.terminal import Bar
from kabar.orchestration.tables import Tables
from kabar.settings import Settings

ONE_STAGE = (
    *("check", "--calendar", "pilkada-2024", "--stage", "pelantikan-ppk", "--jobs", "1"),
    *("--channel", "facebook"),
)
#: 514 kabupaten and kota, four messages each.
DRAFTS = 2_056


def test_the_shipped_words_pass_for_every_satker_of_a_stage(run: Run) -> None:
    status, said = run(*ONE_STAGE)

    assert status == 0
    assert f"{DRAFTS:,} drafts rendered and checked" in said
    assert "0 findings block, 0 warn." in said


def test_a_forbidden_word_is_named_once_with_file_line_count_and_examples(run: Run, include: Path) -> None:
    words = include / "templates/pelantikan-ppk/isi.j2"
    words.write_text(words.read_text(encoding="utf-8") + "\nLihat hasil hitung cepat.\n", encoding="utf-8")
    line = len(words.read_text(encoding="utf-8").splitlines())

    status, said = run(*ONE_STAGE)

    found = [one for one in said.splitlines() if "block T3" in one]
    assert status == 1
    assert len(found) == 1
    assert found[0].startswith(f"include/templates/pelantikan-ppk/isi.j2:{line}: block T3 in ")
    assert "hitung cepat" in found[0]
    assert "UU 7/2017 Pasal 449" in said
    assert "pilkada-2024 pelantikan-ppk|" in said


def test_a_word_that_comes_from_the_calendar_is_named_with_the_line_of_the_calendar(
    run: Run, edit: Edit
) -> None:
    file = "calendars/psu_2025.yaml"
    (line, stage) = (
        edit(file, "    ringkasan: ", "    ringkasan: Ada hitung cepat. "),
        "pemungutan-suara-ulang-2025-03-22",
    )
    edit("templates/pemungutan-suara-ulang/isi.j2", "", "{{ ringkasan }}\n")

    status, said = run("check", "--calendar", "psu-2025", "--stage", stage, "--jobs", "1")

    assert status == 1
    assert f"include/{file}:{line}: block T3" in said


def test_names_and_numbers_that_differ_between_satker_make_no_findings_of_their_own(
    run: Run, edit: Edit
) -> None:
    edit("templates/pelantikan-ppk/isi.j2", "", "Kunjungi https://contoh.example.com/{{ satker }}\n")
    edit("rules.yaml", "paling_banyak: {facebook: 1200}", "paling_banyak: {facebook: 100}")

    status, said = run(*ONE_STAGE)

    assert status == 1
    assert len([one for one in said.splitlines() if " F4 in " in one]) == 1
    too_long = [one for one in said.splitlines() if " F2 in " in one]
    assert len(too_long) == len({one.partition(": ")[0] for one in too_long}) == 4, "One for each template."
    assert {"in 514 drafts" in one for one in too_long} == {True}


def test_a_template_that_cannot_be_filled_is_a_finding_and_the_rest_is_still_checked(
    run: Run, edit: Edit
) -> None:
    line = edit("templates/pengingat/pesan.j2", "{% block judul %}", "{% block judul %}{{ satkr }}")

    status, said = run(*ONE_STAGE)

    assert status == 1
    assert f"include/templates/pengingat/pesan.j2:{line}: block template in 514 drafts" in said
    assert "Did you mean satker?" in said
    assert f"{DRAFTS:,} drafts rendered and checked" in said


def test_a_warning_alone_leaves_the_exit_status_at_zero(run: Run, edit: Edit) -> None:
    edit("rules.yaml", "paling_banyak: {facebook: 1200}", "paling_banyak: {facebook: 100}")

    assert run(*ONE_STAGE)[0] == 0


def test_fast_reads_strictly_and_renders_nothing(run: Run, edit: Edit) -> None:
    edit("templates/pengingat/pesan.j2", "{% block judul %}", "{% block judul %}{{ satkr }}")

    status, said = run("check", "--fast")

    assert status == 0
    assert "all can be read" in said
    assert "drafts" not in said


def test_by_default_every_channel_is_checked_with_the_longest_names(run: Run, edit: Edit) -> None:
    edit("templates/x.j2", "{{ satker }}", "{{ 'panjang sekali ' * 20 }}{{ satker }}")

    status, said = run("check", "--calendar", "pilkada-2024", "--stage", "pelantikan-ppk", "--jobs", "1")

    found = [one for one in said.splitlines() if "block F1" in one]
    assert status == 1
    assert {one.partition(" in ")[2].partition(":")[0] for one in found} == {"10 drafts"}, (
        "Two kinds in three zones, two in Aceh, two in DKI."
    )
    assert "Teks X " in found[0]
    assert "8103 KPU Kabupaten Kepulauan Tanimbar x" in said
    assert "On facebook for every satker; on instagram, threads, x, telegram" in said


def test_a_channel_that_is_named_is_checked_for_every_satker(run: Run) -> None:
    status, said = run(*ONE_STAGE[:-1], "x")

    assert status == 0
    assert f"{DRAFTS:,} drafts rendered and checked" in said


def test_a_channel_that_is_not_there_is_an_error(run: Run) -> None:
    status, said = run(*ONE_STAGE[:-1], "twitter")

    assert status == 1
    assert "There is no channel 'twitter'; there are facebook, instagram" in said


def test_a_stage_that_no_calendar_has_is_an_error(run: Run) -> None:
    status, said = run("check", "--stage", "pelantikan-pkk")

    assert status == 1
    assert "pelantikan-pkk" in said


def test_several_processes_find_what_one_finds(include: Path, edit: Edit) -> None:
    edit("templates/isi.j2", "", "Simak hitung cepat.\n")
    edit("templates/pelantikan-ppk/isi.j2", "", "Lihat exit poll di {{ wilayah }}.\n")
    settings = Settings.from_environment()
    assert settings.include == include
    units = units_of(
        Tables.read(settings), channels=("facebook",), calendar="pilkada-2024", stage="pelantikan-ppk"
    )

    alone, together = (sweep(settings, units, jobs=jobs, advance=lambda _: None) for jobs in (1, 2))

    assert alone
    assert alone == together


def test_every_obligation_of_the_shipped_elections_is_in_some_unit() -> None:
    units = units_of(Tables.read(Settings.from_environment()), channels=("facebook",))

    assert sum(unit.drafts for unit in units if unit.calendar == "pilkada-2024") > 100_000
    assert {unit.calendar for unit in units} == {
        "pemilihan-ulang-2025",
        "pemilu-2024",
        "pilkada-2024",
        "psu-2025",
    }


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_that_fills() -> None:
    stream = Terminal()
    bar = Bar(4, noun="drafts", stream=stream)

    bar.advance(1)
    bar.advance(3)
    bar.close()

    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().count("\r") == 2
    assert "4 of 4 drafts" in stream.getvalue()


def test_a_log_sees_at_most_ten_plain_lines() -> None:
    stream = io.StringIO()
    bar = Bar(1000, noun="drafts", stream=stream)

    for _ in range(1000):
        bar.advance(1)
    bar.close()

    lines = stream.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("1,000 of 1,000 drafts")
