"""How a file that an editor keeps becomes a checked value, or one `InputError` and nothing.

Tolerated, because they change no value: a byte order mark at the start (Excel writes one) and CRLF line
ends. Not tolerated: any other encoding than UTF-8, control characters, and characters that cannot be
seen (non-breaking and zero-width spaces arrive by copying from the web and make equal names differ).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from kabar.errors import InputError
from kabar.explaining import explain, most_telling, suggestion
from kabar.values import Clock, Count, Day, Flag, Line, WrongValueError

__all__ = [
    "Clock",
    "Count",
    "Day",
    "Document",
    "Flag",
    "Line",
    "Location",
    "WrongValueError",
    "read_text",
    "suggestion",
]

Location: TypeAlias = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

LARGEST_BYTES = 5_000_000
#: Control characters, lone CR, and blanks that cannot be told from others or not be seen at all.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file (or one row of it) says, and the line on which it says so."""

    file: Path
    data: object
    #: Line, counted from 1, of each key, list item or cell; a location not here has the line around it.
    lines: Mapping[Location, int]

    @property
    def cells(self) -> dict[str, str]:
        """The texts of a row by column; `TypeError` for a document that is no row."""
        if not isinstance(self.data, dict):
            raise TypeError(type(self.data))
        return self.data

    def holding(self, data: object) -> Document:
        """Return the same place in the same file with other data, for what a row means."""
        return Document(self.file, data, self.lines)

    def line_of(self, location: Location) -> int | None:
        """Return the line of the innermost place that is known around `location`."""
        for length in range(len(location), -1, -1):
            if (line := self.lines.get(location[:length])) is not None:
                return line
        return None

    def key_of(self, location: Location) -> str:
        """Return the location as an editor would say it: `tahapan.kampanye.mulai`."""
        words: list[str] = []
        inner = self.data
        # pydantic marks a wrong key, as against a wrong value, by a last step of its own.
        for step in (step for step in location if step != "[key]"):
            word = str(step) if isinstance(step, str) else str(step + 1)
            if isinstance(inner, Mapping):
                inner = inner.get(step)
            elif isinstance(inner, tuple) and isinstance(step, int) and step < len(inner):
                inner = inner[step]
                if isinstance(inner, Mapping) and isinstance(inner.get("id"), str):
                    word = str(inner["id"])
            words.append(word)
        return ".".join(words) or "file"

    def error(self, location: Location, problem: str, remedy: str) -> InputError:
        """Return the error that names this file, the line and the key of `location`."""
        return InputError(
            problem, file=self.file, line=self.line_of(location), key=self.key_of(location), remedy=remedy
        )

    def unknown(self, location: Location, word: str, known: Collection[str]) -> InputError:
        """Return the error for a reference to something that does not exist."""
        return self.error(location, f"`{word}` is not known.", suggestion(word, known))

    def read_as(self, model: type[Model]) -> Model:
        """Return the whole document as `model`; only the editors' Indonesian keys count.

        Raises:
            InputError: the first thing that is wrong, unknown keys before all others.
        """
        try:
            return model.model_validate(self.data, by_alias=True, by_name=False)
        except ValidationError as failure:
            details = failure.errors(include_url=False)
        worst = most_telling(details)
        problem, remedy = explain(worst, details, model)
        raise self.error(self._in_file(worst["loc"]), problem, remedy)

    def _in_file(self, location: Location) -> Location:
        """Leave out the steps that stand in no file: a choice between models adds the chosen one's name."""
        inner, place = self.data, list[str | int]()
        for number, step in enumerate(location, start=1):
            known = step in inner if isinstance(inner, Mapping) else isinstance(step, int)
            if not known and number < len(location):
                continue
            place.append(step)
            if isinstance(inner, Mapping):
                inner = inner.get(step)
            elif isinstance(inner, tuple) and isinstance(step, int) and step < len(inner):
                inner = inner[step]
        return tuple(place)


def read_text(path: Path) -> str:
    """Return the text of a file, with plain line ends and without a byte order mark.

    Raises:
        InputError: no such file, not readable, too large, not UTF-8, empty, or with unseen characters.
    """
    try:
        raw = path.read_bytes()
    except OSError as failure:
        reason = failure.strerror or "cannot be read"
        raise _whole(
            path, f"the file cannot be read ({reason}).", "Put the file there and let it be readable."
        ) from None
    if len(raw) > LARGEST_BYTES:
        raise _whole(path, f"the file has {len(raw):,} bytes.", "Keep it below 5 MB; is it the right file?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = raw.count(b"\n", 0, failure.start) + 1
        raise InputError(
            "the text is not UTF-8.",
            file=path,
            line=line,
            key="file",
            remedy="Save it as UTF-8; in Excel choose `CSV UTF-8 (comma delimited)`.",
        ) from None
    text = text.replace("\r\n", "\n")
    if unseen := UNSEEN.search(text):
        raise InputError(
            f"an unseen character (U+{ord(unseen.group()):04X}) hides in the text.",
            file=path,
            line=text.count("\n", 0, unseen.start()) + 1,
            key="file",
            remedy="Delete it and type the blank or line end again.",
        )
    if not text.strip():
        raise _whole(path, "the file is empty.", "Restore it from the last version.")
    return text


def _whole(path: Path, problem: str, remedy: str) -> InputError:
    return InputError(problem, file=path, line=None, key="file", remedy=remedy)
