"""How a file that an editor keeps becomes a checked value, or one `InputError` and nothing.

Tolerated, because they change no value: a byte order mark at the start (Excel writes one) and CRLF line
ends. Not tolerated: any other encoding than UTF-8, control characters, and characters that cannot be
seen (non-breaking and zero-width spaces arrive by copying from the web and make equal names differ).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Strict, ValidationError
from pydantic_core import ErrorDetails

from kabar.errors import InputError

Location: TypeAlias = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

LARGEST_BYTES = 5_000_000
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
)
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class WrongValueError(ValueError):
    """A value that its type refuses, with the remedy that the editor is told."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem} {remedy}")


def _one_line(text: str) -> str:
    if not text.strip():
        raise WrongValueError("is empty.", "Write a text, or leave the key out where it is optional.")
    if text != text.strip():
        raise WrongValueError(f"{text!r} begins or ends with a blank.", "Remove the blank.")
    if "\n" in text:
        raise WrongValueError("runs over several lines.", "Write it on one line.")
    return text


def _clock(value: object) -> object:
    if isinstance(value, str):
        if not CLOCK.fullmatch(value):
            raise WrongValueError(
                f"{value!r} is not a time of day.", "Write hours and minutes, as in '08:00'."
            )
        return time.fromisoformat(value)
    if isinstance(value, time):
        return value
    raise WrongValueError(f"{value!r} is not a time of day.", "Write hours and minutes, as in '08:00'.")


def _plain_day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise WrongValueError(
        f"{value!r} is not a date.", "Write year-month-day without quotes, as in 2024-11-27."
    )


#: One line of text, not empty, without blanks around it.
Line = Annotated[str, AfterValidator(_one_line)]
#: A calendar day, never a moment.
Day = Annotated[date, BeforeValidator(_plain_day)]
#: A local time of day, minutes precise.
Clock = Annotated[time, BeforeValidator(_clock)]
Count = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the remedy for a word that nobody knows: the nearest known one, else all of them."""
    choices = sorted(known)
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else f"Write one of: {', '.join(choices) or 'nothing'}."


@dataclass(frozen=True, slots=True)
class Document:
    """What a file (or one row of it) says, and the line on which it says so."""

    file: Path
    data: object
    #: Line, counted from 1, of each key, list item or cell; a location not here has the line around it.
    lines: Mapping[Location, int]

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
        for step in location:
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
        worst = min(details, key=lambda detail: detail["type"] != "extra_forbidden")
        problem, remedy = _explain(worst, details, model)
        raise self.error(worst["loc"], problem, remedy)


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel]:
    for step in location:
        for name, field in model.model_fields.items():
            if step in (field.alias, name):
                model = next(iter(_models_in(field.annotation)), model)
                break
    return model


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for inner in getattr(annotation, "__args__", ()) for found in _models_in(inner)]


def _explain(detail: ErrorDetails, details: list[ErrorDetails], model: type[BaseModel]) -> tuple[str, str]:
    location, value = detail["loc"], detail["input"]
    context = detail.get("ctx", {})
    if isinstance(context.get("error"), WrongValueError):
        return context["error"].problem, context["error"].remedy
    match detail["type"]:
        case "extra_forbidden" if value is None:
            return (
                "is not a key that belongs here.",
                "If it belongs to a text with a comma, put that text in quotes.",
            )
        case "extra_forbidden":
            missing = [
                str(d["loc"][-1])
                for d in details
                if d["type"] == "missing" and d["loc"][:-1] == location[:-1]
            ]
            fields = _model_at(model, location[:-1]).model_fields
            known = [field.alias or name for name, field in fields.items()]
            near = get_close_matches(str(location[-1]), missing, n=1, cutoff=0.5)
            return "is not a key that belongs here.", suggestion(
                near[0] if near else str(location[-1]), known
            )
        case "missing":
            return "is missing.", f"Add `{location[-1]}`."
        case "string_type" if isinstance(value, tuple | dict):
            return (
                "is a list or a table where one text belongs.",
                "Write one text; put it in quotes if it has `: ` or `[`.",
            )
        case "string_type":
            return f"is read as {_kind(value)}, not as text.", f"Put it in quotes: '{value}'."
        case "literal_error":
            known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
            return f"`{value}` is not allowed here.", suggestion(str(value), known)
        case "tuple_type":
            return f"is {_kind(value)} where a list belongs.", "Write a list in square brackets: [a, b]."
        case "model_type" | "dict_type" | "mapping_type":
            return f"is {_kind(value)} where keys with values belong.", "Write `key: value` pairs."
        case "int_type":
            return f"is {_kind(value)}, not a whole number.", "Write digits only, without quotes."
        case "bool_type":
            return f"is {_kind(value)}, not a yes or no.", "Write true or false, without quotes."
    return f"{detail['msg']}.", "Correct the value."


def _kind(value: object) -> str:
    names = {bool: "a yes or no", int: "a number", float: "a number", str: "a text", tuple: "a list"}
    names |= {dict: "a table", date: "a date", type(None): "empty"}
    return names.get(type(value), "something else")


def read_text(path: Path) -> str:
    """Return the text of a file, line ends as `\\n`, without a byte order mark.

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
    if (unseen := UNSEEN.search(text)) or (unseen := re.search("\r", text)):
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
