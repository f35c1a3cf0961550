"""The picture of a message: satker, stage, day, one fact and one call, drawn from SVG templates."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from kabar.content.designs import Designs
from kabar.content.poster_words import words_of_poster
from kabar.content.templates import Templates
from kabar.election import Calendar
from kabar.plan import Obligation

Shape: TypeAlias = Literal["portrait", "square"]
#: Pixels across and down. Instagram shows 4:5 as large as it shows anything (`platforms.md`).
SIZES: Final[dict[Shape, tuple[int, int]]] = {"portrait": (1080, 1350), "square": (1080, 1080)}


class Poster(NamedTuple):
    """One poster, drawn but not yet made into pixels."""

    #: The drawing, complete but for the font.
    svg: str
    #: What it says, in Bahasa Indonesia, on one line.
    alt_text: str
    #: Digest of all that is seen (sha256 hex): the drawing and the font.
    content_hash: str
    #: Folder of the font.
    fonts: Path


def poster(
    obligation: Obligation,
    *,
    calendar: Calendar,
    templates: Templates,
    designs: Designs,
    shape: Shape = "portrait",
) -> Poster:
    """Draw the poster of a message; equal messages of equal satker give equal posters.

    InputError names file and line of a template that cannot be filled, or in which a text finds no room.
    """
    words = words_of_poster(obligation, calendar=calendar, templates=templates)
    width, height = SIZES[shape]
    svg = designs.draw(obligation.tonggak.kind, words.drawn() | {"width": width, "height": height})
    digest = hashlib.sha256(f"{designs.lettering.digest}\0{svg}".encode()).hexdigest()
    return Poster(svg, words.alt_text, digest, designs.lettering.folder)
