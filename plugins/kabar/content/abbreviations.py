"""Abbreviations that a citizen need not know: each is written out where it first appears in a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from kabar.content.line_by_line import REMEMBERED
from kabar.content.wording import sentence_case
from kabar.yaml_file import read_yaml


class Abbreviations:
    """A table of short and long forms that explains a text."""

    def __init__(self, long_forms: Mapping[str, str]) -> None:
        self.long_forms = dict(long_forms)
        #: What the table says, for the digest of a template.
        self.source = "\n".join(f"{short}={long}" for short, long in sorted(long_forms.items()))
        shorts = "|".join(sorted(map(re.escape, long_forms), key=len, reverse=True))
        longs = "|".join(map(re.escape, long_forms.values()))
        self._pattern = re.compile(
            rf"(?i:{longs}) \((?P<explained>{shorts})\)|(?<![#@./\w-])(?P<bare>{shorts})(?P<yours>-mu)?\b"
        )
        # No form runs over a line end, so a line can be explained by itself, and 553 satker share most lines.
        self._in_line = lru_cache(maxsize=REMEMBERED)(self._explain_line)

    def explain(self, text: str) -> str:
        """Write each abbreviation out where it comes first; a later explanation shrinks to the short form.

        A word that begins a sentence begins with a capital: `Tempat pemungutan suara (TPS) dibuka`.
        """
        if not self.long_forms:
            return text
        explained: list[str] = []
        seen: frozenset[str] = frozenset()
        for line in text.split("\n"):
            words, seen = self._in_line(line, seen)
            explained.append(words)
        return "\n".join(explained)

    def _explain_line(self, line: str, before: frozenset[str]) -> tuple[str, frozenset[str]]:
        """Explain one line, given the abbreviations of the lines before; gives all seen by now as well."""
        seen = set(before)

        def write(found: re.Match[str]) -> str:
            short = found["explained"] or found["bare"]
            begins = line[: found.start()].rstrip(" ")[-1:] in {"", ".", "?", "!"}
            case = sentence_case if begins else str
            if short in seen:
                return case(short) + (found["yours"] or "")
            seen.add(short)
            if found["explained"]:
                return found[0]
            return f"{case(self.long_forms[short])}{'mu' if found['yours'] else ''} ({short})"

        return self._pattern.sub(write, line), frozenset(seen)


def read_abbreviations(file: Path) -> Abbreviations:
    """Read `singkatan.yaml`: a short form and its long form a line; a missing file explains nothing.

    InputError when the file is no such table.
    """
    if not file.exists():
        return Abbreviations({})
    document = read_yaml(file)
    table = document.data
    if not isinstance(table, Mapping):
        raise document.error((), "is not a table.", "Write `PPS: Panitia Pemungutan Suara`.")
    for short, long in table.items():
        if not isinstance(long, str) or not long.strip() or "\n" in short + long:
            raise document.error((short,), "has no long form.", "Write `PPS: Panitia Pemungutan Suara`.")
    return Abbreviations(table)
