"""Telegram's HTML: which markup a message may hold, and what words are left of it.

core.telegram.org/bots/api#html-style.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

TAGS: Final = frozenset(
    {"a", "b", "blockquote", "code", "del", "em", "i", "ins", "pre", "s", "span", "strike", "strong", "u"}
)


class MarkupError(Exception):
    """Telegram cannot read it."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 -- Its signature.
        if tag not in TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}"')
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise MarkupError(f'Unmatched end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read_html(text: str) -> tuple[str, tuple[str, ...]]:
    """The words of a message and the tags that were in it; MarkupError for what Telegram refuses."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{reader.open[-1]}"')
    return "".join(reader.words), tuple(reader.tags)


def length(text: str) -> int:
    """The length of a text as Telegram counts it: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
