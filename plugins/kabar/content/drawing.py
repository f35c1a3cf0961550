"""From SVG to pixels, with our own font and no other, and many posters on all cores."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Literal, TypeAlias

import vl_convert
from PIL import Image

from kabar.content.poster import Poster
from kabar.pictures import Pictures

PixelFormat: TypeAlias = Literal["jpeg", "png"]

#: Of JPEG. Below it, letters grow a visible halo on a flat ground.
QUALITY: Final = 88
#: Starting a process costs as much as drawing this many posters.
_WORTH_A_PROCESS: Final = 24
_CHUNK: Final = 8
#: Another version of either may give other pixels or bytes for the same drawing.
_MADE_WITH: Final = f"{version('vl-convert-python')} {version('pillow')} {QUALITY}"


def render(poster: Poster, pixel_format: PixelFormat) -> bytes:
    """Make a poster into a picture; the same poster gives the same bytes.

    JPEG keeps full colour resolution, because chroma blurs the edges of coloured letters.
    """
    _know_fonts(poster.fonts)
    png = vl_convert.svg_to_png(poster.svg)
    if pixel_format == "png":
        return png
    pixels = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        # Pillow's encoder: a third of the time and two thirds of the bytes of vl-convert's own.
        picture.convert("RGB").save(pixels, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return pixels.getvalue()


def draw(posters: Sequence[Poster], pictures: Pictures, *, processes: int | None = None) -> tuple[str, ...]:
    """Keep the JPEG of every poster and give their names (sha256 hex) in the order of `posters`.

    What was drawn before is not drawn again. `processes` None takes all cores; 1 draws in this process.
    """
    names = {one.content_hash: pictures.noted(_source(one)) for one in posters}
    missing = {one.content_hash: one for one in posters if names[one.content_hash] is None}
    for one, picture in zip(missing.values(), _drawn(tuple(missing.values()), processes), strict=True):
        names[one.content_hash] = pictures.put(picture)
        pictures.note(_source(one), names[one.content_hash] or "")
    return tuple(names[one.content_hash] or "" for one in posters)


def _drawn(posters: Sequence[Poster], processes: int | None) -> Iterator[bytes]:
    workers = min(processes or len(os.sched_getaffinity(0)), len(posters) // _WORTH_A_PROCESS)
    if workers < 2:  # noqa: PLR2004  One worker beside this process would only cost its start.
        yield from map(_as_jpeg, posters)
        return
    # Fresh processes: the renderer keeps threads, which do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_as_jpeg, posters, chunksize=_CHUNK)


def _as_jpeg(poster: Poster) -> bytes:
    return render(poster, "jpeg")


def _source(poster: Poster) -> str:
    """Digest what a picture is made from: the poster, and what makes it into pixels."""
    return hashlib.sha256(f"{_MADE_WITH}\0{poster.content_hash}".encode()).hexdigest()


@lru_cache(maxsize=8)
def _know_fonts(folder: Path) -> None:
    vl_convert.register_font_directory(str(folder.resolve()))
