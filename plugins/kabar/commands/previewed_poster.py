"""The poster of a previewed message, written where the editor wants to look at it."""

from __future__ import annotations

import argparse
from pathlib import Path

from kabar.content import Templates
from kabar.content.designs import Designs
from kabar.content.drawing import PixelFormat, render
from kabar.content.poster import poster
from kabar.errors import RefusedError
from kabar.plan import Obligation
from kabar.settings import Settings

_FORMATS: dict[str, PixelFormat] = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png"}
_DRAWING = ".svg"


def write_poster(
    obligation: Obligation, templates: Templates, settings: Settings, options: argparse.Namespace
) -> str:
    """Draw the poster into the file of `--poster`, whose ending names the format; gives its alt text.

    RefusedError for another ending or a folder that cannot be written, InputError for a broken template.
    """
    file: Path = options.poster
    ending = file.suffix.lower()
    if ending not in {_DRAWING, *_FORMATS}:
        raise RefusedError(f"{file} ends in {ending or 'nothing'}; choose .jpg, .png or .svg.")
    drawn = poster(
        obligation,
        calendar=obligation.calendar,
        templates=templates,
        designs=Designs(settings.posters),
        shape=options.shape,
    )
    content = drawn.svg.encode() if ending == _DRAWING else render(drawn, _FORMATS[ending])
    try:
        file.write_bytes(content)
    except OSError as error:
        raise RefusedError(f"{file} cannot be written: {error.strerror}.") from error
    return drawn.alt_text
