"""A small, strict YAML: mappings, lists, texts, numbers, plain dates, true, false and null; nothing else.

No tags, no anchors, no merge keys, no second document, no doubled key. Every value remembers its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import yaml

from kabar.errors import InputError
from kabar.reading import Document, Location, read_text

#: Deeper than any file of ours; a hostile file is refused before it can exhaust the stack.
DEEPEST = 12
TAG = "tag:yaml.org,2002:"
PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_yaml(path: Path) -> Document:
    """Return the one mapping that the file holds, lists as tuples, each value with its line.

    Raises:
        InputError: not readable as text, not YAML, or YAML beyond the small part described above.
    """
    text = read_text(path)
    try:
        _refuse_deep_nesting(path, text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as failure:
        mark = failure.problem_mark or failure.context_mark
        # At the end of the file libyaml points to the line after the last one.
        line = min(mark.line, text.rstrip("\n").count("\n")) + 1 if mark else None
        problem = f"this is not YAML: {failure.problem or failure.context}."
        raise _wrong(path, line, problem, "Check indentation, quotes and brackets on this line.") from None
    except yaml.YAMLError as failure:
        raise _wrong(
            path, None, f"this is not YAML: {failure}.", "Restore the file from its last version."
        ) from None
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(
            path, 1, "the file does not begin with `key: value`.", "Restore it from its last version."
        )
    lines: dict[Location, int] = {}
    data = _Builder(path, lines).value(node, ())
    return Document(path, data, lines)


def _refuse_deep_nesting(path: Path, text: str) -> None:
    # The composer recurses in C, where a deep file ends the process; events come one after another.
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                problem = "lists or tables stand too deep in each other."
                line = event.start_mark.line + 1 if event.start_mark else None
                raise _wrong(path, line, problem, "Write it flatter.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _wrong(path: Path, line: int | None, problem: str, remedy: str) -> InputError:
    return InputError(problem, file=path, line=line, key="file", remedy=remedy)


class _Builder:
    """Turns nodes into values; knows where it is, so that it can say so."""

    def __init__(self, path: Path, lines: dict[Location, int]) -> None:
        self._path = path
        self._lines = lines
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, location: Location) -> object:
        if id(node) in self._seen:
            raise self._error(
                node, location, "is an alias (`*name`).", "Repeat the text instead of pointing to it."
            )
        self._lines.setdefault(location, node.start_mark.line + 1)
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            self._known_tag(node, location, "map")
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            self._known_tag(node, location, "seq")
            return tuple(self.value(item, (*location, index)) for index, item in enumerate(node.value))
        return self._scalar(node, location)

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag != f"{TAG}str":
                word = key.value if isinstance(key, yaml.ScalarNode) else "?"
                raise self._error(
                    key, (*location, str(word)), "is not a key.", "Write a word, in quotes if need be."
                )
            place = (*location, key.value)
            if key.value in found:
                first = self._lines[place]
                raise self._error(
                    key, place, f"stands twice (first in line {first}).", "Keep one of the two."
                )
            self._lines[place] = key.start_mark.line + 1
            found[key.value] = self.value(item, place)
        return found

    def _scalar(self, node: yaml.Node, location: Location) -> object:
        text = str(node.value)
        kind = node.tag.removeprefix(TAG)
        if kind == "timestamp":
            return self._date(node, text, location)
        make = SCALARS.get(kind)
        if make is None:
            raise self._error(
                node, location, f"has the tag `{node.tag}`.", "Remove it; plain values need none."
            )
        return make(text)

    def _date(self, node: yaml.Node, text: str, location: Location) -> date:
        remedy = "Write a day that exists as year-month-day, as in 2024-11-27."
        if not PLAIN_DATE.fullmatch(text):
            raise self._error(node, location, f"`{text}` is not a plain date.", remedy)
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self._error(node, location, f"`{text}` is not a day of the calendar.", remedy) from None

    def _known_tag(self, node: yaml.Node, location: Location, kind: str) -> None:
        if node.tag != f"{TAG}{kind}":
            raise self._error(
                node, location, f"has the tag `{node.tag}`.", "Remove it; plain values need none."
            )

    def _error(self, node: yaml.Node, location: Location, problem: str, remedy: str) -> InputError:
        key = ".".join(str(step + 1) if isinstance(step, int) else step for step in location) or "file"
        line = node.start_mark.line + 1
        if id(node) in self._seen:
            # An alias bears the mark of its anchor; the key before it is where the editor must look.
            line = self._lines.get(location, line)
        return InputError(problem, file=self._path, line=line, key=key, remedy=remedy)


def _number(text: str) -> object:
    # YAML 1.1 reads 10:00 as a number to the base of sixty and 007 as octal; both are texts to an editor.
    return int(text) if re.fullmatch(r"-?(0|[1-9]\d{0,17})", text) else text


SCALARS: dict[str, Callable[[str], object]] = {
    "str": str,
    "int": _number,
    "float": lambda text: float(text) if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", text) else text,
    "bool": lambda text: text.lower() in {"true", "yes", "on"},
    "null": lambda _: None,
}
