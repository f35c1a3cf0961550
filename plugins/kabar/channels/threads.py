"""Threads over its own API, v1.0: each account has a token of its own.

Sources: developers.facebook.com/documentation/threads/posts, …/threads/posts/accessibility (alt_text),
…/threads/posts/delete-posts (DELETE with threads_delete, 100 a day), …/threads/overview (limits),
…/threads/troubleshooting (states); `platforms.md` 4.2. No text can be changed. A post of text alone carries
the ledger's number in the link of its preview; one with pictures has no preview and is known by its
container, its words and its time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from kabar.channels.channel import Abilities, Channel, Identity, Outgoing, Prepared, Standing
from kabar.channels.container_posts import Dialect, picture_form
from kabar.channels.containers import Containers
from kabar.channels.graph import text_of
from kabar.channels.graph_errors import read_problem
from kabar.channels.marker import marked_link
from kabar.channels.measured import Measured
from kabar.channels.threads_insights import ThreadsInsights
from kabar.channels.threads_tokens import PUBLISHING_SCOPES, TokenLife, token_life
from kabar.channels.transport import HTTPTransport
from kabar.errors import AccountError, RefusedError

if TYPE_CHECKING:
    from kabar.channels.opening import Door

VERSION: Final = "v1.0"
DIALECT: Final = Dialect(
    platform="Threads",
    version=VERSION,
    containers="threads",
    publish="threads_publish",
    limit="threads_publishing_limit",
    posts="threads",
    state="status",
    reason="error_message",
    text="text",
    link="link_attachment_url",
)
MOST_PICTURES: Final = 20
#: A token's end is announced so many days before.
WARNING_DAYS: Final = 14


async def open_channel(door: Door) -> Channel:
    """Open the accounts for which the connection has a token; no call is made."""
    return ThreadsAccounts(door.transport, door.token_of, settle_seconds=door.settle_seconds)


class ThreadsAccounts:
    """The accounts behind one connection, behind the `Channel` protocol."""

    abilities = Abilities(can_correct=False)

    #: The shared documents give no figure.
    settle_seconds: float

    def __init__(
        self,
        transport: HTTPTransport,
        token_of: Callable[[str], str | None],
        *,
        settle_seconds: float,
    ) -> None:
        self._transport = transport
        self._tokens = token_of
        self.settle_seconds = settle_seconds
        self._containers = Containers(transport, DIALECT, self._token)

    async def prepare(self, post: Outgoing) -> Prepared:
        """Make the container of a text or a picture, or those of a carousel, and wait until it is ready."""
        return await self._containers.prepare(post, _forms(post))

    async def create(self, post: Outgoing) -> Standing:
        """Publish the container by one call; the permalink is read afterwards, with the post."""
        number, answer = await self._containers.publish(post)
        evidence = {"by": "answer", "http": answer.status, "id": number, "handle": dict(post.handle)}
        return Standing(number, None, None, evidence)

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Read one post; None when it does not exist, is not visible to us, or says something else."""
        return await self._containers.read(post, platform_id)

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:
        """Ask the container what became of it, and look for the post among the account's own.

        Raises:
            UnreachableError: The container is published, and the post is not listed yet.
        """
        return await self._containers.find(post, sent_at=sent_at)

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Delete one post; 100 a day and account, and the token needs threads_delete."""
        return await self._containers.delete(post, platform_id)

    async def correct(self, post: Outgoing, platform_id: str) -> Standing:  # noqa: ARG002 -- The protocol's.
        """Always refused: no call changes a text."""
        raise RefusedError("Threads lets no program change a post: correct it in the app, or post anew.")

    async def identity(self, account_id: str) -> Identity:
        """Read the account and what its token is worth."""
        token = self._tokens(account_id)
        if token is None:
            return Identity(None, None, (_no_token(account_id),), {})
        answer = await self._transport.get(
            f"/{VERSION}/{account_id}", {"fields": "id,username,name"}, token=token
        )
        problem = read_problem(answer)
        if problem is not None and not isinstance(problem, RefusedError):
            raise problem
        if problem is not None:
            return Identity(None, None, (f"Threads does not show the account: {problem}",), {})
        content = answer.json()
        found: Mapping[str, Any] = content if isinstance(content, dict) else {}
        life = await token_life(self._transport, token, version=VERSION)
        evidence = {
            "username": text_of(found.get("username")),
            "token_expires_at": life.expires_at.isoformat() if life.expires_at else None,
        }
        return Identity(
            text_of(found.get("name")),
            text_of(found.get("username")),
            _obstacles(life),
            evidence,
            _warnings(life),
        )

    async def insights(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date], now: datetime
    ) -> list[Measured]:
        """Every metric of an account on every Los Angeles day of `days`."""
        reads = ThreadsInsights(self._transport, version=VERSION, token=self._token(account_id), now=now)
        return await reads.account_days(account_id, metrics=metrics, days=days)

    def _token(self, account_id: str) -> str:
        token = self._tokens(account_id)
        if token is None:
            raise AccountError(_no_token(account_id))
        return token


def _forms(post: Outgoing) -> list[dict[str, str]]:
    """What each container of the post is made from."""
    if len(post.pictures) > MOST_PICTURES:
        raise RefusedError(f"Threads takes {MOST_PICTURES} pictures at most.")
    text = {"text": post.message}
    if not post.pictures:
        link = {"link_attachment": marked_link(post.link, post.post_id)} if post.link else {}
        return [{"media_type": "TEXT", **text, **link}]
    pictures = [
        {"media_type": "IMAGE", **picture_form(picture.url, picture.alt_text)} for picture in post.pictures
    ]
    if len(pictures) == 1:
        return [{**pictures[0], **text}]
    return [
        *({**picture, "is_carousel_item": "true"} for picture in pictures),
        {"media_type": "CAROUSEL", **text},
    ]


def _no_token(account_id: str) -> str:
    return (
        f"The connection has no token for the Threads account {account_id}: put it into the table of tokens "
        "that is the connection's password"
    )


def _obstacles(life: TokenLife) -> tuple[str, ...]:
    if life.fault:
        return (f"The account's token is of no use: {life.fault}",)
    known = life.scopes
    return tuple(
        f"The permission {scope} is missing; issue a new token that has it"
        for scope in PUBLISHING_SCOPES
        if known is not None and scope not in known
    )


def _warnings(life: TokenLife) -> tuple[str, ...]:
    if life.expires_at is None or life.asked_at is None:
        return ()
    if life.expires_at - life.asked_at > timedelta(days=WARNING_DAYS):
        return ()
    day = f"{life.expires_at:%Y-%m-%d %H:%M} UTC"
    return (f"The account's token ends on {day}; renew it with `kabar accounts renew-threads`",)
