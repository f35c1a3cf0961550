"""Facebook Pages over the Graph API v26.0.

Sources: developers.facebook.com/docs/pages-api/posts, …/docs/graph-api/reference/page/feed,
…/docs/graph-api/advanced (read-after-write), …/docs/pages-api/getting-started (me/accounts).
The API has no idempotency key and no marker field: the post's number travels in the link's `utm_id`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from kabar.channels.channel import Outgoing, Standing
from kabar.channels.graph_errors import create_problem, read_problem
from kabar.channels.transport import HTTPTransport
from kabar.errors import AccountError, RefusedError, UnconfirmedError, UnreachableError

VERSION = "v26.0"
#: Published length of a Page post; used by published clients, not stated in the reference.
MESSAGE_LIMIT = 63_206
PAGE_SIZE = "100"
#: `created_time` is the platform's clock; ours may be ahead by this much.
CLOCK_SKEW = timedelta(minutes=2)
POST_FIELDS = "id,message,created_time,permalink_url,attachments{target,url,unshimmed_url}"
PUBLISH_TASK = "CREATE_CONTENT"
#: The number of the ledger's row, as it travels in `utm_id`.
MARKER = re.compile(r"kt\d+")


@dataclass(frozen=True, slots=True)
class PageAccess:
    """One Page that a token reaches."""

    page_id: str
    name: str
    token: str = field(repr=False)
    tasks: tuple[str, ...]


class FacebookPages:
    """The Pages that one user token reaches, behind the `Channel` protocol."""

    #: The shared documents give no figure; a Page's own timeline was seen to lag by seconds.
    settle_seconds: float

    def __init__(
        self, transport: HTTPTransport, pages: Mapping[str, PageAccess], *, settle_seconds: float
    ) -> None:
        self._transport = transport
        self._pages = pages
        self.settle_seconds = settle_seconds

    async def create(self, post: Outgoing) -> Standing:
        """Publish text with a link by one call, and have the answer carry the permalink."""
        page = self._page(post.account_id)
        if PUBLISH_TASK not in page.tasks:
            raise AccountError(f"The token has no {PUBLISH_TASK} task on the Page {page.name}.")
        form = {"message": post.message, "fields": "id,permalink_url,created_time"}
        if post.link:
            form["link"] = marked_link(post.link, post.post_id)
        answer = await self._transport.post(f"/{VERSION}/{page.page_id}/feed", form, token=page.token)
        problem = create_problem(answer)
        if problem is not None:
            raise problem
        content = answer.json()
        if not isinstance(content, dict) or not _text(content.get("id")):
            raise UnconfirmedError("The Graph API accepted the post and named no id.")
        return _standing(content, {"by": "answer", "http": answer.status})

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Read one post; None when it does not exist, is not visible to us, or says something else."""
        page = self._page(post.account_id)
        answer = await self._transport.get(
            f"/{VERSION}/{platform_id}", {"fields": POST_FIELDS}, token=page.token
        )
        problem = read_problem(answer)
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            return None
        if problem is not None:
            raise problem
        content = answer.json()
        if not isinstance(content, dict) or not _text(content.get("id")) or not _says(content, post):
            return None
        return _standing(content, {"by": "reading"})

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:
        """Read the Page's own posts since shortly before `sent_at` and give those that are this one.

        A post with our marker is ours whatever the platform has made of its text; without any marker the
        text must be the same to the letter.
        """
        page = self._page(post.account_id)
        params = {
            "fields": POST_FIELDS,
            "limit": PAGE_SIZE,
            "since": str(int((sent_at - CLOCK_SKEW).timestamp())),
        }
        matches = []
        async for item in _items(
            self._transport, f"/{VERSION}/{page.page_id}/published_posts", params, page.token
        ):
            marker = _marker(item)
            is_it = marker == _marker_of(post.post_id) if marker else _says(item, post)
            created_at = _created_at(item)
            # `since` is documented for /feed only, so that an older post may be in the list.
            if is_it and (created_at is None or created_at >= sent_at - CLOCK_SKEW):
                matches.append(_standing(item, {"by": "reading", "marker": bool(marker)}))
        return matches

    def _page(self, page_id: str) -> PageAccess:
        page = self._pages.get(page_id)
        if page is None:
            raise AccountError(f"The token does not reach the Page {page_id}.")
        return page


async def pages_of(transport: HTTPTransport, user_token: str) -> dict[str, PageAccess]:
    """Every Page that a user or system-user token reaches, by Page id; reads all result pages.

    A Page without an `access_token` of its own is visible but not assigned, and is left out. So is one that
    comes with the user's own token: as a Page's it would post in the user's name, or nothing (#200).
    """
    params = {"fields": "id,name,access_token,tasks", "limit": PAGE_SIZE}
    found: dict[str, PageAccess] = {}
    async for item in _items(transport, f"/{VERSION}/me/accounts", params, user_token):
        token = item.get("access_token")
        if isinstance(token, str) and token not in {"", user_token}:
            found[item["id"]] = PageAccess(
                page_id=item["id"],
                name=_text(item.get("name")) or item["id"],
                token=token,
                tasks=tuple(item.get("tasks", ())),
            )
    return found


def marked_link(link: str, post_id: int) -> str:
    """The link with the ledger's number in `utm_id`, so that the post can be recognised later."""
    parts = urlsplit(link)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=query + urlencode({"utm_id": _marker_of(post_id)})))


def graph_time(text: str) -> datetime:
    """Read `2026-11-01T02:03:04+0000`, the Graph API's spelling of a time."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


async def _items(
    transport: HTTPTransport, path: str, params: Mapping[str, str], token: str
) -> AsyncIterator[dict[str, Any]]:
    """Walk all result pages of an edge by its cursor.

    The address in `paging.next` holds the token and another host's name, so it only tells that there is more.
    """
    cursor: dict[str, str] = {}
    while True:
        answer = await transport.get(path, {**params, **cursor}, token=token)
        problem = read_problem(answer)
        if problem is not None:
            raise problem
        content = answer.json()
        if not isinstance(content, dict) or not isinstance(content.get("data"), list):
            raise UnreachableError(f"The list at {path} has no data.")
        for item in content["data"]:
            if isinstance(item, dict) and _text(item.get("id")):
                yield item
        paging = content.get("paging", {})
        after = paging.get("cursors", {}).get("after")
        if "next" not in paging or not after or cursor == {"after": after}:
            return
        cursor = {"after": after}


def _standing(item: Mapping[str, Any], evidence: Mapping[str, Any]) -> Standing:
    """A post as the platform describes it; `item` has an id."""
    return Standing(
        platform_id=item["id"],
        permalink=_text(item.get("permalink_url")),
        published_at=_created_at(item),
        evidence={**evidence, "id": item["id"], "created_time": item.get("created_time")},
    )


def _created_at(item: Mapping[str, Any]) -> datetime | None:
    """When the item says it was made; what stands, stands, even if that cannot be read."""
    try:
        return graph_time(item["created_time"])
    except (KeyError, TypeError, ValueError):
        return None


def _says(item: Mapping[str, Any], post: Outgoing) -> bool:
    """Whether the item has this post's text and no other's marker: the same words twice are two posts."""
    text = _text(item.get("message")) or ""
    return text.strip() == post.message.strip() and _marker(item) in {None, _marker_of(post.post_id)}


def _marker_of(post_id: int) -> str:
    return f"kt{post_id}"


def _marker(item: Mapping[str, Any]) -> str | None:
    """The marker that an item carries in one of its links."""
    named = (name for address in _links(item) for name in parse_qs(urlsplit(address).query).get("utm_id", ()))
    return next((name for name in named if MARKER.fullmatch(name)), None)


def _links(item: Mapping[str, Any]) -> Iterator[str]:
    """Every address that the attachments of an item name, the shown ones and those behind them."""
    attachments = item.get("attachments")
    attached = attachments.get("data") if isinstance(attachments, dict) else None
    for attachment in attached if isinstance(attached, list) else ():
        if isinstance(attachment, dict):
            for part in (attachment, attachment.get("target")):
                yield from _addresses(part)


def _addresses(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (part[key] for key in ("url", "unshimmed_url") if isinstance(part.get(key), str))


def _text(value: object) -> str | None:
    """A text that is not empty, or None."""
    return value if isinstance(value, str) and value else None
