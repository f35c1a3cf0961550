from __future__ import annotations

from pathlib import Path

from commanding import Edit, Run


def test_the_shipped_calendars_have_doubts_but_nothing_wrong(run: Run) -> None:
    status, said = run("calendar", "check")

    assert status == 0
    assert "4 calendars: 0 wrong" in said


def test_a_remark_names_file_and_line(run: Run, edit: Edit) -> None:
    line = edit("calendars/pilkada_2024.yaml", "    selesai: 2024-10-28", "    selesai: 2024-10-26")

    status, said = run("calendar", "check")

    assert status == 1
    assert f"include/calendars/pilkada_2024.yaml:{line}: wrong: pindah-memilih-h30 ends on 2024-10-26" in said
    assert "2024-10-28" in said


def test_one_calendar_that_cannot_be_read_does_not_silence_the_others(run: Run, include: Path) -> None:
    (include / "calendars/aaa.yaml").write_text("kode: [\n", encoding="utf-8")

    status, said = run("calendar", "check")

    assert status == 1
    assert "aaa.yaml:" in said
    assert "5 calendars: 1 wrong" in said
    assert "psu_2025.yaml" in said


def test_a_skeleton_is_written_once_and_never_over_a_file(run: Run) -> None:
    status, said = run("calendar", "new", "pilkada-2029")
    text = Path("pilkada-2029.yaml").read_text(encoding="utf-8")
    again = run("calendar", "new", "pilkada-2029")

    assert status == 0
    assert "fill" in said
    assert again[0] == 1
    assert Path("pilkada-2029.yaml").read_text(encoding="utf-8") == text


def test_a_skeleton_with_its_blanks_is_refused_with_a_line(run: Run) -> None:
    run("calendar", "new", "pilkada-2029")

    status, said = run("calendar", "check", "pilkada-2029.yaml")

    assert status == 1
    assert "pilkada-2029.yaml:" in said


def test_a_code_that_is_no_slug_writes_nothing(run: Run) -> None:
    status, _ = run("calendar", "new", "Pilkada 2029")

    assert status == 1
    assert list(Path.cwd().glob("*.yaml")) == []


def test_a_difference_is_one_line_and_asks_for_a_new_version(run: Run, include: Path, edit: Edit) -> None:
    old = Path("old.yaml")
    old.write_bytes((include / "calendars/pilkada_2024.yaml").read_bytes())
    edit("calendars/pilkada_2024.yaml", "    selesai: 2024-10-28", "    selesai: 2024-10-26")

    status, said = run("calendar", "diff", "old.yaml", str(include / "calendars/pilkada_2024.yaml"))

    assert status == 0
    assert "moved pindah-memilih-h30 selesai: 2024-10-28 → 2024-10-26" in said
    assert "moved pindah-memilih-h30|akhir-30 tonggak: 2024-09-28 09.00 → 2024-09-26 09.00" in said
    assert "Raise `versi` above 1" in said


def test_a_calendar_does_not_differ_from_itself(run: Run, include: Path) -> None:
    file = str(include / "calendars/pilkada_2024.yaml")

    assert run("calendar", "diff", file, file) == (0, "No difference.\n")
