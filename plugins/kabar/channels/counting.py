"""How long a text is, as each platform counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

from kabar.addresses import ADDRESS

Count: TypeAlias = Callable[[str], int]

#: What X replaces every address with, whatever its length (docs.x.com/fundamentals/counting-characters).
ADDRESS_WEIGHT: Final = 23
#: Code points that weigh one on X; every other one weighs two. First and last of each range.
_LIGHT: Final = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
#: One picture character with the sign that makes it colourful or gives it a skin.
_PICTURE: Final = (
    "[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?"
    "(?:[\U000e0020-\U000e007e]+\U000e007f)?"
)
#: A flag of two letters, a digit in a box, or pictures joined into one.
_EMOJI: Final = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}(?:\u200d{_PICTURE})*"
)
_EMOJI_WEIGHT: Final = 2


def characters(text: str) -> int:
    """Count code points."""
    return len(text)


def utf16_units(text: str) -> int:
    """Count as JavaScript and Telegram do: a character beyond the basic plane is two."""
    return len(text.encode("utf-16-le")) // 2


def weighted(text: str) -> int:
    """Count as X does: composed (NFC), an address 23, an emoji 2 whatever it is made of, wide characters 2.

    Source: docs.x.com/fundamentals/counting-characters and the configuration (version 3) of the library that
    the page calls the exact definition. Its table of examples calls Ồ (U+1ED2) one character and the
    configuration two; two is counted, so that nothing is found too long after approval.
    """
    return sum(map(_weight_of_line, text.split("\n"))) + text.count("\n")


# 553 satker share most lines of a message; no address and no emoji runs over a line end.
@lru_cache(maxsize=16_384)
def _weight_of_line(line: str) -> int:
    composed = unicodedata.normalize("NFC", line)
    rest, addresses = ADDRESS.subn("", composed)
    rest, emoji = _EMOJI.subn("", rest)
    if rest.isascii():
        return ADDRESS_WEIGHT * addresses + _EMOJI_WEIGHT * emoji + len(rest)
    light = sum(any(first <= ord(sign) <= last for first, last in _LIGHT) for sign in rest)
    return ADDRESS_WEIGHT * addresses + _EMOJI_WEIGHT * emoji + 2 * len(rest) - light


def with_emoji_as_bytes(text: str) -> int:
    """Count as Threads does: code points, but those of an emoji by their bytes in UTF-8.

    Source: developers.facebook.com/documentation/threads/posts, Limitations.
    """
    if text.isascii():
        return len(text)
    emoji = _EMOJI.findall(text)
    return len(text) + sum(len(one.encode()) - len(one) for one in emoji)
