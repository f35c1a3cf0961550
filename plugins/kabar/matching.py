"""Whose Page is this? Pages are matched to satker by name, and never guessed.

Only a Page that bears the official name of one satker to the letter is *sure*. Everything else is shown to a
person, who knows the office.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from kabar.satker import Satker

Verdict = Literal["sure", "likely", "doubtful", "stranger"]

#: How alike two names must be to be shown as a doubt; about one wrong letter in twelve.
ALIKE = 0.92
MOST_CANDIDATES = 3
#: Words that people shorten, and the one way in which they are compared.
SPELLINGS = {"kab": "kabupaten", "prov": "provinsi", "prop": "provinsi", "kep": "kepulauan", "kpud": "kpu"}
#: Long forms of offices and areas, and the short form in which they are compared.
SHORTENED = (
    ("komisi pemilihan umum", "kpu"),
    ("komisi independen pemilihan", "kip"),
    ("republik indonesia", "ri"),
    ("daerah khusus ibukota", "dki"),
    ("daerah istimewa yogyakarta", "diy"),
)
KIND_WORDS = ("kabupaten", "kota", "provinsi")
#: Said of the six units of DKI Jakarta, and what Pages like to add; left out of all comparisons.
PASSED_OVER = {"administrasi", "adm", "official", "resmi"}


@dataclass(frozen=True, slots=True)
class Match:
    """What the name of one Page says about whose it is."""

    page_id: str
    page_name: str
    verdict: Verdict
    #: One code when sure or likely; those to choose from when doubtful; none for a stranger.
    candidates: tuple[str, ...]
    #: Why it is not sure, in words; empty when it is.
    reason: str


@dataclass(frozen=True, slots=True)
class Matching:
    """All Pages, each with its verdict, and the satker for which none is left."""

    matches: tuple[Match, ...]
    #: Codes of satker that no Page is sure, likely or doubtful to belong to.
    missing: tuple[str, ...]

    def of(self, verdict: Verdict) -> tuple[Match, ...]:
        """The matches of one verdict, in the order of the first candidate."""
        return tuple(match for match in self.matches if match.verdict == verdict)


class Names:
    """Every name under which the satker may be known, ready to be looked up."""

    def __init__(self, satker: Sequence[Satker]) -> None:
        self._official: defaultdict[str, set[str]] = defaultdict(set)
        self._known: defaultdict[str, set[str]] = defaultdict(set)
        self._alike: defaultdict[str, set[str]] = defaultdict(set)
        for one in satker:
            for name in (one.official_name, one.short_name):
                self._official[name].add(one.code)
                self._alike[_key(name)].add(one.code)
            for key in _keys(one):
                self._known[key].add(one.code)

    def judge(self, page_id: str, page_name: str) -> Match:
        """What this name says by itself; other Pages are not looked at."""
        if exact := self._official.get(page_name):
            return _match(page_id, page_name, exact, "sure", "")
        key = _key(page_name)
        if known := self._known.get(key):
            if len(known) == 1:
                reason = "an alias or another spelling of the official name"
                return _match(page_id, page_name, known, "likely", reason)
            return _match(page_id, page_name, known, "doubtful", "several satker may bear this name")
        alike = get_close_matches(key, self._alike, MOST_CANDIDATES, ALIKE) if _is_office(key) else []
        if alike:
            near = {code for found in alike for code in self._alike[found]}
            return _match(page_id, page_name, near, "doubtful", "only resembles an official name")
        return Match(page_id, page_name, "stranger", (), "no satker is known by this name")

    def is_own(self, page_name: str, code: str) -> bool:
        """Whether a Page of this name can be taken for the satker's own: its official name, or an alias."""
        match = self.judge("", page_name)
        return match.verdict in {"sure", "likely"} and match.candidates == (code,)


def match_pages(pages: Mapping[str, str], satker: Sequence[Satker]) -> Matching:
    """Judge every Page by its name, and all of them together.

    Args:
        pages: Name by Page id.
        satker: All offices.

    Two Pages that claim one satker are both doubtful, unless one of them alone bears the official name.
    """
    names = Names(satker)
    judged = [names.judge(page_id, name) for page_id, name in pages.items()]
    claims: dict[Verdict, Counter[str]] = {
        verdict: Counter(match.candidates[0] for match in judged if match.verdict == verdict)
        for verdict in ("sure", "likely")
    }
    matches = [_beside_others(match, sure=claims["sure"], likely=claims["likely"]) for match in judged]
    seen = {code for match in matches for code in match.candidates}
    return Matching(
        matches=tuple(sorted(matches, key=lambda match: (match.candidates or ("~",), match.page_id))),
        missing=tuple(one.code for one in satker if one.code not in seen),
    )


def visible(name: str) -> str:
    """A name as an editor sees it: without unseen characters, with single blanks and none around it."""
    seen = (
        char if not char.isspace() else " "
        for char in name
        if char.isspace() or unicodedata.category(char) not in {"Cf", "Cc"}
    )
    return " ".join("".join(seen).split())


def _beside_others(match: Match, *, sure: Counter[str], likely: Counter[str]) -> Match:
    """What is left of a verdict when other Pages claim the same satker."""
    if match.verdict not in {"sure", "likely"}:
        return match
    code = match.candidates[0]
    if match.verdict == "sure":
        reason = "two Pages bear this official name" if sure[code] > 1 else ""
    elif sure[code]:
        reason = "another Page bears the official name"
    else:
        reason = "two Pages may be this satker's" if likely[code] > 1 else ""
    if not reason:
        return match
    return Match(match.page_id, match.page_name, "doubtful", match.candidates, reason)


def _match(page_id: str, name: str, codes: set[str], verdict: Verdict, reason: str) -> Match:
    # A name of two satker is nobody's for sure, however exact it is.
    if verdict == "sure" and len(codes) > 1:
        verdict, reason = "doubtful", "several satker may bear this name"
    return Match(page_id, name, verdict, tuple(sorted(codes)), reason)


def _words(name: str) -> list[str]:
    """The words of a name in the one spelling in which names are compared."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    text = " ".join(SPELLINGS.get(word, word) for word in re.findall(r"\w+", plain))
    for long, short in SHORTENED:
        text = text.replace(long, short)
    return [word for word in text.split() if word not in PASSED_OVER]


def _key(name: str) -> str:
    """What of a name is compared: no capitals, punctuation or blanks ("Toli-Toli" is "Tolitoli")."""
    return "".join(_words(name))


def _is_office(key: str) -> bool:
    """Whether a name speaks of an election office at all; others are not compared letter by letter."""
    return any(word in key for word in ("kpu", "kip", "pemilihan"))


def _keys(one: Satker) -> set[str]:
    """Every key under which a satker may be known.

    In Aceh the office is a KIP, and the public often says KPU. Elsewhere a KIP is another body, the Komisi
    Informasi, so that the word is never exchanged there.
    """
    offices = ("kip", "kpu") if one.is_kip else ("kpu",)
    kind = "" if one.kind == "ri" else one.kind
    area = [word for word in _words(one.area_name) if word not in KIND_WORDS]
    wholes = [_words(one.official_name), _words(one.short_name)]
    parts = [area]
    for alias in map(_words, one.aliases):
        (wholes if alias[0] in offices else parts).append(alias)
    keys = {"".join(words) for words in wholes}
    for office in offices:
        keys |= {office + "".join(words[1:]) for words in wholes}
        keys |= {office + between + "".join(words) for words in parts for between in ("", kind)}
    return keys
