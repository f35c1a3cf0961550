"""Publishing in two steps, as Instagram and Threads do: a container unseen, then one call that shows it.

The container is the handle that proves a post: it is saved before the call, it says PUBLISHED afterwards, and
one container is published once. Sources: developers.facebook.com/docs/instagram-platform/content-publishing,
…/documentation/threads/posts and …/threads/troubleshooting; `platforms.md` 3 and 4.2.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from kabar.channels.channel import Outgoing, Prepared, Standing
from kabar.channels.container_errors import making_problem, publishing_problem, withdrawing_problem
from kabar.channels.container_posts import Dialect, id_of, quota_of, shown_at, standing_of
from kabar.channels.graph import PAGE_SIZE, items_of, text_of
from kabar.channels.graph_errors import graph_error, read_problem
from kabar.channels.transport import Answer, HTTPTransport
from kabar.errors import AccountError, PausedError, RefusedError, UnconfirmedError, UnreachableError

#: Pictures are ready in seconds, videos in minutes; the first look comes early, and then ever more rarely, up
#: to the once a minute that the platforms recommend.
FIRST_LOOK_SECONDS = 2.0
RAREST_LOOK_SECONDS = 60.0
#: The day's quota moves on with the oldest post of the last 24 hours; nobody says when that was.
QUOTA_PAUSE_SECONDS = 3600.0
#: "Object does not exist", also said for a moment of objects that do exist.
NO_SUCH_OBJECT = (100, 33)
#: The platform's clock and ours may differ by this much.
CLOCK_SKEW = timedelta(minutes=2)


class State(NamedTuple):
    """What the platform says of a container; `code` is None when it does not know it."""

    code: str | None
    reason: str


#: The forms of a post's containers: one, or the children of a carousel and then the carousel itself.
Forms = Sequence[Mapping[str, str]]


class Containers:
    """The containers and posts behind one connection; every method asks at most once."""

    def __init__(self, transport: HTTPTransport, dialect: Dialect, token_of: Callable[[str], str]) -> None:
        self._transport = transport
        self._dialect = dialect
        self._token_of = token_of
        #: Containers that this worker has made, and how often each was looked at.
        self._looks: dict[str, int] = {}

    async def prepare(self, post: Outgoing, forms: Forms) -> Prepared:
        """Make the next container, or look at the one that is being prepared; see `Channel.prepare`."""
        account, handle = post.account_id, dict(post.handle)
        container = text_of(handle.get("container"))
        children = [str(child) for child in handle.get("children", ())]
        if container is not None:
            return await self._look(post, container)
        if len(children) < len(forms) - 1:
            made, made_at = await self._make(account, forms[len(children)])
            return Prepared({"made_at": made_at, **handle, "children": [*children, made]}, 0.0)
        form = dict(forms[-1])
        if children:
            for child in children:
                state = await self._state(account, child)
                if state.code != "FINISHED":
                    return self._unfinished(child, state, handle)
            form["children"] = ",".join(children)
        made, made_at = await self._make(account, form)
        return Prepared({"made_at": made_at, **handle, "container": made}, 0.0)

    async def publish(self, post: Outgoing) -> tuple[str, Answer]:
        """Publish the prepared container; gives the id of the post. One attempt; errors of `create`."""
        container = text_of(post.handle.get("container"))
        if container is None:
            raise UnreachableError("No container is prepared for this post.")
        answer = await self._transport.post(
            self._path(post.account_id, self._dialect.publish),
            {"creation_id": container},
            token=self._token_of(post.account_id),
        )
        problem = publishing_problem(answer)
        if problem is not None:
            raise problem
        number = id_of(answer.json())
        if number is None:
            raise UnconfirmedError(f"{self._dialect.platform} accepted the post and named no id.")
        return number, answer

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """One post of the account; None when it is gone, was never there, or says something else."""
        item = await self._item(post, platform_id)
        return standing_of(item, {"by": "reading"}) if item and self._dialect.says(item, post) else None

    async def _item(self, post: Outgoing, platform_id: str) -> Mapping[str, Any] | None:
        answer = await self._transport.get(
            f"/{self._dialect.version}/{platform_id}",
            {"fields": self._dialect.post_fields},
            token=self._token_of(post.account_id),
        )
        problem = read_problem(answer)
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            return None
        if problem is not None:
            raise problem
        content = answer.json()
        return content if isinstance(content, dict) and text_of(content.get("id")) else None

    async def _posts(self, account: str, *, since: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """The account's own posts since a moment, newest first."""
        seconds = str(int(since.timestamp()))
        params = {"fields": self._dialect.post_fields, "limit": PAGE_SIZE, "since": seconds}
        path = self._path(account, self._dialect.posts)
        async for item in items_of(self._transport, path, params, self._token_of(account)):
            yield item

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:
        """Every post of the account that is this one, since shortly before `sent_at`.

        Raises:
            UnreachableError: The container is published and the post not yet listed: no absence is believed.
        """
        since = sent_at - CLOCK_SKEW
        container = text_of(post.handle.get("container"))
        code = (await self._state(post.account_id, container)).code if container else None
        evidence = {"by": "reading", "container": container, "state": code}
        matches = []
        async for item in self._posts(post.account_id, since=since):
            at = shown_at(item)
            # What `since` leaves out is documented for one of the two platforms only.
            if self._dialect.is_it(item, post) and (at is None or at >= since):
                matches.append(standing_of(item, evidence))
        if not matches and code == "PUBLISHED":
            raise UnreachableError(
                f"{self._dialect.platform} says that the post is published, and does not list it yet."
            )
        return matches

    async def delete(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Delete one post; one that is gone is deleted already. Errors of `withdraw`."""
        answer = await self._transport.call(
            "DELETE",
            f"/{self._dialect.version}/{platform_id}",
            None,
            token=self._token_of(post.account_id),
        )
        problem = withdrawing_problem(answer)
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            if await self._item(post, platform_id) is not None:
                raise problem
            return {"by": "reading", "id": platform_id, "gone": True}
        if problem is not None:
            raise problem
        return {"by": "answer", "id": platform_id, "deleted": True}

    async def _look(self, post: Outgoing, container: str) -> Prepared:
        """Look at the whole container, and at the day's quota once it is ready."""
        state = await self._state(post.account_id, container)
        if state.code == "FINISHED":
            await self._check_quota(post.account_id)
            return Prepared(post.handle)
        if state.code is None and container not in self._looks and await self._stands_already(post):
            raise UnconfirmedError(f"The container {container} is gone, and its words stand on the account.")
        return self._unfinished(container, state, post.handle)

    def _unfinished(self, container: str, state: State, handle: Mapping[str, Any]) -> Prepared:
        """What follows from a container that cannot be published now."""
        is_mine = container in self._looks
        match state.code:
            case "PUBLISHED":
                raise UnconfirmedError(f"The container {container} is published already.")
            case "IN_PROGRESS" | None if state.code or is_mine:
                looks = self._looks.get(container, 0)
                self._looks[container] = looks + 1
                return Prepared(handle, min(FIRST_LOOK_SECONDS * 2**looks, RAREST_LOOK_SECONDS))
            case "ERROR" if is_mine:
                raise RefusedError(f"{self._dialect.platform} cannot use what it was given: {state.reason}.")
            # Too old, lost, or spoilt before somebody has decided anew: all of it is made again.
            case "EXPIRED" | "ERROR" | None:
                return Prepared({}, 0.0)
        raise UnreachableError(f"{self._dialect.platform} calls the container {state.code}.")

    async def _stands_already(self, post: Outgoing) -> bool:
        """Whether the words stand on the account since the container was made."""
        made_at = text_of(post.handle.get("made_at"))
        if made_at is None:
            return False
        since = parsedate_to_datetime(made_at)
        async for item in self._posts(post.account_id, since=since):
            if self._dialect.is_it(item, post):
                return True
        return False

    async def _make(self, account: str, form: Mapping[str, str]) -> tuple[str, str]:
        """A new container and the platform's own time; one whose answer is lost is never seen by anybody."""
        path = self._path(account, self._dialect.containers)
        try:
            answer = await self._transport.post(path, form, token=self._token_of(account))
        except UnconfirmedError as error:
            raise UnreachableError(str(error)) from error
        problem = making_problem(answer)
        if problem is not None:
            raise problem
        container = id_of(answer.json())
        if container is None:
            raise UnreachableError(f"{self._dialect.platform} made a container and named no id.")
        self._looks[container] = 0
        return container, answer.headers.get("Date", "")

    async def _state(self, account: str, container: str) -> State:
        fields = f"{self._dialect.state},{self._dialect.reason}"
        answer = await self._transport.get(
            f"/{self._dialect.version}/{container}", {"fields": fields}, token=self._token_of(account)
        )
        error = graph_error(answer)
        if error is not None and (error.code, error.subcode) == NO_SUCH_OBJECT:
            return State(None, str(error))
        problem = read_problem(answer)
        if problem is not None:
            raise problem
        content = answer.json()
        code = text_of(content.get(self._dialect.state)) if isinstance(content, dict) else None
        if not isinstance(content, dict) or code is None:
            raise UnreachableError(f"{self._dialect.platform} told no state of the container.")
        return State(code, text_of(content.get(self._dialect.reason)) or "no reason was given")

    async def _check_quota(self, account: str) -> None:
        """Read how many of the day's posts are left; an answer without figures stops nobody."""
        answer = await self._transport.get(
            self._path(account, self._dialect.limit),
            {"fields": "quota_usage,config"},
            token=self._token_of(account),
        )
        problem = read_problem(answer)
        if problem is not None:
            raise problem
        used, total = quota_of(answer.json())
        if used is not None and total is not None and used >= total:
            raise PausedError(
                f"The account has used up its {total} posts of the last 24 hours.",
                pause_seconds=QUOTA_PAUSE_SECONDS,
                is_app_wide=False,
            )

    def _path(self, account: str, edge: str) -> str:
        return f"/{self._dialect.version}/{account}/{edge}"
