"""Text on a poster: measured with the font that draws it, broken between words, as large as its box allows.

Nothing is cut and no word is broken: what does not fit at its smallest size is an error before anybody sees
a poster. Widths are sums of the font's own advances. The renderer also kerns, which moves letters closer far
more often than apart; tests look at the drawn pixels.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from markupsafe import Markup
from PIL import ImageFont

from kabar.errors import InputError

#: Of the font: a name that no machine has installed, so that every machine draws with ours.
FAMILY: Final = "Kabar Poster"
WEIGHTS: Final = {500: "Medium", 700: "Bold", 800: "ExtraBold"}
#: Height of a capital, as a share of the size.
CAPITAL: Final = 0.745
#: How far letters such as p and g reach below their line, as a share of the size.
DESCENT: Final = 0.222

#: Measured at this size, an advance is exact: it is the number of units to a font's em.
_UNITS: Final = 1000
#: Glyphs are compared at this size to find those that the font lacks.
_SAMPLE: Final = 24
_NOT_A_SIGN: Final = "\uffff"
_SIZE_STEP: Final = 2
#: Texts that share a room shrink together, in so many steps.
_SHARES: Final = 24
#: Lines are evened out in steps of this share of the box.
_EVENING: Final = 0.02
#: A number stays with the word that it counts (`27 Agustus`, `07.00 WIB`), a dash with what it follows.
_BOUND: Final = re.compile("(?<=\\d) (?=[A-Z])| (?=\u2013)")
_TIED: Final = "\u00a0"


#: Formatting escapes every value for XML.
_TEXT: Final = Markup(
    '<text x="{}" y="{}" font-size="{}" font-weight="{}" fill="{}" text-anchor="{}">{}</text>'
)


class TooLongError(ValueError):
    """A text that does not fit into its box at its smallest size, or that the font cannot draw."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Lines:
    """A text broken into lines at one size; templates place it by the top of its capitals."""

    lines: tuple[str, ...]
    size: int
    weight: int
    #: From one line to the next, as a share of the size.
    leading: float
    #: Of the longest line, in pixels.
    width: int

    @property
    def height(self) -> int:
        """Pixels from the top of the first line's capitals to the foot of the last line; 0 without text."""
        if not self.lines:
            return 0
        return round(self.size * (CAPITAL + self.leading * (len(self.lines) - 1)))

    def at(self, x: float, y: float, *, fill: str, anchor: str = "start") -> Markup:
        """Write the lines as SVG, `x` by `anchor` (start, middle, end), the first capitals' top at `y`."""
        rows = (y + self.size * (CAPITAL + self.leading * row) for row in range(len(self.lines)))
        return Markup("\n").join(
            _TEXT.format(_number(x), _number(foot), self.size, self.weight, fill, anchor, line)
            for foot, line in zip(rows, self.lines, strict=True)
        )


class Piece(NamedTuple):
    """A text that shares its room with others."""

    text: str
    largest: int
    smallest: int
    weight: int = 500
    leading: float = 1.2


class Lettering:
    """The font of the posters: `KabarPoster-*.ttf` of one folder, in three weights."""

    def __init__(self, folder: Path) -> None:
        """InputError when a file of the font is missing or is no font."""
        self.folder = folder
        files = {weight: folder / f"KabarPoster-{name}.ttf" for weight, name in WEIGHTS.items()}
        self._measuring = {weight: _opened(file, _UNITS) for weight, file in files.items()}
        self._sample = _opened(files[500], _SAMPLE)
        digest = hashlib.sha256()
        for file in files.values():
            digest.update(file.read_bytes())
        #: Of the three files (sha256 hex).
        self.digest = digest.hexdigest()
        self._advance = lru_cache(maxsize=None)(self._measure)
        self._is_drawn = lru_cache(maxsize=None)(self._compare)
        # 553 satker share most texts of a message.
        self._remembered = lru_cache(maxsize=4096)(self._set)

    def width(self, text: str, *, size: float, weight: int) -> float:
        """Measure one line in pixels."""
        return sum(self._advance(sign, weight) for sign in text) * size / _UNITS

    def fit(
        self,
        text: str,
        *,
        width: float,
        height: float,
        largest: int,
        smallest: int,
        weight: int = 500,
        leading: float = 1.2,
        fewest: bool = False,
    ) -> Lines:
        """Break a text into evened lines at the largest size at which it fits into a box.

        `fewest` takes no more lines than the smallest size needs: one line rather than two larger ones.
        TooLongError when it does not fit at its smallest size, or holds a sign that the font lacks.
        """
        piece = Piece(text, largest, smallest, weight, leading)
        at_least = self._remembered(piece, smallest, width)
        for size in range(largest, smallest - 1, -_SIZE_STEP):
            lines = self._remembered(piece, size, width)
            if lines is None or lines.height > height:
                continue
            if not fewest or at_least is None or len(lines.lines) <= len(at_least.lines):
                return lines
        raise _no_room([text], width, height)

    def together(
        self, pieces: Sequence[Piece], *, width: float, height: float, gap: float
    ) -> tuple[Lines, ...]:
        """Break texts that stand below one another, each at the same share of its range of sizes.

        `gap` lies between those that are not empty. TooLongError as `fit`.
        """
        for step in range(_SHARES, -1, -1):
            lines = [
                set_text
                for one in pieces
                if (set_text := self._remembered(one, _share(one, step), width)) is not None
            ]
            if len(lines) == len(pieces) and _stacked(lines, gap) <= height:
                return tuple(lines)
        raise _no_room([one.text for one in pieces], width, height)

    def _set(self, piece: Piece, size: int, width: float) -> Lines | None:
        """Break a text at one size; None when a single word is wider than the box."""
        words = self._words(piece.text)
        lines = self._broken(words, width=width, size=size, weight=piece.weight)
        # Break again for the narrowest box that needs no more lines, so that no word is left alone.
        narrower = width
        tried = lines
        while tried and lines and len(tried) == len(lines) > 1:
            lines, narrower = tried, narrower - width * _EVENING
            tried = self._broken(words, width=narrower, size=size, weight=piece.weight)
        if lines is None:
            return None
        longest = max((self.width(line, size=size, weight=piece.weight) for line in lines), default=0)
        return Lines(lines, size, piece.weight, piece.leading, round(longest))

    def _words(self, text: str) -> list[str]:
        """Split a text where a line may end; TooLongError for a sign that the font lacks."""
        line = _BOUND.sub(_TIED, " ".join(text.split()))
        for sign in dict.fromkeys(line):
            if not self._is_drawn(sign):
                raise TooLongError(
                    f"the font of the posters has no sign {sign!r} (U+{ord(sign):04X})",
                    "Write the text with letters, digits and common punctuation.",
                )
        return line.split(" ") if line else []

    def _broken(
        self, words: Sequence[str], *, width: float, size: int, weight: int
    ) -> tuple[str, ...] | None:
        """Fill line after line; None when a single word is wider than the box."""
        lines: list[str] = []
        for word in words:
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size=size, weight=weight) <= width:
                lines[-1] = longer
            elif self.width(word, size=size, weight=weight) <= width:
                lines.append(word)
            else:
                return None
        return tuple(lines)

    def _measure(self, sign: str, weight: int) -> float:
        return self._measuring[weight].getlength(sign)

    def _compare(self, sign: str) -> bool:
        """Tell whether the font has a sign: what it lacks is drawn as the box that stands for nothing."""
        mask, nothing = self._sample.getmask(sign), self._sample.getmask(_NOT_A_SIGN)
        return (mask.size, bytes(mask)) != (nothing.size, bytes(nothing))


def _share(piece: Piece, step: int) -> int:
    return round(piece.smallest + (piece.largest - piece.smallest) * step / _SHARES)


def _stacked(lines: Sequence[Lines], gap: float) -> float:
    heights = [one.height for one in lines if one.lines]
    return sum(heights) + gap * max(0, len(heights) - 1)


def _no_room(texts: Sequence[str], width: float, height: float) -> TooLongError:
    begun = " / ".join(f"“{text[:60]}{'…' if text[60:] else ''}”" for text in texts)
    return TooLongError(
        f"{begun} ({sum(map(len, texts))} characters) finds no room in {width:g} by {height:g} pixels, even "
        "at its smallest size",
        "Shorten the text, or give it more room in the template.",
    )


def _opened(file: Path, size: int) -> ImageFont.FreeTypeFont:
    try:
        # The basic layout is the same on every machine; the other one depends on what is installed.
        return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise InputError(
            f"the font cannot be read: {error}.",
            file=file,
            line=None,
            key=file.stem,
            remedy="Put the file back from the last version.",
        ) from error


def _number(value: float) -> str:
    """Write a coordinate shortly, and the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")
