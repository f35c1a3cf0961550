"""Facebook Pages over the Graph API v26.0.

Sources: developers.facebook.com/docs/pages-api/posts, …/docs/graph-api/reference/page/feed,
…/docs/graph-api/advanced (read-after-write), …/docs/pages-api/getting-started (me/accounts).
How a post is known again stands in `facebook_marks`, what lies staged before it in `facebook_photos`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from kabar.channels.channel import Abilities, Channel, Identity, Outgoing, Prepared, Standing
from kabar.channels.facebook_identity import page_facts, token_facts
from kabar.channels.facebook_insights import FacebookInsights
from kabar.channels.facebook_marks import (
    POST_FIELDS,
    app_of,
    created_at,
    photos_of,
    proof_of,
    says,
    standing_of,
)
from kabar.channels.facebook_photos import stage, story_of
from kabar.channels.facebook_reads import FacebookReads
from kabar.channels.graph import (
    PAGE_SIZE,
    PUBLISH_TASK,
    VERSION,
    PageAccess,
    items_of,
    pages_of,
    text_of,
)
from kabar.channels.graph_errors import create_problem, read_problem
from kabar.channels.marker import marked_link
from kabar.channels.measured import Measured
from kabar.channels.transport import HTTPTransport
from kabar.errors import AccountError, RefusedError, UnconfirmedError, UnreachableError

if TYPE_CHECKING:
    from kabar.channels.opening import Door

#: `created_time` is the platform's clock; ours may be ahead by this much.
CLOCK_SKEW = timedelta(minutes=2)


async def open_channel(door: Door) -> Channel:
    """Open the Pages that the connection's user or system-user token reaches; errors as of `pages_of`."""
    pages = await pages_of(door.transport, door.token)
    app_id = await _app_of_token(door)
    return FacebookPages(door.transport, pages, settle_seconds=door.settle_seconds, app_id=app_id)


async def _app_of_token(door: Door) -> str | None:
    """Our app, by which our own posts differ from the office's; None when Facebook does not tell it now."""
    try:
        return (await token_facts(door.transport, door.token, asked_with=door.token)).app_id
    except UnreachableError:
        # Nothing depends on it alone: without it a post is known by its photo, its marker or its text.
        return None


class FacebookPages:
    """The Pages that one user token reaches, behind the `Channel` protocol."""

    abilities = Abilities()

    #: The shared documents give no figure; a Page's own timeline was seen to lag by seconds.
    settle_seconds: float

    def __init__(
        self,
        transport: HTTPTransport,
        pages: Mapping[str, PageAccess],
        *,
        settle_seconds: float,
        app_id: str | None = None,
    ) -> None:
        self._app_id = app_id
        self._transport = transport
        self._pages = pages
        self.settle_seconds = settle_seconds

    async def prepare(self, post: Outgoing) -> Prepared:
        """Stage the next picture of the post, seen by nobody; text and link need nothing."""
        if not post.pictures:
            return Prepared({})
        return await stage(self._transport, self._publishing_page(post), post)

    async def create(self, post: Outgoing) -> Standing:
        """Publish text with its link or its staged photos by one call whose answer carries the permalink.

        A post shows its photos or the preview of its link, never both; then the link stands in the text.
        """
        page = self._publishing_page(post)
        form = {"message": post.message, "fields": "id,permalink_url,created_time"}
        if photos := photos_of(post.handle):
            form["attached_media"] = orjson.dumps([{"media_fbid": photo} for photo in photos]).decode()
        elif post.link:
            form["link"] = marked_link(post.link, post.post_id)
        answer = await self._transport.post(f"/{VERSION}/{page.page_id}/feed", form, token=page.token)
        problem = create_problem(answer)
        if problem is not None:
            raise problem
        content = answer.json()
        if not isinstance(content, dict) or not text_of(content.get("id")):
            raise UnconfirmedError("The Graph API accepted the post and named no id.")
        return standing_of(content, {"by": "answer", "http": answer.status})

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Read one post; None when it does not exist, is not visible to us, or says something else."""
        content = await self._read(self._page(post.account_id), platform_id)
        if content is None or not text_of(content.get("id")) or not says(content, post):
            return None
        return standing_of(content, {"by": "reading"})

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:
        """Ask the staged photos for their post; else read what the Page has published since then.

        A post with our photo or our marker is ours whatever the platform has made of its text; without any
        marker the text must be the same to the letter. What another app has published is not ours.
        """
        page = self._page(post.account_id)
        standing = await self._told_by_photos(post, page)
        if standing is not None:
            return [standing]
        params = {
            "fields": POST_FIELDS,
            "limit": PAGE_SIZE,
            "since": str(int((sent_at - CLOCK_SKEW).timestamp())),
        }
        matches = []
        async for item in items_of(
            self._transport, f"/{VERSION}/{page.page_id}/published_posts", params, page.token
        ):
            proof = proof_of(item, post, app_id=self._app_id)
            at = created_at(item)
            # `since` is documented for /feed only, so that an older post may be in the list.
            if proof is not None and (at is None or at >= sent_at - CLOCK_SKEW):
                matches.append(
                    standing_of(item, {"by": "reading", "proof": proof, "application": app_of(item)})
                )
        return matches

    async def _told_by_photos(self, post: Outgoing, page: PageAccess) -> Standing | None:
        """The post that a staged photo names as its own; None proves nothing."""
        for photo_id in photos_of(post.handle):
            story = await story_of(self._transport, page, photo_id)
            if story:
                item = await self._read(page, story)
                evidence = {"by": "reading", "proof": "photo", "photo": photo_id}
                return standing_of({**(item or {}), "id": story}, evidence)
        return None

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Delete one post; one that is gone is deleted already."""
        page = self._page(post.account_id)
        answer = await self._transport.call("DELETE", f"/{VERSION}/{platform_id}", None, token=page.token)
        problem = create_problem(answer)
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            if await self._read(page, platform_id) is not None:
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

    async def _read(self, page: PageAccess, platform_id: str) -> dict[str, Any] | None:
        """What one post says; None when it is not there for us."""
        answer = await self._transport.get(
            f"/{VERSION}/{platform_id}", {"fields": POST_FIELDS}, token=page.token
        )
        problem = read_problem(answer)
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            return None
        if problem is not None:
            raise problem
        content = answer.json()
        return content if isinstance(content, dict) else None

    def _publishing_page(self, post: Outgoing) -> PageAccess:
        page = self._page(post.account_id)
        if PUBLISH_TASK not in page.tasks:
            raise AccountError(f"The token has no {PUBLISH_TASK} task on the Page {page.name}.")
        return page

    def _page(self, page_id: str) -> PageAccess:
        page = self._pages.get(page_id)
        if page is None:
            raise AccountError(f"The token does not reach the Page {page_id}.")
        return page
