"""Facebook Pages over the Graph API v26.0.

Sources: developers.facebook.com/docs/pages-api/posts, …/docs/graph-api/reference/page/feed,
…/docs/graph-api/advanced (read-after-write), …/docs/pages-api/getting-started (me/accounts).
The API has no idempotency key and no marker field: the post's number travels in the link's `utm_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kabar.channels.channel import Abilities, Channel, Identity, Outgoing, Prepared, Standing
from kabar.channels.facebook_identity import page_facts
from kabar.channels.facebook_insights import FacebookInsights
from kabar.channels.facebook_reads import FacebookReads
from kabar.channels.graph import (
    PAGE_SIZE,
    PUBLISH_TASK,
    VERSION,
    PageAccess,
    graph_time,
    items_of,
    pages_of,
    text_of,
)
from kabar.channels.graph_errors import create_problem, read_problem
from kabar.channels.marker import marked_link, marker_in, marker_of
from kabar.channels.measured import Measured
from kabar.channels.transport import HTTPTransport
from kabar.errors import AccountError, RefusedError, UnconfirmedError

if TYPE_CHECKING:
    from kabar.channels.opening import Door

#: Published length of a Page post; used by published clients, not stated in the reference.
MESSAGE_LIMIT = 63_206
#: `created_time` is the platform's clock; ours may be ahead by this much.
CLOCK_SKEW = timedelta(minutes=2)
POST_FIELDS = "id,message,created_time,permalink_url,attachments{target,url,unshimmed_url}"


async def open_channel(door: Door) -> Channel:
    """Open the Pages that the connection's user or system-user token reaches; errors as of `pages_of`."""
    pages = await pages_of(door.transport, door.token)
    return FacebookPages(door.transport, pages, settle_seconds=door.settle_seconds)


class FacebookPages:
    """The Pages that one user token reaches, behind the `Channel` protocol."""

    abilities = Abilities()

    #: The shared documents give no figure; a Page's own timeline was seen to lag by seconds.
    settle_seconds: float

    def __init__(
        self, transport: HTTPTransport, pages: Mapping[str, PageAccess], *, settle_seconds: float
    ) -> None:
        self._transport = transport
        self._pages = pages
        self.settle_seconds = settle_seconds

    async def prepare(self, post: Outgoing) -> Prepared:  # noqa: ARG002 -- Text and link need no preparation.
        """Nothing has to lie on the platform before."""
        return Prepared({})

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
        if not isinstance(content, dict) or not text_of(content.get("id")):
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
        if not isinstance(content, dict) or not text_of(content.get("id")) or not _says(content, post):
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
        async for item in items_of(
            self._transport, f"/{VERSION}/{page.page_id}/published_posts", params, page.token
        ):
            marker = marker_in(_links(item))
            is_it = marker == marker_of(post.post_id) if marker else _says(item, post)
            created_at = _created_at(item)
            # `since` is documented for /feed only, so that an older post may be in the list.
            if is_it and (created_at is None or created_at >= sent_at - CLOCK_SKEW):
                matches.append(_standing(item, {"by": "reading", "marker": bool(marker)}))
        return matches

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Delete one post; one that is gone is deleted already."""
        page = self._page(post.account_id)
        answer = await self._transport.call("DELETE", f"/{VERSION}/{platform_id}", None, token=page.token)
        problem = create_problem(answer)
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            if await self._is_there(page, platform_id):
                raise problem
            return {"by": "reading", "id": platform_id, "gone": True}
        if problem is not None:
            raise problem
        return {"by": "answer", "id": platform_id, "deleted": True}

    async def correct(self, post: Outgoing, platform_id: str) -> Standing:
        """Change the words of a post of our own app; link and pictures stay as they are."""
        page = self._page(post.account_id)
        answer = await self._transport.post(
            f"/{VERSION}/{platform_id}", {"message": post.message}, token=page.token
        )
        problem = create_problem(answer)
        if problem is not None:
            raise problem
        return Standing(platform_id, None, None, {"by": "answer", "id": platform_id, "edited": True})

    async def identity(self, account_id: str) -> Identity:
        """Read the Page with its own token."""
        page = self._pages.get(account_id)
        if page is None:
            return Identity(None, None, (f"The token does not reach the Page {account_id}.",), {})
        facts = await page_facts(self._transport, page)
        obstacles = [] if facts.fault is None else [str(facts.fault)]
        if PUBLISH_TASK not in page.tasks:
            obstacles.append(f"The token has no {PUBLISH_TASK} task on the Page.")
        if facts.is_published is False:
            obstacles.append("The Page is not published.")
        evidence = {"name": facts.name, "category": facts.category, "tasks": list(page.tasks)}
        return Identity(facts.name, None, tuple(obstacles), evidence)

    async def insights(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date], now: datetime
    ) -> list[Measured]:
        """Every metric of a Page on every Los Angeles day of `days`."""
        page = self._page(account_id)
        reads = FacebookInsights(FacebookReads(self._transport), now=now)
        return await reads.page_days(account_id, token=page.token, metrics=metrics, days=days)

    async def _is_there(self, page: PageAccess, platform_id: str) -> bool:
        """Whether the Page can still read this post."""
        answer = await self._transport.get(f"/{VERSION}/{platform_id}", {"fields": "id"}, token=page.token)
        problem = read_problem(answer)
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            return False
        if problem is not None:
            raise problem
        return True

    def _page(self, page_id: str) -> PageAccess:
        page = self._pages.get(page_id)
        if page is None:
            raise AccountError(f"The token does not reach the Page {page_id}.")
        return page


def _standing(item: Mapping[str, Any], evidence: Mapping[str, Any]) -> Standing:
    """A post as the platform describes it; `item` has an id."""
    return Standing(
        platform_id=item["id"],
        permalink=text_of(item.get("permalink_url")),
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
    text = text_of(item.get("message")) or ""
    return text.strip() == post.message.strip() and marker_in(_links(item)) in {None, marker_of(post.post_id)}


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
