from __future__ import annotations

from pathlib import Path

import pytest
from writing import Find

from kabar.calendar import Calendar
from kabar.content import open_templates, render
from kabar.errors import InputError


def _failure(folder: Path, source: str, find: Find, calendars: dict[str, Calendar]) -> InputError:
    (folder / "hari_h").mkdir()
    (folder / "hari_h" / "facebook.j2").write_text(source, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        render(find("coklit|H"), calendar=calendars["pilkada-2024"], templates=folder)
    assert caught.value.file == folder / "hari_h" / "facebook.j2"
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ satker.__class__.__mro__ }}",
        "{{ satker.format.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ '{0.__class__}'.format(satker) }}",
        "{{ cycler.__init__ }}",
        "{{ range(9) }}",
        "{{ config }}",
    ],
)
def test_a_template_cannot_reach_python(
    tmp_path: Path, source: str, find: Find, calendars: dict[str, Calendar]
) -> None:
    assert _failure(tmp_path, f"\n{source}", find, calendars).line == 2


@pytest.mark.parametrize(
    "source",
    [
        "{% include '../rahasia.j2' %}",
        "{% extends '/etc/passwd' %}",
        "{% import 'tidak_ada.j2' as lain %}",
    ],
)
def test_a_template_cannot_read_outside_its_folder(
    tmp_path: Path, source: str, find: Find, calendars: dict[str, Calendar]
) -> None:
    (tmp_path / "rahasia.j2").write_text("rahasia", encoding="utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()
    assert "cannot be filled" in _failure(folder, source, find, calendars).problem


def test_an_unknown_value_names_its_line_and_the_nearest_known_one(
    tmp_path: Path, find: Find, calendars: dict[str, Calendar]
) -> None:
    failure = _failure(tmp_path, "Halo\n\n{{ satkr }}", find, calendars)
    assert failure.line == 3
    assert failure.remedy.startswith("Did you mean satker?")


def test_a_syntax_error_names_its_line(tmp_path: Path, find: Find, calendars: dict[str, Calendar]) -> None:
    failure = _failure(tmp_path, "Halo\n{% if satker %}\n{% endfor %}", find, calendars)
    assert failure.line == 3
    assert "Close every" in failure.remedy


@pytest.mark.parametrize(
    "source", ["{{ 1 // 0 }}", "{{ satker + 1 }}", "{{ satker | tidak_ada }}", "{{ satker() }}"]
)
def test_an_expression_that_fails_is_an_input_error(
    tmp_path: Path, source: str, find: Find, calendars: dict[str, Calendar]
) -> None:
    assert _failure(tmp_path, source, find, calendars).line == 1


def test_a_template_that_includes_itself_is_an_input_error(
    tmp_path: Path, find: Find, calendars: dict[str, Calendar]
) -> None:
    assert (
        "cannot be filled"
        in _failure(tmp_path, "{% include 'hari_h/facebook.j2' %}", find, calendars).problem
    )


def test_a_template_that_is_not_utf_8_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "isi.j2").write_bytes(b"Pemilih \xe9")
    with pytest.raises(InputError, match="UTF-8") as caught:
        open_templates(tmp_path)
    assert caught.value.file == tmp_path / "isi.j2"


def test_a_missing_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        open_templates(tmp_path / "tidak_ada")
