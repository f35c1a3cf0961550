"""Where the words of a message come from: the template files behind it, and the line of a phrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from kabar.content.rendering import render
from kabar.content.templates import Templates
from kabar.plan import Obligation
from kabar.reading import Document

#: What a template does and remarks, as against what it says.
_CODE: Final = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_REMARK: Final = re.compile(r"\{#.*?#\}", re.DOTALL)
_NAME: Final = re.compile(r"\b[a-z_]+\b")
#: The words that a finding names: in quotation marks, or a hashtag, an account, a host, a short form.
_NAMED: Final = re.compile(r"“([^”]+)”|(#\w+|@[\w.]+\w)|Tautan ke (\S+\w)|Singkatan (\w+)")
#: Keys of a stage in its calendar whose text a template prints.
_PRINTED: Final = ("ringkasan", "ajakan", "nama", "tautan")


class Origin(NamedTuple):
    """The place an editor has to look at."""

    file: Path
    #: None when nothing tells from which line of the file the words came.
    line: int | None

    def __str__(self) -> str:
        """Write it so that a terminal can open it: `include/templates/isi.j2:3`, as seen from here."""
        here = Path.cwd()
        file = self.file.relative_to(here) if self.file.is_relative_to(here) else self.file
        return f"{file}:{self.line}" if self.line else str(file)


def templates_of(obligation: Obligation, templates: Templates) -> tuple[str, ...]:
    """Name the templates that a message is built with, the chosen one first.

    InputError as `render`.
    """
    looked_at = templates.unused()
    render(obligation, calendar=obligation.calendar, templates=looked_at)
    return tuple(dict.fromkeys(looked_at.loaded))


def facts_named_in(templates: Templates, names: tuple[str, ...]) -> frozenset[str]:
    """Give every name that the code in these templates mentions; facts are among them."""
    return frozenset(
        word
        for name in names
        for code in _CODE.findall(_REMARK.sub("", templates.source_of(name)))
        for word in _NAME.findall(code)
    )


class Origins:
    """Finds the line from which the words of a finding came: in its templates, else in its calendar."""

    def __init__(self, templates: Templates, calendars: Mapping[str, Document]) -> None:
        self._templates = templates
        #: By code of the calendar.
        self._calendars = calendars
        self._used: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def of(self, message: str, obligation: Obligation) -> Origin:
        """Give the place of the words that a finding's message names; else the chosen template's file.

        Templates that only some satker of a tonggak use are looked for at the first of them alone.
        """
        names = self._templates_of(obligation)
        for phrase in _phrases(message):
            for name in names:
                if line := _line_of(phrase, _CODE.sub(_only_line_ends, self._templates.source_of(name))):
                    return Origin(self._templates.folder / name, line)
            if place := self._in_calendar(phrase, obligation):
                return place
        return Origin(self._templates.folder / names[0], None)

    def _templates_of(self, obligation: Obligation) -> tuple[str, ...]:
        key = (obligation.calendar.code, obligation.tonggak.key, obligation.channel)
        if key not in self._used:
            self._used[key] = templates_of(obligation, self._templates)
        return self._used[key]

    def _in_calendar(self, phrase: str, obligation: Obligation) -> Origin | None:
        document = self._calendars[obligation.calendar.code]
        place = ("tahapan", obligation.calendar.stages.index(obligation.stage))
        texts = {
            "ringkasan": obligation.stage.summary,
            "ajakan": obligation.stage.call_to_action,
            "nama": obligation.stage.title,
            "tautan": str(obligation.stage.link or ""),
        }
        for key in _PRINTED:
            if _line_of(phrase, texts[key]):
                return Origin(document.file, document.line_of((*place, key)))
        return None


def _phrases(message: str) -> Iterator[str]:
    for found in _NAMED.findall(message):
        yield from (words for words in found if words)


def _line_of(phrase: str, text: str) -> int | None:
    sought = " ".join(phrase.casefold().split())
    for number, line in enumerate(text.casefold().splitlines(), start=1):
        if sought in " ".join(line.split()):
            return number
    return None


def _only_line_ends(found: re.Match[str]) -> str:
    # Something stands where a value is printed, so that the words on both sides are no phrase.
    return "\n" * found[0].count("\n") or "\ufffd"
