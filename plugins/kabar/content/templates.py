"""Message templates: a folder of plain text that editors keep, read whole and compiled once.

The most particular template wins: `<stage>/<kind>.<channel>.j2`, then `<kind>/<channel>.j2`. Whatever else
a stage keeps in its folder (`nama.j2`, `isi.j2`, `ajakan.j2`) are the stage's own words, which the template
of a kind includes. Ids that differ by a date at the end share words: `pemungutan-suara-ulang-2025-03-22`
finds those of `pemungutan-suara-ulang`.
"""

from __future__ import annotations

import hashlib
import os
import re
import traceback
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Final, NoReturn, TypeAlias

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kabar.content.abbreviations import Abbreviations, read_abbreviations
from kabar.content.wording import inner_case, sentence_case
from kabar.errors import InputError

_DATED: Final = re.compile(r"-\d{4}-\d{2}-\d{2}$")
#: First line of a template that may be published in masa tenang; the mark is the editor's own promise.
_QUIET_MARK: Final = re.compile(r"\A\{#-?\s*aman_masa_tenang\s*-?#\}")
_ABBREVIATIONS: Final = "singkatan.yaml"
#: What an expression in a template may fail with, besides the errors that Jinja2 names itself.
_FAULTS: Final = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Plain: TypeAlias = str | int | bool


class Templates:
    """Every template of one folder, compiled on first use; the folder itself is not read again."""

    def __init__(self, folder: Path, sources: Mapping[str, str], abbreviations: Abbreviations) -> None:
        self.folder = folder
        self.abbreviations = abbreviations
        self._sources = sources
        self._hashes: dict[tuple[str, str], str] = {}
        self._compiled: dict[str, Template] = {}
        self._environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._load),
            undefined=StrictUndefined,
            # A post is plain text; the pages that show it escape it themselves.
            autoescape=False,
            auto_reload=False,
            keep_trailing_newline=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # No `range`, `cycler` or `lipsum`: a text about a date needs none, and a loop could run without end.
        self._environment.globals.clear()
        self._environment.filters["kapital"] = sentence_case
        self._environment.filters["kecil"] = inner_case

    def choose(self, stage: str, kind: str, channel: str) -> str:
        """Name the template for a message; InputError if neither its stage nor its kind has one."""
        own, shared = f"{words_of(stage)}/{kind}.{channel}.j2", f"{kind}/{channel}.j2"
        for name in (own, shared):
            if name in self._sources:
                return name
        raise InputError(
            f"no template says a {kind} of {stage} on {channel}.",
            file=self.folder / shared,
            line=None,
            key=kind,
            remedy=f"Write {shared}, or {own} for this stage alone.",
        )

    def is_quiet(self, name: str) -> bool:
        """Tell whether a template carries the mark `aman_masa_tenang` on its first line."""
        return bool(_QUIET_MARK.match(self._sources[name]))

    def hash_of(self, name: str, *, stage: str, kind: str) -> str:
        """Digest a template with all that it may build upon or include (sha256 hex)."""
        words = words_of(stage)
        key = (name, words)
        if key not in self._hashes:
            digest = hashlib.sha256(self.abbreviations.source.encode())
            for source in sorted(self._sources):
                if source == name or _is_shared(source, words, kind):
                    digest.update(f"\0{source}\0{self._sources[source]}".encode())
            self._hashes[key] = digest.hexdigest()
        return self._hashes[key]

    def fill(self, name: str, values: Mapping[str, Plain]) -> str:
        """Fill one template with plain values; whatever is wrong with it is one InputError with its line."""
        try:
            template = self._compiled.get(name) or self._environment.get_template(name)
            self._compiled[name] = template
            return template.render(values)
        except _FAULTS as error:
            self._blame(error, name, values)

    def _load(self, name: str) -> tuple[str, str, None] | None:
        source = self._sources.get(name)
        return None if source is None else (source, str(self.folder / name), None)

    def _blame(self, error: Exception, name: str, values: Mapping[str, Plain]) -> NoReturn:
        file, line = self.folder / name, None
        if isinstance(error, TemplateSyntaxError):
            file, line = self.folder / (error.name or name), error.lineno
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if frame.filename.endswith(".j2"):
                    file, line = Path(frame.filename), frame.lineno
        raise InputError(
            f"the template cannot be filled: {error}.",
            file=file,
            line=line,
            key=name,
            remedy=_remedy(error, values),
        ) from error


def _is_shared(name: str, words: str, kind: str) -> bool:
    """Tell whether a message of this stage and kind may be built with this template."""
    folder, _, file = name.rpartition("/")
    return folder in {"", kind} or (folder == words and file.count(".") == 1)


def _remedy(error: Exception, values: Mapping[str, Plain]) -> str:
    if isinstance(error, TemplateNotFound):
        return f"Create {error.name} in the folder of templates, or name one that is there."
    if isinstance(error, TemplateSyntaxError):
        return "Close every {% block %} and {% if %}, and write values as {{ name }}."
    if isinstance(error, SecurityError):
        return "A template may only write its values; remove the access to Python."
    if isinstance(error, UndefinedError):
        missing = re.findall(r"'([^']+)' is undefined", str(error))
        close = get_close_matches(missing[0], values, n=1) if missing else []
        hint = f"Did you mean {close[0]}? " if close else ""
        return f"{hint}A template knows: {', '.join(sorted(values))}."
    return "Simplify the expression: values are texts, whole numbers or true and false."


def words_of(stage: str) -> str:
    """Name the folder of a stage's own words: its id without the date of the occasion."""
    return _DATED.sub("", stage)


def open_templates(folder: Path) -> Templates:
    """Read a folder of templates; what was read before is handed out again until a file changes.

    InputError when the folder is missing, a file is not UTF-8 or the abbreviations cannot be read.
    """
    if not folder.is_dir():
        raise InputError(
            "the folder of templates is missing.",
            file=folder,
            line=None,
            key="templates",
            remedy="Point KABAR_INCLUDE at a folder that holds templates/.",
        )
    return _read(folder, tuple(sorted(_stamps(folder, ""))))


def _stamps(folder: Path, prefix: str) -> Iterator[tuple[str, int, int]]:
    """List name, time and size of each file that belongs; `scandir` because every text asks for this."""
    with os.scandir(folder / prefix) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _stamps(folder, f"{prefix}{entry.name}/")
            elif entry.name.endswith(".j2") or prefix + entry.name == _ABBREVIATIONS:
                state = entry.stat()
                yield f"{prefix}{entry.name}", state.st_mtime_ns, state.st_size


@lru_cache(maxsize=8)
def _read(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> Templates:
    sources = {}
    for name, _, _ in stamps:
        if name != _ABBREVIATIONS:
            try:
                sources[name] = (folder / name).read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise InputError(
                    f"byte {error.start} is not UTF-8.",
                    file=folder / name,
                    line=None,
                    key=name,
                    remedy="Save the file with the encoding UTF-8.",
                ) from error
    return Templates(folder, sources, read_abbreviations(folder / _ABBREVIATIONS))
