"""Facebook Pages over the Graph API v26.0.

Sources: developers.facebook.com/docs/pages-api/posts, …/docs/graph-api/reference/page/feed,
…/docs/graph-api/advanced (read-after-write), …/docs/pages-api/getting-started (me/accounts).
The API has no idempotency key and no marker field: the post's number travels in the link's `utm_id`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
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
        answer = await self._transport.post(
            f"/{VERSION}/{page.page_id}/feed",
            {
                "message": post.message,
                "link": marked_link(post.link, post.post_id),
                "fields": "id,permalink_url,created_time",
            },
            token=page.token,
        )
        problem = create_problem(answer)
        if problem is not None:
            raise problem
        content = answer.json()
        platform_id = content.get("id") if isinstance(content, dict) else None
        if not isinstance(platform_id, str) or not isinstance(content, dict):
            raise UnconfirmedError("The Graph API accepted the post and named no id.")
        created = content.get("created_time")
        return Standing(
            platform_id=platform_id,
            permalink=content.get("permalink_url"),
            published_at=graph_time(created) if isinstance(created, str) else None,
            evidence={"by": "answer", "http": answer.status, "id": platform_id},
        )

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Read one post; None when it does not exist, is not readable, or says something else."""
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
        return _standing(content, post) if isinstance(content, dict) else None

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:
        """Read the Page's own posts since shortly before `sent_at` and give those that are this one."""
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
            standing = _standing(item, post)
            if standing is not None and graph_time(item["created_time"]) >= sent_at - CLOCK_SKEW:
                matches.append(standing)
        return matches

    def _page(self, page_id: str) -> PageAccess:
        page = self._pages.get(page_id)
        if page is None:
            raise AccountError(f"The token does not reach the Page {page_id}.")
        return page


async def pages_of(transport: HTTPTransport, user_token: str) -> dict[str, PageAccess]:
    """Every Page that a user or system-user token reaches, by Page id; reads all result pages.

    A Page without an `access_token` of its own is visible but not assigned, and is left out.
    """
    params = {"fields": "id,name,access_token,tasks", "limit": PAGE_SIZE}
    found: dict[str, PageAccess] = {}
    async for item in _items(transport, f"/{VERSION}/me/accounts", params, user_token):
        if isinstance(item.get("access_token"), str):
            found[item["id"]] = PageAccess(
                page_id=item["id"],
                name=item["name"],
                token=item["access_token"],
                tasks=tuple(item.get("tasks", ())),
            )
    return found


def marked_link(link: str, post_id: int) -> str:
    """The link with the ledger's number in `utm_id`, so that the post can be recognised later."""
    parts = urlsplit(link)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=query + urlencode({"utm_id": f"kt{post_id}"})))


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
            yield item
        paging = content.get("paging", {})
        after = paging.get("cursors", {}).get("after")
        if "next" not in paging or not after:
            return
        cursor = {"after": after}


def _standing(item: Mapping[str, Any], post: Outgoing) -> Standing | None:
    """The post as read, when it is the one meant: its marker in a link, or its text to the letter."""
    marker = f"kt{post.post_id}"
    has_marker = any(
        marker in parse_qs(urlsplit(address).query).get("utm_id", ()) for address in _links(item)
    )
    has_text = str(item.get("message", "")).strip() == post.message.strip()
    if not has_text:
        return None
    if not has_marker and any("utm_id" in parse_qs(urlsplit(address).query) for address in _links(item)):
        # The same words with another post's marker are another post.
        return None
    return Standing(
        platform_id=str(item["id"]),
        permalink=item.get("permalink_url"),
        published_at=graph_time(item["created_time"]),
        evidence={
            "by": "reading",
            "id": item["id"],
            "created_time": item["created_time"],
            "marker": has_marker,
        },
    )


def _links(item: Mapping[str, Any]) -> list[str]:
    attachments = item.get("attachments", {})
    found: list[str] = []
    for attachment in attachments.get("data", ()) if isinstance(attachments, dict) else ():
        target = attachment.get("target")
        candidates = (attachment.get("url"), attachment.get("unshimmed_url"))
        candidates += (target.get("url"),) if isinstance(target, dict) else ()
        found.extend(address for address in candidates if isinstance(address, str))
    return found
