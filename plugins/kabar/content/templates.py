"""Message templates: a folder of plain text that editors keep, read whole and compiled once.

The most particular template wins (`choosing`). Whatever else a stage keeps in its folder (`nama.j2`,
`isi.j2`, `ajakan.j2`) are the stage's own words, which the template of a kind includes. Ids that differ by a
date at the end share words: `pemungutan-suara-ulang-2025-03-22` finds those of `pemungutan-suara-ulang`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from jinja2 import FunctionLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kabar.content.choosing import Choice, choose
from kabar.content.template_faults import FAULTS, blame
from kabar.content.template_files import ABBREVIATIONS, TemplateFiles, read_template_files
from kabar.content.wording import first_sentence, inner_case, sentence_case

_DATED: Final = re.compile(r"-\d{4}-\d{2}-\d{2}$")
#: First line of a template that may be published in masa tenang; the mark is the editor's own promise.
_QUIET_MARK: Final = re.compile(r"\A\{#-?\s*aman_masa_tenang\s*-?#\}")

Plain: TypeAlias = str | int | bool


#: What was opened last, by folder; a process works with one folder, a test with a few.
_OPENED: Final[dict[Path, Templates]] = {}


class Templates:
    """Every template of one folder, compiled on first use; the folder itself is not read again."""

    def __init__(self, files: TemplateFiles) -> None:
        self.folder = files.folder
        self.abbreviations = files.abbreviations
        self._files = files
        self._sources = files.sources
        self._shared: dict[tuple[str, str], tuple[str, ...]] = {}
        self._choices: dict[tuple[str, str, str], Choice] = {}
        self._hashes: dict[tuple[str, str], str] = {}
        self._compiled: dict[str, Template] = {}
        #: Names of the templates that were filled, extended or included so far, in that order.
        self.loaded: list[str] = []
        self._environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._load),
            undefined=StrictUndefined,
            # A post is plain text; the pages that show it escape it themselves.
            autoescape=False,
            auto_reload=False,
            # Keeps all of a folder; to forget the least used takes longer than it saves.
            cache_size=-1,
            keep_trailing_newline=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # No `range`, `cycler` or `lipsum`: a text about a date needs none, and a loop could run without end.
        self._environment.globals.clear()
        self._environment.filters["kapital"] = sentence_case
        self._environment.filters["kecil"] = inner_case
        self._environment.filters["satu_kalimat"] = first_sentence

    def choose(self, stage: str, kind: str, channel: str) -> Choice:
        """Name the template for a message; InputError if neither its stage nor its kind has one."""
        key = (words_of(stage), kind, channel)
        if key not in self._choices:
            self._choices[key] = choose(
                self._sources, self.folder, words=words_of(stage), kind=kind, channel=channel
            )
        return self._choices[key]

    def is_quiet(self, name: str) -> bool:
        """Tell whether a template carries the mark `aman_masa_tenang` on its first line."""
        return bool(_QUIET_MARK.match(self._sources[name]))

    def hash_of(self, name: str, *, stage: str, kind: str) -> str:
        """Digest a template with all that it may build upon or include (sha256 hex)."""
        key = (name, words_of(stage))
        if key not in self._hashes:
            digest = hashlib.sha256(self.abbreviations.source.encode())
            for source in sorted({name, *self._parts(stage, kind)}):
                digest.update(f"\0{source}\0{self._sources[source]}".encode())
            self._hashes[key] = digest.hexdigest()
        return self._hashes[key]

    def is_current(self, *, stage: str, kind: str) -> bool:
        """Tell whether no file changed that a message of this stage and kind is or may be built with."""
        folders = ("", f"{kind}/", f"{words_of(stage)}/")
        return self._files.is_current((*folders, ABBREVIATIONS, *self._parts(stage, kind)))

    def _parts(self, stage: str, kind: str) -> tuple[str, ...]:
        """List what a message of this stage and kind may be built with.

        That is all at the top, all of the kind, all of the stage, and the name of every other stage, because
        a closing message says what comes next.
        """
        key = (words_of(stage), kind)
        if key not in self._shared:
            self._shared[key] = tuple(
                name
                for name in self._sources
                if name.endswith("/nama.j2") or name.rpartition("/")[0] in {"", *key}
            )
        return self._shared[key]

    def source_of(self, name: str) -> str:
        """Give the text of a template as the editor wrote it; KeyError when there is none of that name."""
        return self._sources[name]

    def unused(self) -> Templates:
        """Give the same templates with none of them loaded, to see which a message is built with."""
        return Templates(self._files)

    def fill(self, name: str, values: Mapping[str, Plain]) -> str:
        """Fill one template with plain values; whatever is wrong with it is one InputError with its line."""
        try:
            return self._template(name).render(values)
        except FAULTS as error:
            blame(error, folder=self.folder, name=name, values=values)

    def blocks(self, name: str, values: Mapping[str, Plain]) -> Mapping[str, str]:
        """Fill one template and give the text of each of its blocks by its name, inherited ones included.

        A block that the template it extends never shows is filled as well. InputError as `fill`.
        """
        try:
            template = self._template(name)
            context = template.new_context(dict(values))
            # Filling the whole sets the names that stand outside of blocks, and finds inherited blocks.
            "".join(template.root_render_func(context))
            return {block: "".join(of[0](context)) for block, of in context.blocks.items()}
        except FAULTS:
            try:
                # Below `render`, an error still names lines of the compiled template instead of the editor's.
                self._environment.handle_exception()
            except FAULTS as error:
                blame(error, folder=self.folder, name=name, values=values)

    def _template(self, name: str) -> Template:
        template = self._compiled.get(name) or self._environment.get_template(name)
        self._compiled[name] = template
        return template

    def _load(self, name: str) -> tuple[str, str, None] | None:
        source = self._sources.get(name)
        if source is None:
            return None
        self.loaded.append(name)
        return source, str(self.folder / name), None


def words_of(stage: str) -> str:
    """Name the folder of a stage's own words: its id without the date of the occasion."""
    return _DATED.sub("", stage)


def open_templates(folder: Path) -> Templates:
    """Read a folder of templates; hand what this gives to `render` when many texts are written.

    InputError when the folder is missing, a file is not UTF-8 or the abbreviations cannot be read.
    """
    return Templates(read_template_files(folder))


def current_templates(folder: Path, *, stage: str, kind: str) -> Templates:
    """Hand out the templates that were read before, or read them anew if one that this message needs changed.

    InputError as `open_templates`.
    """
    opened = _OPENED.get(folder)
    if opened is None or not opened.is_current(stage=stage, kind=kind):
        opened = _OPENED[folder] = open_templates(folder)
    return opened
