"""What pydantic found wrong, said to an editor: the problem and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from kabar.values import WrongValueError

#: By pydantic's name of the error; `{kind}`, `{value}` and `{key}` are filled in.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("is missing.", "Add `{key}`."),
    "string_type": ("is {kind} where a text belongs.", "Write one text; put it in quotes: '{value}'."),
    "tuple_type": ("is {kind} where a list belongs.", "Write a list in square brackets: [a, b]."),
    "model_type": ("is {kind} where keys with values belong.", "Write `key: value` pairs."),
    "mapping_type": ("is {kind} where keys with values belong.", "Write `key: value` pairs."),
    "dict_type": ("is {kind} where keys with values belong.", "Write `key: value` pairs."),
    "int_type": ("is {kind}, not a whole number.", "Write digits only, without quotes."),
    "bool_type": ("is {kind}, not a yes or no.", "Write true or false, without quotes."),
    "too_short": ("is an empty list.", "Name at least one."),
}
KINDS = {
    bool: "a yes or no",
    int: "a number",
    float: "a number",
    str: "a text",
    tuple: "a list",
    dict: "a table",
    date: "a date",
    type(None): "empty",
}


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the remedy for a word that nobody knows: the nearest known one, else some of them."""
    choices = sorted(known)
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    shown = ", ".join(choices[:12]) + (", …" if len(choices) > len(choices[:12]) else "")
    return f"Write one of: {shown}." if choices else "Nothing may stand here."


def most_telling(details: Sequence[ErrorDetails]) -> ErrorDetails:
    """Return the one error an editor should hear: a key with a typo explains the key that is missing."""
    return min(details, key=lambda detail: detail["type"] != "extra_forbidden")


def explain(detail: ErrorDetails, details: Sequence[ErrorDetails], model: type[BaseModel]) -> tuple[str, str]:
    """Return problem and remedy of one error among the `details` of reading something as `model`."""
    value, context = detail["input"], detail.get("ctx", {})
    if isinstance(context.get("error"), WrongValueError):
        return context["error"].problem, context["error"].remedy
    if detail["type"] == "extra_forbidden":
        return "is not a key that belongs here.", _right_key(detail, details, model)
    if detail["type"] == "literal_error":
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return f"`{value}` is not allowed here.", suggestion(str(value), known)
    if detail["type"] not in SENTENCES:
        return f"{detail['msg']}.", "Correct the value."
    problem, remedy = SENTENCES[detail["type"]]
    words: dict[str, object] = {
        "kind": KINDS.get(type(value), "something else"),
        "value": "…",
        "key": detail["loc"][-1],
    }
    if isinstance(value, int | float | date):
        words["value"] = value
    return problem.format_map(words), remedy.format_map(words)


def _right_key(detail: ErrorDetails, details: Sequence[ErrorDetails], model: type[BaseModel]) -> str:
    *place, word = detail["loc"]
    if detail["input"] is None:
        # `{keterangan: tiga, empat}` reads as a key `empat` without a value.
        return "If it belongs to a text with a comma, put that text in quotes."
    missing = [str(other["loc"][-1]) for other in details if other["type"] == "missing"]
    fields = _model_at(model, place).model_fields
    near = get_close_matches(str(word), missing, n=1, cutoff=0.5)
    return suggestion(near[0] if near else str(word), [field.alias or name for name, field in fields.items()])


def _model_at(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel]:
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
