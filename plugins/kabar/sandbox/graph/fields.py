"""The little language of `fields=`: names, nested names in braces, arguments in parentheses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kabar.sandbox.graph.errors import GraphError

_TOKEN = re.compile(r"\s*([A-Za-z0-9_]+|[.,{}])")
_ARGUMENT = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Field:
    """One asked field, such as `insights.metric(a,b).period(day)` or `application{id,name}`."""

    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Field, ...] = ()


def parse_fields(text: str) -> tuple[Field, ...]:
    """Read a `fields` parameter; a broken one earns error 2500 as on the platform."""
    reader = _Reader(text)
    fields = reader.fields()
    if reader.rest:
        raise reader.broken()
    return fields


def project(value: object, children: tuple[Field, ...]) -> object:
    """Keep of a nested value only the asked members; ids stay, lists and `data` are entered."""
    if not children:
        return value
    if isinstance(value, list):
        return [project(item, children) for item in value]
    if not isinstance(value, dict):
        return value
    if "data" in value:
        return {**value, "data": project(value["data"], children)}
    kept = {
        child.name: project(value[child.name], child.children) for child in children if child.name in value
    }
    return kept | ({"id": value["id"]} if "id" in value else {})


class _Reader:
    """Walks through the text once, from left to right."""

    def __init__(self, text: str) -> None:
        self.rest = text.strip()

    def broken(self) -> GraphError:
        return GraphError(2500, f'Syntax error "Expected name." at "{self.rest[:20]}"')

    def fields(self) -> tuple[Field, ...]:
        found: list[Field] = []
        while self.rest and not self.rest.startswith("}"):
            found.append(self._field())
            if not self._take(","):
                break
        return tuple(found)

    def _field(self) -> Field:
        name = self._name()
        arguments: dict[str, str] = {}
        while self._take("."):
            key = self._name()
            argument = _ARGUMENT.match(self.rest)
            if argument is None:
                raise self.broken()
            arguments[key] = argument[1]
            self.rest = self.rest[argument.end() :].lstrip()
        children: tuple[Field, ...] = ()
        if self._take("{"):
            children = self.fields()
            if not self._take("}"):
                raise self.broken()
        return Field(name, arguments, children)

    def _name(self) -> str:
        found = _TOKEN.match(self.rest)
        if found is None or not found[1][0].isalnum():
            raise self.broken()
        self.rest = self.rest[found.end() :].lstrip()
        return found[1]

    def _take(self, sign: str) -> bool:
        if not self.rest.startswith(sign):
            return False
        self.rest = self.rest[len(sign) :].lstrip()
        return True
