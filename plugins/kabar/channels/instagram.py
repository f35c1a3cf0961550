"""Instagram over the Graph API v26.0, behind Facebook Login: one system-user token serves all accounts.

Sources: developers.facebook.com/docs/instagram-platform/content-publishing, …/instagram-graph-api/reference/
ig-user/media, …/media_publish, …/ig-container; `platforms.md` 3. The reference asks for a user token, which
needs CREATE_CONTENT on the linked Page; Page tokens are not used. No caption can be changed. A medium is
deleted with `DELETE /{ig-media}` and the permission instagram_manage_contents (Meta's own SDK
`facebook_business` 26.0.3 has the call; its reference page did not list it when this was written).
There is no marker: a lost post is known by its container, by its words and by its time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from kabar.channels.channel import Abilities, Channel, Identity, Outgoing, Prepared, Standing
from kabar.channels.container_posts import Dialect, picture_form
from kabar.channels.containers import Containers
from kabar.channels.facebook_identity import TokenFacts, token_facts
from kabar.channels.graph import PUBLISH_TASK, VERSION, InstagramAccess, instagram_of, text_of
from kabar.channels.graph_errors import read_problem
from kabar.channels.instagram_insights import InstagramInsights
from kabar.channels.measured import Measured
from kabar.channels.transport import HTTPTransport
from kabar.errors import AccountError, RefusedError

if TYPE_CHECKING:
    from kabar.channels.opening import Door

DIALECT: Final = Dialect(
    platform="Instagram",
    version=VERSION,
    containers="media",
    publish="media_publish",
    limit="content_publishing_limit",
    posts="media",
    state="status_code",
    reason="status",
    text="caption",
    link="",
)
MOST_PICTURES: Final = 10
#: Permissions without which an account cannot publish, or cannot be read.
PUBLISHING_SCOPES: Final = ("instagram_basic", "instagram_content_publish")


async def open_channel(door: Door) -> Channel:
    """Open the accounts behind the Pages that the connection's token reaches; errors as of `items_of`."""
    accounts = await instagram_of(door.transport, door.token)
    return InstagramAccounts(door.transport, accounts, token=door.token, settle_seconds=door.settle_seconds)


class InstagramAccounts:
    """The Instagram accounts that one user token reaches, behind the `Channel` protocol."""

    abilities = Abilities(can_correct=False)

    #: The shared documents give no figure.
    settle_seconds: float

    def __init__(
        self,
        transport: HTTPTransport,
        accounts: Mapping[str, InstagramAccess],
        *,
        token: str,
        settle_seconds: float,
    ) -> None:
        self._transport = transport
        self._accounts = accounts
        self._token = token
        self.settle_seconds = settle_seconds
        self._containers = Containers(transport, DIALECT, lambda _account: token)
        self._facts: TokenFacts | None = None

    async def prepare(self, post: Outgoing) -> Prepared:
        """Make the containers of one picture or of a carousel, and wait until Instagram has fetched them."""
        self._may_publish(post.account_id)
        return await self._containers.prepare(post, _forms(post))

    async def create(self, post: Outgoing) -> Standing:
        """Publish the container by one call.

        The permalink is read afterwards, with the post: asked for in this call, a fault in telling it would
        look like a refusal of what has been published.
        """
        self._may_publish(post.account_id)
        number, answer = await self._containers.publish(post)
        evidence = {"by": "answer", "http": answer.status, "id": number, "handle": dict(post.handle)}
        return Standing(number, None, None, evidence)

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Read one medium; None when it does not exist, is not visible to us, or says something else."""
        self._account(post.account_id)
        return await self._containers.read(post, platform_id)

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:
        """Ask the container what became of it, and look for the words among the account's own media.

        Raises:
            UnreachableError: The container is published, and the medium is not listed yet.
        """
        self._account(post.account_id)
        return await self._containers.find(post, sent_at=sent_at)

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Delete one medium; without the permission a person does it in the app."""
        self._account(post.account_id)
        return await self._containers.delete(post, platform_id)

    async def correct(self, post: Outgoing, platform_id: str) -> Standing:  # noqa: ARG002 -- The protocol's.
        """Always refused: no call changes a caption."""
        raise RefusedError("Instagram lets no program change a caption: correct it in the app, or post anew.")

    async def identity(self, account_id: str) -> Identity:
        """Read the account, the token's permissions and its role on the linked Page."""
        account = self._accounts.get(account_id)
        if account is None:
            reason = (
                f"The token reaches no Page that the Instagram account {account_id} is linked to. Make it a "
                "professional account, link it to the office's Page, and assign the Page to the token"
            )
            return Identity(None, None, (reason,), {})
        self._facts = self._facts or await token_facts(self._transport, self._token, asked_with=self._token)
        obstacles = _missing_rights(account, self._facts)
        answer = await self._transport.get(
            f"/{VERSION}/{account_id}", {"fields": "id,username,name"}, token=self._token
        )
        problem = read_problem(answer)
        if problem is not None and not isinstance(problem, RefusedError):
            raise problem
        if problem is not None:
            obstacles.append(f"Instagram does not show the account: {problem}")
        content = answer.json()
        found: Mapping[str, Any] = content if problem is None and isinstance(content, dict) else {}
        name, username = text_of(found.get("name")), text_of(found.get("username"))
        evidence = {"page": account.page_id, "tasks": list(account.tasks), "username": username}
        return Identity(name, username, tuple(obstacles), evidence)

    async def insights(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date], now: datetime
    ) -> list[Measured]:
        """Every metric of an account on every Los Angeles day of `days`."""
        self._account(account_id)
        reads = InstagramInsights(self._transport, token=self._token, now=now)
        return await reads.account_days(account_id, metrics=metrics, days=days)

    def _account(self, account_id: str) -> InstagramAccess:
        account = self._accounts.get(account_id)
        if account is None:
            raise AccountError(f"The token reaches no Page with the Instagram account {account_id}.")
        return account

    def _may_publish(self, account_id: str) -> None:
        account = self._account(account_id)
        if PUBLISH_TASK not in account.tasks:
            raise AccountError(f"The token has no {PUBLISH_TASK} task on the Page {account.page_name}.")


def _forms(post: Outgoing) -> list[dict[str, str]]:
    """What each container of the post is made from."""
    if not post.pictures:
        raise RefusedError("Instagram takes no post without a picture.")
    if len(post.pictures) > MOST_PICTURES:
        raise RefusedError(f"Instagram takes {MOST_PICTURES} pictures at most.")
    single = len(post.pictures) == 1
    pictures = [picture_form(picture.url, picture.alt_text) for picture in post.pictures]
    if single:
        return [{**pictures[0], "caption": post.message}]
    children = [{**picture, "is_carousel_item": "true"} for picture in pictures]
    return [*children, {"media_type": "CAROUSEL", "caption": post.message}]


def _missing_rights(account: InstagramAccess, token: TokenFacts) -> list[str]:
    obstacles = []
    if PUBLISH_TASK not in account.tasks:
        obstacles.append(f"{PUBLISH_TASK} is missing on the Page {account.page_name}")
    if token.fault is not None:
        obstacles.append(f"The connection's token is of no use: {token.fault}")
    elif token.unread is None:
        obstacles += [
            f"The permission {scope} is missing; issue a new token that has it"
            for scope in PUBLISHING_SCOPES
            if scope not in token.scopes
        ]
    return obstacles
