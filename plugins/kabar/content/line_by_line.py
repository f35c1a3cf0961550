"""Searching line by line, and remembering what was found: 553 satker share most lines of a message.

Exact only for patterns that can neither match a line end nor look further than one character past it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

#: More lines than the messages of one tonggak have; they come one tonggak after another.
REMEMBERED = 16_384


def found_in(lines: Iterable[str], pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Give all that a pattern finds in the lines, in their order, each once."""
    return tuple(dict.fromkeys(words for line in lines for words in _found(pattern, line)))


@lru_cache(maxsize=REMEMBERED)
def _found(pattern: re.Pattern[str], line: str) -> tuple[str, ...]:
    return tuple(found[0] for found in pattern.finditer(line))
