"""The plain values that editors write: a line of text, a day, an hour, a number, a yes or no."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Strict

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


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
    if isinstance(value, str) and CLOCK.fullmatch(value):
        return time.fromisoformat(value)
    if isinstance(value, time):
        return value
    raise WrongValueError(f"{value!r} is not a time of day.", "Write hours and minutes, as in '08:00'.")


def _plain_day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    remedy = "Write year-month-day without quotes, as in 2024-11-27."
    raise WrongValueError(f"{value!r} is not a date.", remedy)


#: One line of text, not empty, without blanks around it.
Line = Annotated[str, AfterValidator(_one_line)]
#: A calendar day, never a moment.
Day = Annotated[date, BeforeValidator(_plain_day)]
#: A local time of day, precise to the minute.
Clock = Annotated[time, BeforeValidator(_clock)]
#: A whole number, not a text that looks like one.
Count = Annotated[int, Strict()]
#: true or false.
Flag = Annotated[bool, Strict()]
