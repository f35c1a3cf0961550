"""What every channel can do, as far as its platform lets it. The rest of the house knows no platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from kabar.channels.measured import Measured


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a post, ready to be uploaded or to be fetched."""

    sha256: str
    #: Where a platform may fetch it; empty where no public address is configured.
    url: str
    alt_text: str
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One post as it is to stand on an account."""

    account_id: str
    #: The whole text, hashtags included.
    message: str
    link: str
    #: Number of the ledger row, carried in the link so that a later reading recognises the post.
    post_id: int
    #: Empty when a post is only looked for.
    pictures: Sequence[Picture] = ()
    #: What `prepare` has left on the platform for exactly this wording and account; empty before.
    handle: Mapping[str, Any] = field(default_factory=dict)


class Prepared(NamedTuple):
    """How far a post is prepared; the handle is saved before anything else happens."""

    #: Ids of what lies on the platform unseen, as JSON.
    handle: Mapping[str, Any]
    #: Seconds to wait before `prepare` is asked again; None when the post can be created now.
    wait_seconds: float | None = None


class Standing(NamedTuple):
    """A post that provably stands on a platform."""

    platform_id: str
    permalink: str | None
    #: The platform's own time; None when its answer named none.
    published_at: datetime | None
    #: What was read, without any token, for the ledger's evidence.
    evidence: Mapping[str, Any]


class Abilities(NamedTuple):
    """What a platform's interface lets us do with a post that stands."""

    #: Posts can be read back; without it every doubt goes to a person.
    can_read: bool = True
    #: A post can be taken down by us; without it a person does it by hand.
    can_withdraw: bool = True
    #: The words of a post can be changed in place; without it a correction is a post of its own.
    can_correct: bool = True


class Identity(NamedTuple):
    """What an account says of itself, and why it cannot publish; empty obstacles mean that it can."""

    name: str | None
    username: str | None
    #: English sentences for the operator.
    obstacles: tuple[str, ...]
    #: What was read, without any token.
    evidence: Mapping[str, Any]
    #: What does not yet keep it from publishing, but asks for somebody's attention.
    warnings: tuple[str, ...] = ()


class Channel(Protocol):
    """One platform. Every method asks at most once; what an error means is in `kabar.errors`."""

    #: How late, after the call, a post may still appear (seconds); no absence is believed before.
    settle_seconds: float
    abilities: Abilities

    async def prepare(self, post: Outgoing) -> Prepared:
        """Do the next thing that is harmless to repeat (upload, container), seen by nobody.

        Called with the handle that the step before gave, until `wait_seconds` is None; a handle may come
        from a worker that is gone. A platform that needs nothing gives `Prepared({})` without a call.

        Raises:
            UnreachableError: The step did not happen or does no harm; it may be done again.
            RefusedError: The platform said no to the text, the picture or the account.
            UnconfirmedError: What lies there is already published: an earlier call took effect.
        """
        ...

    async def create(self, post: Outgoing) -> Standing:
        """Publish. One attempt.

        Raises:
            UnreachableError: Nothing left this machine, or the platform provably did nothing.
            RefusedError: The platform said no; nothing was published.
            UnconfirmedError: It may have been published.
        """
        ...

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Read one post back; None when it is gone or says something else."""
        ...

    async def find(self, post: Outgoing, *, sent_at: datetime) -> Sequence[Standing]:
        """Look for a post whose answer was lost, in the time after `sent_at`; every match is given.

        The handle comes first where the platform tells what became of it.
        """
        ...

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Take a post down; gives the evidence. A post that is gone already is taken down.

        Raises:
            UnreachableError: Nothing was changed; ask again.
            RefusedError: The platform or its interface does not do this; a person does it by hand.
            UnconfirmedError: It may be gone; `read` tells.
        """
        ...

    async def correct(self, post: Outgoing, platform_id: str) -> Standing:
        """Change the words of a standing post to those of `post`, in place; errors as of `withdraw`."""
        ...

    async def identity(self, account_id: str) -> Identity:
        """Read who the account is and what keeps it from publishing.

        Raises:
            UnreachableError: The platform gave no usable answer.
        """
        ...

    async def insights(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date], now: datetime
    ) -> Sequence[Measured]:
        """Every metric of an account on every day of `days` (consecutive), valued or explained.

        What is missing long after its day, seen from `now`, is no longer just late.
        """
        ...
