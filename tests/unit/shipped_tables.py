"""Where the shipped tables are, and on which line they say what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kabar.settings import REPOSITORY

INCLUDE = REPOSITORY / "include"

#: Give the name of a shipped file, a text in it and what an editor wrote instead; get the copy's path.
Edit = Callable[[str, str, str], Path]


def line_of(name: str, text: str) -> int:
    """Return the line, from 1, on which a shipped file first has a text."""
    whole = (INCLUDE / name).read_text(encoding="utf-8")
    return whole.count("\n", 0, whole.index(text)) + 1
