"""The number of the ledger's row, carried in a post's own link, so that a later reading recognises the post.

No platform offers a field for it; `utm_id` is a parameter that web statistics expect and pages ignore.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

MARKER: Final = re.compile(r"kt\d+")
#: What an address goes on with; an address that does not end here is another one.
_GOES_ON: Final = r"(?![\w/?#&=%+~-])"


def marker_of(post_id: int) -> str:
    """The marker of a ledger row, as it travels in `utm_id`."""
    return f"kt{post_id}"


def marked_link(link: str, post_id: int) -> str:
    """The link with the ledger's number in `utm_id`, so that the post can be recognised later."""
    parts = urlsplit(link)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=query + urlencode({"utm_id": marker_of(post_id)})))


def marker_in(addresses: Iterable[str]) -> str | None:
    """The first marker that one of these addresses carries; None when none does."""
    named = (name for address in addresses for name in parse_qs(urlsplit(address).query).get("utm_id", ()))
    return next((name for name in named if MARKER.fullmatch(name)), None)


def text_with_link(message: str, link: str, post_id: int) -> str:
    """A text that carries its marked link itself, for platforms without a field for the link.

    The link stands where the text has it already, and otherwise on a last line of its own.
    """
    if not link:
        return message
    marked = marked_link(link, post_id)
    placed, times = re.subn(re.escape(link) + _GOES_ON, lambda _: marked, message, count=1)
    return placed if times else f"{message}\n{marked}"
