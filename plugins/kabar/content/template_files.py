"""The folder of templates on disk: read whole, and asked again only whether something in it changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from kabar.content.abbreviations import Abbreviations, read_abbreviations
from kabar.errors import InputError

ABBREVIATIONS: Final = "singkatan.yaml"
#: Time of the last change in nanoseconds, and size in bytes; None for what is not there.
Stamp: TypeAlias = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class TemplateFiles:
    """What the files of a folder said when they were read."""

    folder: Path
    #: Text of each template by its name relative to the folder.
    sources: Mapping[str, str]
    abbreviations: Abbreviations
    #: Stamps of files and of folders (`coklit/`; the folder itself is the empty name).
    stamps: Mapping[str, Stamp]

    def is_current(self, names: Iterable[str]) -> bool:
        """Tell whether these files and folders are still what was read."""
        return all(_stamp(self.folder, name) == self.stamps.get(name) for name in names)


def read_template_files(folder: Path) -> TemplateFiles:
    """Read every template below a folder and the abbreviations beside them.

    InputError when the folder is missing, a file is not UTF-8, or the abbreviations are no table.
    """
    if not folder.is_dir():
        raise InputError(
            "the folder of templates is missing.",
            file=folder,
            line=None,
            key="templates",
            remedy="Point KABAR_INCLUDE at a folder that holds templates/.",
        )
    # Stamps first: a file that changes while it is read then counts as changed, never as current.
    stamps = {name: _stamp(folder, name) for name in _names(folder, "")}
    sources = {name: _text(folder / name) for name in stamps if name.endswith(".j2")}
    return TemplateFiles(folder, sources, read_abbreviations(folder / ABBREVIATIONS), stamps)


def _names(folder: Path, prefix: str) -> Iterator[str]:
    yield prefix
    with os.scandir(folder / prefix) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _names(folder, f"{prefix}{entry.name}/")
            elif entry.name.endswith(".j2") or prefix + entry.name == ABBREVIATIONS:
                yield prefix + entry.name


def _stamp(folder: Path, name: str) -> Stamp:
    try:
        state = os.stat(f"{folder}/{name}")  # noqa: PTH116  A Path for each of a million looks costs seconds.
    except FileNotFoundError:
        return None
    return state.st_mtime_ns, state.st_size


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} is not UTF-8.",
            file=file,
            line=None,
            key=file.name,
            remedy="Save the file with the encoding UTF-8.",
        ) from error
