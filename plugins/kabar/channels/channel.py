"""What every channel can do, as far as its platform lets it. The rest of the house knows no platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One post as it is to stand on an account."""

    account_id: str
    message: str
    link: str
    #: Number of the ledger row, carried in the link so that a later reading recognises the post.
    post_id: int


class Standing(NamedTuple):
    """A post that provably stands on a platform."""

    platform_id: str
    permalink: str | None
    #: The platform's own time; None when its answer named none.
    published_at: datetime | None
    #: What was read, without any token, for the ledger's evidence.
    evidence: Mapping[str, Any]


class Channel(Protocol):
    """One platform. Every method asks at most once; what an error means is in `kabar.errors`."""

    #: How late, after the call, a post may still appear (seconds); no absence is believed before.
    settle_seconds: float

    async def create(self, post: Outgoing) -> Standing:
        """Publish. One attempt.

        Raises:
            UnreachableError: Nothing left this machine.
            RefusedError: The platform said no; nothing was published.
            UnconfirmedError: It may have been published.
        """
        ...

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Read one post back; None when it is gone or says something else."""
        ...

    async def find(self, post: Outgoing, *, sent_at: datetime) -> Sequence[Standing]:
        """Look for a post whose answer was lost, in the time after `sent_at`; every match is given."""
        ...
