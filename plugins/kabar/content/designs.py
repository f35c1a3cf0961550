"""The drawings of posters: SVG templates that editors keep in `include/posters`, filled in a sandbox.

`<kind>.svg.j2` builds upon `kerangka.svg.j2`. A template knows the words of a poster, its size, and
what breaks texts into lines (`fit`, `together` with `piece`; `kabar.content.lettering`). Values are escaped
for XML.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kabar.content.lettering import FAMILY, Lettering, Piece, TooLongError
from kabar.content.template_faults import FAULTS, blame, place_of
from kabar.errors import InputError

FONTS: Final = "huruf"


class Designs:
    """Every drawing of one folder, compiled on first use, and the font that they are lettered with."""

    def __init__(self, folder: Path) -> None:
        """InputError when the folder or its font is missing."""
        self.folder = folder
        self.lettering = Lettering(folder / FONTS)
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder, encoding="utf-8"),
            undefined=StrictUndefined,
            autoescape=True,
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # `range` stays: a motif is made of repeated shapes. The sandbox bounds it.
        for name in ("cycler", "joiner", "lipsum", "namespace", "dict"):
            del self._environment.globals[name]
        self._environment.globals["fit"] = self.lettering.fit
        self._environment.globals["together"] = self.lettering.together
        self._environment.globals["piece"] = Piece
        self._environment.globals["font"] = FAMILY

    def draw(self, kind: str, values: Mapping[str, object]) -> str:
        """Fill the drawing of a kind of message; gives SVG.

        InputError with file and line for a template that cannot be filled, or for a text that finds no room.
        """
        name = f"{kind}.svg.j2"
        try:
            return self._environment.get_template(name).render(values)
        except TooLongError as error:
            file, line = place_of(error, folder=self.folder, name=name)
            raise InputError(f"{error}.", file=file, line=line, key=name, remedy=error.remedy) from error
        except FAULTS as error:
            blame(error, folder=self.folder, name=name, values=values)
