"""Checks that look for words and patterns: each is a kind of entry under `periksa` in `rules.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field

from kabar.content.line_by_line import found_in
from kabar.content.reading_text import Reading
from kabar.frozen import Frozen
from kabar.reading import Line, WrongValueError

Season: TypeAlias = Literal["selalu", "masa_tenang", "jeda_survei"]

_CAPITALS: Final = re.compile(r"\b[A-Z]{2,}\b")
_ROMAN: Final = re.compile(r"[IVXLC]+")
_FIRST_WORD: Final = re.compile(r"\w+(?:-\w+)?")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise WrongValueError(
            f"`{text}` is not a pattern: {error}.", "Close every bracket, or put a backslash before a sign."
        ) from None
    return text


Pattern: TypeAlias = Annotated[Line, AfterValidator(_pattern)]


class ForbiddenPatterns(Frozen):
    """No pattern (regular expression, small and capital letters alike) may match what a citizen sees."""

    cara: Literal["pola"]
    patterns: tuple[Pattern, ...] = Field(alias="pola", min_length=1)
    message: Line = Field(alias="pesan")
    season: Season = Field(alias="saat", default="selalu")

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.IGNORECASE) for pattern in self.patterns)

    @cached_property
    def _any(self) -> re.Pattern[str] | None:
        """All patterns in one, which finds something exactly if one of them does.

        None where they cannot be joined: a group would get another number, a flag would stand inside.
        """
        if any(pattern.groups for pattern in self._compiled):
            return None
        try:
            return re.compile("|".join(f"(?:{pattern})" for pattern in self.patterns), re.IGNORECASE)
        except re.error:
            return None

    def _may_match(self, folded: str) -> bool:
        return self._any is None or self._any.search(folded) is not None

    def find(self, reading: Reading) -> Iterator[str]:
        """Report each pattern that matches, with the words that it matched."""
        if reading.is_time_of(self.season) and self._may_match(reading.folded):
            for pattern in self._compiled:
                if found := pattern.search(reading.folded):
                    yield f"Memuat “{found[0].strip()}”. {self.message}"


class ForbiddenWords(Frozen):
    """No word or phrase of the list may stand in what a citizen sees, unless it is part of a longer word."""

    cara: Literal["kata"]
    words: tuple[Line, ...] = Field(alias="kata", min_length=1)
    message: Line = Field(alias="pesan")
    season: Season = Field(alias="saat", default="selalu")

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        phrases = (r"[\s_-]+".join(map(re.escape, word.casefold().split())) for word in self.words)
        return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")

    @cached_property
    def _first_words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word.casefold().split()[0] for word in self.words))

    def find(self, reading: Reading) -> Iterator[str]:
        """Report each forbidden word once."""
        if reading.is_time_of(self.season) and any(word in reading.folded for word in self._first_words):
            for word in dict.fromkeys(self._compiled.findall(reading.folded)):
                yield f"Memuat “{word}”. {self.message}"


class Capitals(Frozen):
    """No word is written in capitals but known abbreviations, Roman numerals and parts of the name."""

    cara: Literal["huruf_besar"]
    known: tuple[Line, ...] = Field(alias="dikenal")

    def find(self, reading: Reading) -> Iterator[str]:
        """Report each such word once."""
        name = _CAPITALS.findall(f"{reading.satker.short_name} {reading.satker.official_name}")
        for word in found_in(reading.lines, _CAPITALS):
            if word not in self.known and word not in name and not _ROMAN.fullmatch(word):
                yield f"“{word}” ditulis dengan huruf besar. Pakai huruf biasa, atau daftarkan singkatannya."


class Explanations(Frozen):
    """An abbreviation of the list must be written out once: `Panitia Pemungutan Suara (PPS)`."""

    cara: Literal["singkatan"]
    abbreviations: tuple[Line, ...] = Field(alias="singkatan", min_length=1)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w#.@])(?:{'|'.join(map(re.escape, self.abbreviations))})(?!\w)")

    def find(self, reading: Reading) -> Iterator[str]:
        """Report each abbreviation that is used and never explained."""
        for short in found_in(reading.lines, self._compiled):
            if f"({short})" not in reading.seen:
                yield f"Singkatan {short} belum dijelaskan. Tulis kepanjangannya saat pertama kali dipakai."


class Calls(Frozen):
    """At most so many sentences call the reader to do something, beginning with a verb of the list."""

    cara: Literal["ajakan"]
    most: int = Field(alias="paling_banyak", ge=0)
    verbs: tuple[Line, ...] = Field(alias="kata", min_length=1)

    @cached_property
    def _verbs(self) -> frozenset[str]:
        return frozenset(verb.casefold() for verb in self.verbs)

    def find(self, reading: Reading) -> Iterator[str]:
        """Report a text with more calls, naming their verbs."""
        calls = [
            found[0]
            for sentence in reading.sentences
            if (found := _FIRST_WORD.match(sentence)) and found[0].casefold() in self._verbs
            if not sentence.startswith("Terima kasih")
        ]
        if len(calls) > self.most:
            yield f"Ada {len(calls)} ajakan ({', '.join(calls)}). Satu pesan cukup satu ajakan."


WordCheck: TypeAlias = ForbiddenPatterns | ForbiddenWords | Capitals | Explanations | Calls
