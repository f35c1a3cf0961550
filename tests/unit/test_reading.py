"""How files are read, whatever saved them: encodings, separators, unseen characters, strict YAML."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kabar.csv_file import read_csv
from kabar.errors import InputError
from kabar.yaml_file import read_yaml


def write(folder: Path, raw: bytes | str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return path


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = read_csv(write(tmp_path, "kode,nama\n01,Siak\n"), ("kode", "nama"))
    windows = read_csv(write(tmp_path, "\ufeffkode,nama\r\n01,Siak\r\n"), ("kode", "nama"))
    assert [row.cells for row in windows] == [row.cells for row in plain] == [{"kode": "01", "nama": "Siak"}]


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    (row,) = read_csv(write(tmp_path, "nama,kode\nSiak,01\n"), ("kode", "nama"))
    assert row.cells == {"nama": "Siak", "kode": "01"}


def test_a_row_knows_its_line_beyond_empty_lines(tmp_path: Path) -> None:
    rows = read_csv(write(tmp_path, "kode,nama\n01,a\n\n\n02,b\n"), ("kode", "nama"))
    assert [row.line_of(()) for row in rows] == [2, 5]


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        pytest.param(b"kode;nama\n01;Siak\n", 1, "CSV UTF-8 (comma delimited)", id="semicolons"),
        pytest.param(b"kode\tnama\n01\tSiak\n", 1, "separated by tabs", id="tabs"),
        pytest.param(b"kode,nama\n01,Ca\xf1on\n", 2, "not UTF-8", id="Windows-1252"),
        pytest.param("kode,nama\n01,Siak\u00a0Baru\n", 2, "U+00A0", id="a non-breaking space"),
        pytest.param("kode,nama\n0\u200b1,Siak\n", 2, "U+200B", id="a zero-width space"),
        pytest.param(b"kode,nama\n01,Si\x00ak\n", 2, "U+0000", id="a NUL byte"),
        pytest.param(b"kode,nama\r01,Siak\r", 1, "U+000D", id="line ends of an old Mac"),
        pytest.param(b"", None, "is empty", id="an empty file"),
        pytest.param(b"\xef\xbb\xbf\r\n", None, "is empty", id="nothing but a mark"),
        pytest.param(b"kode,nma\n01,Siak\n", 1, "Did you mean `nama`?", id="a typo in a column"),
        pytest.param(b"kode\n01\n", 1, "is a column that is missing", id="a column left out"),
        pytest.param(b"kode,nama,nama\n01,a,b\n", 1, "stands twice", id="a column twice"),
        pytest.param(b'kode,nama\n01,"Siak\n02,b\n', 2, "Close the quotes", id="an open quote"),
        pytest.param(b'kode,nama\n01,"a\nb"\n', 2, "several lines", id="a line end in a cell"),
        pytest.param(b"kode,nama\n01, Siak\n", 2, "Remove the blank", id="a blank before a value"),
        pytest.param(b"PK\x03\x04\x14\x00", 1, "U+0003", id="an Excel workbook"),
    ],
)
def test_a_table_saved_wrongly_is_one_error_with_line_and_remedy(
    tmp_path: Path, raw: bytes | str, line: int | None, says: str
) -> None:
    path = write(tmp_path, raw)
    with pytest.raises(InputError) as caught:
        read_csv(path, ("kode", "nama"))
    assert (caught.value.file, caught.value.line) == (path, line)
    assert says in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_csv(tmp_path / "satker.csv", ("kode",))


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"):
        read_yaml(tmp_path)


def test_a_file_of_unreasonable_size_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="below 5 MB"):
        read_yaml(write(tmp_path, b"a: 1\n" * 1_100_000, "big.yaml"))


def test_yaml_values_are_plain_and_know_their_lines(tmp_path: Path) -> None:
    document = read_yaml(write(tmp_path, "a: 1\nb:\n  - 2024-11-27\n  - {c: ya, d: '01'}\n", "x.yaml"))
    assert document.data == {"a": 1, "b": (date(2024, 11, 27), {"c": "ya", "d": "01"})}
    assert document.line_of(("b", 1, "d")) == 4


@pytest.mark.parametrize("text", ["10:00", "01", "0x1F", "1_000", "99999999999999999999"])
def test_what_yaml_would_secretly_convert_stays_the_text_that_was_written(tmp_path: Path, text: str) -> None:
    assert read_yaml(write(tmp_path, f"jam: {text}\n", "x.yaml")).data == {"jam": text}


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", 3, "stands twice (first in line 1)", id="a doubled key"),
        pytest.param("a: &x 1\nb: *x\n", 2, "alias", id="an alias"),
        pytest.param("a: &x [*x]\n", 1, "alias", id="an alias to itself"),
        pytest.param("a: {b: 1}\nc:\n  <<: {b: 1}\n", 3, "is not a key", id="a merge key"),
        pytest.param("a: !!python/object:os.system x\n", 1, "tag", id="a tag of Python"),
        pytest.param("a: !!binary aGk=\n", 1, "tag", id="a tag of YAML"),
        pytest.param("a: 1\n---\nb: 2\n", 2, "not YAML", id="a second document"),
        pytest.param("- a\n- b\n", 1, "does not begin with `key: value`", id="a list"),
        pytest.param("just a text\n", 1, "does not begin with `key: value`", id="a text"),
        pytest.param("# nothing\n", 1, "does not begin with `key: value`", id="comments only"),
        pytest.param("a: 1\nb: [1, 2\nc: 3\n", 3, "not YAML", id="an open bracket"),
        pytest.param("a:\n\tb: 1\n", 2, "not YAML", id="a tab"),
        pytest.param("a: b: c\n", 1, "not YAML", id="a colon in a text"),
        pytest.param("x: 1\na: 2024-02-30\n", 2, "not a day of the calendar", id="30 February"),
        pytest.param("a: 2024-11-27T07:00:00\n", 1, "not a plain date", id="a moment for a day"),
        pytest.param("1: a\n", 1, "is not a key", id="a number as key"),
        pytest.param("[a]: b\n", 1, "is not a key", id="a list as key"),
        pytest.param("a: " + "[" * 50_000, 1, "too deep", id="brackets without end"),
        pytest.param("a: " + "[" * 20 + "]" * 20, 1, "too deep", id="brackets too deep"),
        pytest.param("- " * 20_000 + "a\n", 1, "too deep", id="dashes without end"),
    ],
)
def test_yaml_beyond_the_plain_part_is_refused_with_its_line(
    tmp_path: Path, raw: str, line: int, says: str
) -> None:
    path = write(tmp_path, raw, "x.yaml")
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    assert (caught.value.file, caught.value.line) == (path, line)
    assert says in str(caught.value)
