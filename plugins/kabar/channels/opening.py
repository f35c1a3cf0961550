"""Which module plays which platform, and what each is handed when it is opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from kabar.channels import facebook, instagram, telegram, threads, website, x
from kabar.channels.channel import Channel
from kabar.channels.transport import HTTPTransport
from kabar.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Door:
    """One open connection to a platform with all that its module may need."""

    transport: HTTPTransport
    #: The one token or secret of the connection; empty when each account has its own.
    token: str = field(repr=False)
    #: Tokens by account id, for platforms on which no token reaches another account.
    tokens: Mapping[str, str] = field(repr=False)
    #: How late, after the call, a post may still appear (seconds).
    settle_seconds: float
    #: The present moment, for pauses that a platform names by the clock, and for signatures.
    now: Callable[[], datetime] = field(default_factory=lambda: partial(datetime.now, UTC))

    def token_of(self, account_id: str) -> str | None:
        """The token that speaks for an account; None when there is none."""
        return self.tokens.get(account_id) or self.token or None


Opener: TypeAlias = Callable[[Door], Awaitable[Channel]]

OPENERS: Final[Mapping[str, Opener]] = MappingProxyType(
    {
        "facebook": facebook.open_channel,
        "instagram": instagram.open_channel,
        "threads": threads.open_channel,
        "x": x.open_channel,
        "telegram": telegram.open_channel,
        "website": website.open_channel,
    }
)


async def open_channel(name: str, door: Door) -> Channel:
    """Open one platform.

    Raises:
        RefusedError: No module plays this platform, or its token is of no use.
        UnreachableError: The platform did not answer what had to be asked first.
    """
    opener = OPENERS.get(name)
    if opener is None:
        raise RefusedError(f"Nothing is sent to {name} by machine: its posts are manual cards.")
    return await opener(door)
