"""Looking at drawn posters: their texts one by one, their pixels, their contrast."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

from PIL import Image, ImageChops

from kabar.content.drawing import render
from kabar.content.lettering import CAPITAL, DESCENT, Lettering
from kabar.content.poster import Poster

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[int, int, int, int]


class Drawn(NamedTuple):
    """One line of text of a poster."""

    text: str
    x: float
    foot: float
    size: int
    weight: int
    fill: str

    def box(self, lettering: Lettering) -> Box:
        """Where it stands by our own measure: from the top of its capitals to the foot of a `g`."""
        width = lettering.width(self.text, size=self.size, weight=self.weight)
        top, foot = self.foot - CAPITAL * self.size, self.foot + DESCENT * self.size
        return round(self.x), round(top), round(self.x + width), round(foot)


def texts(poster: Poster) -> Iterator[Drawn]:
    """Every line of text of a poster."""
    for one in ET.fromstring(poster.svg).iter(f"{SVG}text"):  # noqa: S314  Our own drawing.
        yield Drawn(
            one.text or "",
            float(one.attrib["x"]),
            float(one.attrib["y"]),
            int(one.attrib["font-size"]),
            int(one.attrib["font-weight"]),
            one.attrib["fill"],
        )


def picture(poster: Poster, *, without: str | None = None) -> Image.Image:
    """The pixels of a poster, if asked without what a pattern finds in its drawing."""
    svg = poster.svg if without is None else re.sub(without, "", poster.svg)
    with Image.open(io.BytesIO(render(poster._replace(svg=svg), "png"))) as drawn:
        return drawn.convert("RGB")


ALL_TEXT = r"<text .*?</text>"


def ink_of(poster: Poster, line: Drawn, bare: Image.Image) -> Box:
    """The box of the pixels that one line of text changes."""
    others = rf'<text (?!x="{line.x:g}" y="{line.foot:g}").*?</text>'
    found = ImageChops.difference(picture(poster, without=others), bare).getbbox()
    assert found is not None, line
    return found


def contrast(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """WCAG 2.2, relative luminance: 1 for equal colours, 21 for black on white."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in colour[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rgb(colour: str) -> tuple[int, ...]:
    """`#10353c` as three numbers."""
    return tuple(bytes.fromhex(colour.removeprefix("#")))
