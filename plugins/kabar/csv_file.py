"""Tables that editors keep as CSV: commas, one header, every cell read as text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from kabar.errors import InputError
from kabar.reading import Document, read_text, suggestion

SAVE_WITH_COMMAS = (
    "Save it with commas: in Excel choose `CSV UTF-8 (comma delimited)`, "
    "in LibreOffice the field delimiter `,`."
)


def read_csv(path: Path, columns: Sequence[str]) -> tuple[Document, ...]:
    """Return one document a row, each a dict of column to text; empty lines are passed over.

    The header must hold exactly `columns`, in any order. A file with a header and no rows is valid.

    Raises:
        InputError: not readable as text, semicolons or tabs instead of commas, another header,
            a row with too many or too few cells, an open quote, a blank around a value.
    """
    records = _records(path)
    line, header = next(records)
    _check_header(path, line, header, columns)
    return tuple(_row(path, line, header, cells) for line, cells in records)


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(read_text(path).split("\n"), strict=True)
    line = 1
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as failure:
            raise _wrong(path, line, "row", f"this is not CSV: {failure}.", "Close the quotes.") from None
        if cells is None:
            return
        if reader.line_num > line:
            raise _wrong(
                path, line, "row", "a cell runs over several lines.", "Close the quotes on this line."
            )
        if cells:
            yield line, cells


def _check_header(path: Path, line: int, header: list[str], columns: Sequence[str]) -> None:
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if separator in "".join(header):
            raise _wrong(path, line, "header", f"the columns are separated by {name}.", SAVE_WITH_COMMAS)
    for column in header:
        if column not in columns:
            missing = [name for name in columns if name not in header]
            raise _wrong(
                path, line, column or "header", "is not a column of this table.", suggestion(column, missing)
            )
        if header.count(column) > 1:
            raise _wrong(path, line, column, "is a column that stands twice.", "Keep one of the two.")
    for column in columns:
        if column not in header:
            raise _wrong(
                path, line, column, "is a column that is missing.", f"The header is: {','.join(columns)}"
            )


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> Document:
    if len(cells) != len(header):
        problem = f"the row has {len(cells)} cells, the header {len(header)}."
        raise _wrong(path, line, "row", problem, "Put a value that holds a comma in double quotes.")
    for column, cell in zip(header, cells, strict=True):
        if cell != cell.strip():
            raise _wrong(path, line, column, f"{cell!r} begins or ends with a blank.", "Remove the blank.")
    return Document(path, dict(zip(header, cells, strict=True)), {(): line})


def _wrong(path: Path, line: int, key: str, problem: str, remedy: str) -> InputError:
    return InputError(problem, file=path, line=line, key=key, remedy=remedy)
