"""What a template of an editor may fail with, said as one error with its file, line and remedy."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Final, NoReturn

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import SecurityError, UndefinedError

from kabar.errors import InputError

#: What an expression in a template may fail with, besides the errors that Jinja2 names itself.
FAULTS: Final = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def blame(error: Exception, *, folder: Path, name: str, values: Mapping[str, object]) -> NoReturn:
    """Raise the InputError that names the template's file and line for one of `FAULTS`."""
    file, line = place_of(error, folder=folder, name=name)
    raise InputError(
        f"the template cannot be filled: {error}.",
        file=file,
        line=line,
        key=name,
        remedy=_remedy(error, values),
    ) from error


def place_of(error: Exception, *, folder: Path, name: str) -> tuple[Path, int | None]:
    """Find the file and the line of a template in which an error arose; of several, the innermost."""
    file, line = folder / name, None
    if isinstance(error, TemplateSyntaxError):
        return folder / (error.name or name), error.lineno
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.endswith(".j2"):
            file, line = Path(frame.filename), frame.lineno
    return file, line


def _remedy(error: Exception, values: Mapping[str, object]) -> str:
    if isinstance(error, TemplateNotFound):
        return f"Create {error.name} in the folder of templates, or name one that is there."
    if isinstance(error, TemplateSyntaxError):
        return "Close every {% block %} and {% if %}, and write values as {{ name }}."
    if isinstance(error, SecurityError):
        return "A template may only write its values; remove the access to Python."
    if isinstance(error, UndefinedError):
        missing = re.findall(r"'([^']+)' is undefined", str(error))
        hint = _hint(missing[0], tuple(values)) if missing else ""
        return f"{hint}A template knows: {', '.join(sorted(values))}."
    return "Simplify the expression: values are texts, whole numbers or true and false."


@lru_cache(maxsize=64)
def _hint(missing: str, known: tuple[str, ...]) -> str:
    """Suggest a name; remembered, because a fault in a template is met once for each satker."""
    close = get_close_matches(missing, known, n=1)
    return f"Did you mean {close[0]}? " if close else ""
