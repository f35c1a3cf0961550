"""Addresses in a text, as platforms find them: with a scheme, or bare as in `kpu.go.id`."""

from __future__ import annotations

import re
from typing import Final

#: Endings of bare hosts that turn up in Indonesian posts; every other one needs its scheme.
ENDINGS: Final = "id|com|org|net|co|ly|me|io|gg|info|link|site|xyz|app|tv"

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\."
#: A path or query may hold these signs and end in those, so that a full stop after it ends the sentence.
_REST: Final = r"(?:[/?#](?:[\w!*';:=+,.$/%#\[\]~@&|?-]*[\w=#/+&-])?)?"

#: One address. What touches it in front makes it part of a word, an e-mail address or a mention.
ADDRESS: Final = re.compile(
    rf"(?<![\w@#$])(?:https?://(?:{_LABEL})+[a-z]{{2,}}|(?<![-./])(?:{_LABEL})+(?:{ENDINGS}))"
    rf"(?![\w-]|\.[a-z0-9])(?::\d+)?{_REST}",
    re.IGNORECASE | re.ASCII,
)


def has_address(text: str) -> bool:
    """Tell whether a reader or a platform would find a link in the text."""
    return ADDRESS.search(text) is not None
