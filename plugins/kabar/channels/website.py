"""An office's own website, by a contract of ours: `docs/website-webhook.md`.

Each post has a key of our making, the same for the same post in the same words. The site keeps one post a
key, whatever arrives twice, and tells by the key what it has: the one channel on which a post stands exactly
once by contract. It goes through the ledger like every other, because a site may break its word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson

from kabar.channels.channel import Abilities, Channel, Identity, Outgoing, Prepared, Standing
from kabar.channels.graph import text_of
from kabar.channels.marker import marked_link, marker_of
from kabar.channels.measured import Measured, missing
from kabar.channels.transport import Answer
from kabar.channels.website_answers import object_of, problem_of, says, standing, without
from kabar.channels.website_signature import signed_headers
from kabar.errors import AccountError, RefusedError, UnconfirmedError, UnreachableError

if TYPE_CHECKING:
    from kabar.channels.opening import Door

#: Statuses that mean: there is no such post, or none any more.
NOT_THERE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


async def open_channel(door: Door) -> Channel:
    """Open the sites whose secrets the connection holds; nothing is asked."""
    return Websites(door)


class Websites:
    """The sites behind one connection, behind the `Channel` protocol."""

    abilities = Abilities()

    #: By contract a post is told of as soon as it was accepted; the pause is for sites that keep copies.
    settle_seconds: float

    def __init__(self, door: Door) -> None:
        self._door = door
        self._now = door.now
        self.settle_seconds = door.settle_seconds

    async def prepare(self, post: Outgoing) -> Prepared:
        """Name the key under which the site will keep the post; nothing is called."""
        if any(not picture.url for picture in post.pictures):
            raise RefusedError(
                "The site fetches pictures itself: set KABAR_PICTURES_URL to our public folder."
            )
        return Prepared({"key": key_of(post)})

    async def create(self, post: Outgoing) -> Standing:
        """Hand the post over under its key."""
        key = str(post.handle.get("key") or key_of(post))
        answer = await self._call("POST", f"/{post.account_id}/posts", post, _content(post, key), key=key)
        problem = problem_of(answer)
        if problem is not None:
            raise problem
        return standing(answer, key, {"by": "answer", "http": answer.status})

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Ask for the post by its key; None when it is gone or says something else."""
        answer = await self._told(post, platform_id)
        if answer is None or not says(answer, post):
            return None
        return standing(answer, platform_id, {"by": "reading"})

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:  # noqa: ARG002 -- By its key.
        """Ask for the post by its key, which the ledger had saved before the call."""
        key = post.handle.get("key")
        if not isinstance(key, str):
            return []
        answer = await self._told(post, key)
        return [] if answer is None else [standing(answer, key, {"by": "key"})]

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Take the post down; one that is gone is down already."""
        answer = await self._call("DELETE", f"/{post.account_id}/posts/{platform_id}", post)
        if answer.status in NOT_THERE:
            return {"by": "answer", "id": platform_id, "gone": True}
        problem = problem_of(answer)
        if problem is not None:
            raise problem
        return {"by": "answer", "id": platform_id, "deleted": True}

    async def correct(self, post: Outgoing, platform_id: str) -> Standing:
        """Put other words in the post's place, under the same key."""
        path = f"/{post.account_id}/posts/{platform_id}"
        answer = await self._call("PUT", path, post, _content(post, platform_id))
        problem = problem_of(answer)
        if problem is not None:
            raise problem
        return standing(answer, platform_id, {"by": "answer", "edited": True})

    async def identity(self, account_id: str) -> Identity:
        """Ask the site who it is, with a signature that it has to accept."""
        if self._door.token_of(account_id) is None:
            return Identity(None, None, (f"The connection has no secret for the site {account_id}.",), {})
        answer = await self._get(account_id, "")
        problem = problem_of(answer)
        if isinstance(problem, RefusedError):
            return Identity(None, None, (str(problem),), {})
        if isinstance(problem, UnconfirmedError):
            raise UnreachableError(str(problem))
        if problem is not None:
            raise problem
        told = object_of(answer)
        obstacles = () if told.get("can_publish") is True else ("The site says that it takes no posts now.",)
        evidence = {key: told.get(key) for key in ("name", "url", "can_publish")}
        return Identity(text_of(told.get("name")), text_of(told.get("url")), obstacles, evidence)

    async def insights(
        self,
        account_id: str,
        *,
        metrics: Sequence[str],
        days: Sequence[date],
        now: datetime,  # noqa: ARG002 -- The protocol's.
    ) -> list[Measured]:
        """Nothing: the contract asks a site for no figures."""
        reason = f"The site {account_id} is asked for no figures."
        return [missing(metric, day, "unknown_metric", reason) for metric in metrics for day in days]

    async def _told(self, post: Outgoing, key: str) -> Answer | None:
        """What the site has under a key; None when it has nothing there."""
        answer = await self._get(post.account_id, f"/posts/{key}")
        if answer.status in NOT_THERE:
            return None
        problem = problem_of(answer)
        if isinstance(problem, UnconfirmedError):
            raise UnreachableError(str(problem))
        if problem is not None:
            raise problem
        if object_of(answer).get("key") != key:
            raise UnreachableError("The site answered about another post than the one it was asked for.")
        return answer

    async def _get(self, account_id: str, rest: str) -> Answer:
        path = f"/{account_id}{rest}"
        secret = self._secret(account_id)
        headers = signed_headers("GET", path, b"", key="", secret=secret, now=self._now())
        answer = await self._door.transport.get(path, {}, token="", headers=headers)
        return without(secret, answer)

    async def _call(
        self,
        method: str,
        path: str,
        post: Outgoing,
        content: Mapping[str, Any] | None = None,
        *,
        key: str = "",
    ) -> Answer:
        body = orjson.dumps(content) if content is not None else b""
        secret = self._secret(post.account_id)
        headers = signed_headers(method, path, body, key=key, secret=secret, now=self._now())
        kind = {"Content-Type": "application/json"} if body else {}
        answer = await self._door.transport.call(
            method, path, body or None, token="", headers={**kind, **headers}
        )
        return without(secret, answer)

    def _secret(self, account_id: str) -> str:
        secret = self._door.token_of(account_id)
        if secret is None:
            raise AccountError(f"The connection has no secret for the site {account_id}.")
        return secret


def key_of(post: Outgoing) -> str:
    """The key of a post: the same for the same words and pictures, another one for other words."""
    shown = [post.account_id, post.message, post.link, *(f"{p.sha256} {p.alt_text}" for p in post.pictures)]
    digest = hashlib.sha256("\0".join(shown).encode()).hexdigest()
    return f"{marker_of(post.post_id)}-{digest[:32]}"


def _content(post: Outgoing, key: str) -> dict[str, Any]:
    """The body of a post as the contract describes it."""
    pictures = [
        {"url": picture.url, "sha256": picture.sha256, "alt_text": picture.alt_text}
        for picture in post.pictures
    ]
    link = marked_link(post.link, post.post_id) if post.link else ""
    return {"key": key, "text": post.message, "link": link, "pictures": pictures}
