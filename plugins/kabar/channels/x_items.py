"""Posts as X tells them, and whether one of them is ours.

Sources: docs.x.com/x-api/fundamentals/data-dictionary (post, entities), …/response-codes-and-errors.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import unescape
from typing import Any

from kabar.channels.channel import Outgoing, Standing
from kabar.channels.graph import text_of
from kabar.channels.marker import marker_in, marker_of, text_with_link
from kabar.errors import KabarError, RefusedError


def posted_text(post: Outgoing) -> str:
    """The text as it goes to X, with the marked link in it."""
    return text_with_link(post.message, post.link, post.post_id)


def problem_inside(content: object) -> KabarError | None:
    """What a success without data hides: X answers HTTP 200 for what it does not show.

    A post that does not exist is no problem; what we may not see is, because it may well be there.
    """
    errors = content.get("errors") if isinstance(content, dict) and "data" not in content else None
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict) and "not-found" not in str(error.get("type")):
            return RefusedError(f"X does not show it: {error.get('detail') or error.get('title')}")
    return None


def member(content: object, key: str) -> dict[str, Any]:
    """One object inside another; empty where there is none."""
    inner = content.get(key) if isinstance(content, dict) else None
    return inner if isinstance(inner, dict) else {}


def standing(item: Mapping[str, Any], evidence: Mapping[str, Any]) -> Standing:
    """A post as X describes it; `item` has an id."""
    number = item["id"]
    return Standing(
        platform_id=number,
        permalink=f"https://x.com/i/web/status/{number}",
        published_at=_created_at(item),
        evidence={**evidence, "id": number, "created_at": item.get("created_at")},
    )


def _created_at(item: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(item["created_at"])
    except (KeyError, TypeError, ValueError):
        return None


def says(item: Mapping[str, Any], post: Outgoing) -> bool:
    """Whether the item has this post's text and no other's marker."""
    is_same = _plain(_told(item)) == _plain(posted_text(post))
    return is_same and marker_in(addresses(item)) in {None, marker_of(post.post_id)}


def _told(item: Mapping[str, Any]) -> str:
    """The text as it was written: whole links for short ones, and without those of the pictures."""
    text = unescape(text_of(item.get("text")) or "")
    for url in _urls(item):
        whole = "" if "media_key" in url else str(url.get("expanded_url", ""))
        text = text.replace(str(url.get("url")), whole)
    return text


def _plain(text: str) -> str:
    """A text as it is compared: composed letters, and no regard to the width of spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def addresses(item: Mapping[str, Any]) -> Iterator[str]:
    """Every address that the text of a post leads to."""
    for url in _urls(item):
        yield from (url[key] for key in ("expanded_url", "unwound_url") if isinstance(url.get(key), str))


def _urls(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    urls = member(item, "entities").get("urls")
    return (url for url in urls if isinstance(url, dict)) if isinstance(urls, list) else iter(())
