"""Whether an item of a Page's timeline is one of our posts, and what it proves.

The API has no idempotency key and no marker field: a post with a link carries its number in the link's
`utm_id`; a post with pictures shows no link, but its attachments name the photos that we have staged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from kabar.channels.channel import Outgoing, Standing
from kabar.channels.graph import graph_time, text_of
from kabar.channels.marker import marker_in, marker_of

POST_FIELDS = (
    "id,message,created_time,permalink_url,application{id},"
    "attachments{target,url,unshimmed_url,subattachments{target}}"
)


def standing_of(item: Mapping[str, Any], evidence: Mapping[str, Any]) -> Standing:
    """A post as the platform describes it; `item` has an id."""
    return Standing(
        platform_id=item["id"],
        permalink=text_of(item.get("permalink_url")),
        published_at=created_at(item),
        evidence={**evidence, "id": item["id"], "created_time": item.get("created_time")},
    )


def created_at(item: Mapping[str, Any]) -> datetime | None:
    """When the item says it was made; what stands, stands, even if that cannot be read."""
    try:
        return graph_time(item["created_time"])
    except (KeyError, TypeError, ValueError):
        return None


def says(item: Mapping[str, Any], post: Outgoing) -> bool:
    """Whether the item has this post's text and no other's marker: the same words twice are two posts."""
    text = text_of(item.get("message")) or ""
    return text.strip() == post.message.strip() and marker_in(_links(item)) in {None, marker_of(post.post_id)}


def proof_of(item: Mapping[str, Any], post: Outgoing, *, app_id: str | None) -> str | None:
    """What in the item says that it is this post: `photo`, `marker` or `text`; None when nothing does.

    A staged photo can stand in one post only. A marker holds whatever the platform has made of the text.
    Text alone counts where the item has no marker. What another app has published is never ours, though its
    author may have copied our link; Facebook does not name the app of every post.
    """
    if photos_of(post.handle) and set(photos_of(post.handle)) & set(_photos_in(item)):
        return "photo"
    if app_id is not None and app_of(item) not in {None, app_id}:
        return None
    marker = marker_in(_links(item))
    if marker is not None:
        return "marker" if marker == marker_of(post.post_id) else None
    return "text" if says(item, post) else None


def photos_of(handle: Mapping[str, Any]) -> list[str]:
    """The ids of the photos that `prepare` has staged, in the order of the pictures."""
    photos = handle.get("photos")
    return [photo for photo in photos if isinstance(photo, str)] if isinstance(photos, list) else []


def app_of(item: Mapping[str, Any]) -> str | None:
    """The app that published an item; None where Facebook does not say."""
    application = item.get("application")
    return text_of(application.get("id")) if isinstance(application, dict) else None


def _photos_in(item: Mapping[str, Any]) -> Iterator[str]:
    """The ids of everything that is attached to an item, photos of an album among them."""
    for part in _attached(item):
        target = part.get("target")
        if isinstance(target, dict) and isinstance(target.get("id"), str):
            yield target["id"]


def _links(item: Mapping[str, Any]) -> Iterator[str]:
    """Every address that the attachments of an item name, the shown ones and those behind them."""
    for attachment in _attached(item):
        for part in (attachment, attachment.get("target")):
            if isinstance(part, dict):
                yield from (part[key] for key in ("url", "unshimmed_url") if isinstance(part.get(key), str))


def _attached(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The attachments of an item and those inside them."""
    for key in ("attachments", "subattachments"):
        edge = part.get(key)
        data = edge.get("data") if isinstance(edge, dict) else None
        for attachment in data if isinstance(data, list) else ():
            if isinstance(attachment, dict):
                yield attachment
                yield from _attached(attachment)
