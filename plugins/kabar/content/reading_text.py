"""A text prepared for checking: what a citizen sees, in the forms that the checks look at."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kabar.content.text import Text
from kabar.plan import Obligation
from kabar.satker import Satker

#: Characters that cannot be seen and would hide a forbidden word from a search.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_LABELLED: Final = ("Informasi resmi:", "Tautan resmi:", "Dasar:")


@dataclass(frozen=True, slots=True)
class Reading:
    """One text with all that a check may ask about it."""

    text: Text
    #: All that a citizen sees, hashtags and alternative text included.
    seen: str
    #: The same, line by line.
    lines: tuple[str, ...]
    #: The same without hidden characters, in small letters, compatible forms made equal: for searching.
    folded: str
    #: The sentences between headline and footer, and the headline itself as the first.
    sentences: tuple[str, ...]
    satker: Satker
    channel: str
    publish_at: datetime
    allowed_hashtags: frozenset[str]

    @classmethod
    def of(cls, text: Text, obligation: Obligation, allowed_hashtags: frozenset[str]) -> Reading:
        """Prepare a text of an obligation."""
        seen = "\n".join(part for part in (text.posted, text.alt_text) if part)
        satker = obligation.satker
        lines = (line for line in text.message.splitlines() if not line.startswith(_LABELLED))
        body = "\n".join(line for line in lines if line.strip() not in {satker.short_name, text.link})
        return cls(
            text=text,
            seen=seen,
            lines=tuple(seen.split("\n")),
            folded=_folded(seen),
            sentences=tuple(part for part in _SENTENCE_END.split(body) if part.strip()),
            satker=satker,
            channel=obligation.channel,
            publish_at=obligation.publish_at,
            allowed_hashtags=allowed_hashtags,
        )

    def is_time_of(self, season: str) -> bool:
        """Tell whether the message goes out in `masa_tenang` or `jeda_survei`; `selalu` is always."""
        return season == "selalu" or self.text.facts.get(season) == "ya"


def _folded(seen: str) -> str:
    if seen.isascii():
        # There is nothing to make equal and nothing hidden in it.
        return seen.lower()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", seen)).casefold()
