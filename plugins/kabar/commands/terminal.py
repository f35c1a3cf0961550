"""What a command tells the person at the terminal: sentences, tables, and how far it has come."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Final, TextIO

_BAR: Final = 30
#: Where nobody watches a bar move, one line for each tenth is enough.
_LINES: Final = 10


def say(sentence: str = "") -> None:
    """Print one line."""
    sys.stdout.write(sentence + "\n")


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """Lay out rows in columns, headings first; columns whose number is in `right` are set to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


class Bar:
    """How much of a long job is done: a bar on a terminal, a few plain lines elsewhere."""

    def __init__(self, total: int, *, noun: str, stream: TextIO = sys.stderr) -> None:
        self._total = total
        self._noun = noun
        self._stream = stream
        self._started = time.monotonic()
        self._is_terminal = stream.isatty()
        self._done = 0
        self._shown = 0

    def advance(self, number: int) -> None:
        """Say that so many more are done."""
        self._done += number
        if self._is_terminal:
            self._draw()
            return
        tenth = self._done * _LINES // self._total if self._total else _LINES
        if tenth > self._shown:
            self._shown = tenth
            self._stream.write(f"{self._words()}\n")
            self._stream.flush()

    def close(self) -> None:
        """Leave the line of the bar."""
        if self._is_terminal:
            self._stream.write("\n")

    def _draw(self) -> None:
        filled = _BAR * self._done // self._total if self._total else _BAR
        self._stream.write(f"\r{'█' * filled}{'·' * (_BAR - filled)} {self._words()}")
        self._stream.flush()

    def _words(self) -> str:
        seconds = time.monotonic() - self._started
        return f"{self._done:,} of {self._total:,} {self._noun}, {seconds:.0f} s"
