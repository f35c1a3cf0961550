"""X over its API v2.

Sources: docs.x.com/x-api/posts/create-post, …/users/get-posts, …/fundamentals/rate-limits;
`platforms.md` 4.1. No token reaches another account, and a post cannot be changed. X charges each post, and
more for one with a link; `include/channels.yaml` has the price. There is no field for a marker: it travels
in the link, which X shortens to `t.co` and gives back whole in `entities.urls[].expanded_url`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from kabar.channels.channel import Abilities, Channel, Identity, Outgoing, Prepared, Standing
from kabar.channels.graph import text_of
from kabar.channels.marker import marker_in, marker_of
from kabar.channels.measured import Measured, missing, present_levels
from kabar.channels.transport import json_body
from kabar.channels.x_errors import Rest, paused, problem_of, read_problem, rest_after
from kabar.channels.x_items import addresses, member, posted_text, problem_inside, says, standing
from kabar.channels.x_media import XMedia
from kabar.channels.x_signature import XTransport
from kabar.errors import AccountError, RefusedError, UnconfirmedError, UnreachableError

if TYPE_CHECKING:
    from kabar.channels.opening import Door

FIELDS: Final = "id,text,created_at,entities"
PAGE_SIZE: Final = "100"
#: `created_at` is the platform's clock; ours may be ahead by this much.
CLOCK_SKEW: Final = timedelta(minutes=2)
#: Levels of an account that `public_metrics` of a user tells.
LEVELS: Final = ("followers_count", "following_count", "tweet_count", "listed_count")


async def open_channel(door: Door) -> Channel:
    """Open the accounts whose tokens the connection holds; nothing is asked."""
    return XAccounts(door)


class XAccounts:
    """The accounts of one connection, behind the `Channel` protocol."""

    abilities = Abilities(can_correct=False)

    #: X gives no figure; the timeline is usually up to date within seconds.
    settle_seconds: float

    def __init__(self, door: Door) -> None:
        self._door = door
        self._transport = XTransport(door.transport, now=door.now)
        self._now = door.now
        self._media = XMedia(self._transport, now=door.now)
        #: Accounts whose budget of posts is used up, and the app itself under the empty name.
        self._rests: dict[str, Rest] = {}
        self.settle_seconds = door.settle_seconds

    async def prepare(self, post: Outgoing) -> Prepared:
        """Upload and describe the next picture; a post without pictures needs no call."""
        self._heed_rest(post.account_id)
        if not post.pictures:
            return Prepared({})
        return await self._media.next_step(post, token=self._token(post.account_id))

    async def create(self, post: Outgoing) -> Standing:
        """Publish text, link and pictures by one call."""
        token = self._token(post.account_id)
        self._heed_rest(post.account_id)
        content: dict[str, Any] = {"text": posted_text(post)}
        if post.pictures:
            content["media"] = {"media_ids": [entry["id"] for entry in post.handle.get("media", ())]}
        body, header = json_body(content)
        answer = await self._transport.post("/2/tweets", body, token=token, headers=header)
        self._note_rest(post.account_id, rest_after(answer.headers))
        problem = problem_of(answer, self._now())
        if problem is not None:
            raise problem
        data = member(answer.json(), "data")
        if text_of(data.get("id")) is None:
            raise UnconfirmedError("X accepted the post and named no id.")
        return standing(data, {"by": "answer", "http": answer.status})

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Read one post; None when it is gone or says something else."""
        item = await self._item(post.account_id, platform_id)
        return standing(item, {"by": "reading"}) if item is not None and says(item, post) else None

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:
        """Read the account's own posts since shortly before `sent_at` and give those that are this one.

        A post with our marker is ours; without any marker the text must be the same to the letter.
        """
        since = (sent_at - CLOCK_SKEW).astimezone(UTC)
        matches = []
        async for item in self._timeline(post.account_id, since):
            marker = marker_in(addresses(item))
            is_it = marker == marker_of(post.post_id) if marker else says(item, post)
            if is_it:
                matches.append(standing(item, {"by": "reading", "marker": bool(marker)}))
        return matches

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Delete one post; one that is gone is deleted already."""
        token = self._token(post.account_id)
        answer = await self._transport.call("DELETE", f"/2/tweets/{platform_id}", None, token=token)
        problem = problem_of(answer, self._now())
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            if await self._item(post.account_id, platform_id) is not None:
                raise problem
            return {"by": "reading", "id": platform_id, "gone": True}
        if problem is not None:
            raise problem
        if member(answer.json(), "data").get("deleted") is not True:
            raise UnconfirmedError("X answered and did not say that the post is deleted.")
        return {"by": "answer", "id": platform_id, "deleted": True}

    async def correct(self, post: Outgoing, platform_id: str) -> Standing:
        """Refuse: X's interface changes no post; its editing is for people with a subscription."""
        raise RefusedError(
            f"X cannot change the post {platform_id}; withdraw {marker_of(post.post_id)} instead."
        )

    async def identity(self, account_id: str) -> Identity:
        """Read whose token it is."""
        token = self._door.token_of(account_id)
        if token is None:
            return Identity(None, None, (f"The connection has no token for the account {account_id}.",), {})
        fields = {"user.fields": "name,username,protected,verified_type"}
        answer = await self._transport.get("/2/users/me", fields, token=token)
        problem = read_problem(answer, self._now())
        if isinstance(problem, RefusedError):
            return Identity(None, None, (str(problem),), {})
        if problem is not None:
            raise problem
        user = member(answer.json(), "data")
        name, username = text_of(user.get("name")), text_of(user.get("username"))
        obstacles = []
        if user.get("id") != account_id:
            obstacles.append(f"The token speaks for @{username}, which is another account than {account_id}.")
        if user.get("protected") is True:
            obstacles.append("The account is protected: only its followers see its posts.")
        kept = {key: user.get(key) for key in ("id", "name", "username", "protected", "verified_type")}
        return Identity(name, username, tuple(obstacles), kept)

    async def insights(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date], now: datetime
    ) -> list[Measured]:
        """Followers and the other levels of an account; X tells them for the present moment only."""
        fields = {"user.fields": "public_metrics"}
        answer = await self._transport.get(f"/2/users/{account_id}", fields, token=self._token(account_id))
        problem = read_problem(answer, self._now())
        if isinstance(problem, RefusedError):
            return [missing(one, day, "no_permission", str(problem)) for one in metrics for day in days]
        if problem is not None:
            raise problem
        told = member(member(answer.json(), "data"), "public_metrics")
        levels = {name: told[name] for name in LEVELS if isinstance(told.get(name), int)}
        return present_levels(levels, metrics=metrics, days=days, now=now, platform="X")

    async def _item(self, account_id: str, platform_id: str) -> Mapping[str, Any] | None:
        """One post as X tells it; None when X has none of that number."""
        token = self._token(account_id)
        answer = await self._transport.get(f"/2/tweets/{platform_id}", {"tweet.fields": FIELDS}, token=token)
        problem = read_problem(answer, self._now())
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            return None
        if problem is not None:
            raise problem
        if (fault := problem_inside(answer.json())) is not None:
            raise fault
        return member(answer.json(), "data") or None

    async def _timeline(self, account_id: str, since: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """The account's own posts since a moment, newest first; all result pages."""
        params = {
            "max_results": PAGE_SIZE,
            "tweet.fields": FIELDS,
            "start_time": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        while True:
            answer = await self._transport.get(
                f"/2/users/{account_id}/tweets", params, token=self._token(account_id)
            )
            problem = read_problem(answer, self._now())
            if problem is not None:
                raise problem
            content = answer.json()
            if (fault := problem_inside(content)) is not None:
                raise fault
            if not member(content, "meta"):
                raise UnreachableError("X's answer about a timeline holds no list.")
            found = content.get("data") if isinstance(content, dict) else None
            for item in found if isinstance(found, list) else ():
                if isinstance(item, dict) and text_of(item.get("id")):
                    yield item
            after = text_of(member(content, "meta").get("next_token"))
            if after is None or params.get("pagination_token") == after:
                return
            params["pagination_token"] = after

    def _token(self, account_id: str) -> str:
        token = self._door.token_of(account_id)
        if token is None:
            raise AccountError(f"The connection has no token for the account {account_id}.")
        return token

    def _note_rest(self, account_id: str, rest: Rest | None) -> None:
        if rest is not None:
            self._rests["" if rest.is_app_wide else account_id] = rest

    def _heed_rest(self, account_id: str) -> None:
        """Ask nothing for an account that has used its budget up; asking on earns nothing but refusals."""
        for whose in ("", account_id):
            rest = self._rests.get(whose)
            if rest is not None and rest.until > self._now():
                raise paused(rest, self._now(), why="X has no post left for now: its budget is used up.")
