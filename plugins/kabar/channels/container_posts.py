"""What answers of Instagram and Threads hold, and whether a post that they describe is ours."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kabar.channels.channel import Outgoing, Standing
from kabar.channels.graph import graph_time, text_of
from kabar.channels.marker import MARKER, marker_of
from kabar.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of the two platforms spells the same things."""

    platform: str
    version: str
    #: Edges of an account.
    containers: str
    publish: str
    limit: str
    posts: str
    #: Field of a container that holds its state, and the one that holds the reason of an error.
    state: str
    reason: str
    #: Field of a post that holds its words, and the one that holds its link; empty where there is none.
    text: str
    link: str

    @property
    def post_fields(self) -> str:
        """What is read of a post."""
        return ",".join(name for name in ("id", self.text, self.link, "permalink", "timestamp") if name)

    def is_it(self, item: Mapping[str, Any], post: Outgoing) -> bool:
        """Whether an item is this post: by the marker in its link, and without any marker by its words."""
        marker = _marker(item.get(self.link))
        if marker is not None:
            return marker == marker_of(post.post_id)
        return same_words(item.get(self.text), post.message)

    def says(self, item: Mapping[str, Any], post: Outgoing) -> bool:
        """Whether an item has this post's words and no other's marker."""
        marker = _marker(item.get(self.link))
        return same_words(item.get(self.text), post.message) and marker in {None, marker_of(post.post_id)}


def same_words(shown: object, message: str) -> bool:
    """Whether a platform shows these words.

    Instagram leaves the sign @ out for some apps (developers.facebook.com/docs/instagram-platform/reference/
    instagram-media), and blanks at the ends of lines are nobody's words.
    """
    return isinstance(shown, str) and _bare(shown) == _bare(message)


def standing_of(item: Mapping[str, Any], evidence: Mapping[str, Any]) -> Standing:
    """A post as the platform describes it; `item` has an id."""
    return Standing(
        platform_id=str(item["id"]),
        permalink=text_of(item.get("permalink")),
        published_at=shown_at(item),
        evidence={**evidence, "id": item["id"], "timestamp": item.get("timestamp")},
    )


def shown_at(item: Mapping[str, Any]) -> datetime | None:
    """When the item says it was published; what stands, stands, even if that cannot be read."""
    try:
        return graph_time(item["timestamp"])
    except (KeyError, TypeError, ValueError):
        return None


def picture_form(url: str, alt_text: str) -> dict[str, str]:
    """One picture as both platforms take it: by the public address from which they fetch it.

    Raises:
        RefusedError: No public address is configured.
    """
    if not url:
        raise RefusedError(
            "The platform fetches pictures from the web and cannot reach ours: set KABAR_PICTURES_URL to the "
            "public address of the folder of pictures."
        )
    return {"image_url": url, **({"alt_text": alt_text} if alt_text else {})}


def id_of(content: object) -> str | None:
    """The id that an answer names."""
    return text_of(content.get("id")) if isinstance(content, dict) else None


def quota_of(content: object) -> tuple[int | None, int | None]:
    """Used and total of a limit endpoint; what is missing is None."""
    data = content.get("data") if isinstance(content, dict) else None
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    config = first.get("config")
    used, total = first.get("quota_usage"), config.get("quota_total") if isinstance(config, dict) else None
    return used if isinstance(used, int) else None, total if isinstance(total, int) else None


def _bare(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).replace("@", "").split()


def _marker(address: object) -> str | None:
    """The marker that an address carries."""
    if not isinstance(address, str):
        return None
    names = parse_qs(urlsplit(address).query).get("utm_id", ())
    return next((name for name in names if MARKER.fullmatch(name)), None)
