"""How long a token of Threads lives, and how it is renewed.

Sources: developers.facebook.com/documentation/threads/troubleshooting/debug-access-token (asked with a token
of the same app; one of a Threads tester may be needed), …/docs/threads/get-started/long-lived-tokens: 60
days, renewed once it is 24 hours old and before it has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from kabar.channels.graph import text_of
from kabar.channels.graph_errors import read_problem
from kabar.channels.transport import Answer, HTTPTransport
from kabar.errors import RefusedError, UnreachableError

PUBLISHING_SCOPES = ("threads_basic", "threads_content_publish")


@dataclass(frozen=True, slots=True)
class TokenLife:
    """What Threads says of one token; what it leaves out is None."""

    expires_at: datetime | None
    scopes: tuple[str, ...] | None
    #: Why it is good for nothing; empty for a valid one.
    fault: str
    #: Why Threads would not tell; empty when it did.
    unread: str
    #: The platform's own time of the answer.
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Renewed:
    """A token that takes the place of another, which lives on until its own end."""

    token: str = field(repr=False)
    lives: timedelta


async def token_life(transport: HTTPTransport, token: str, *, version: str) -> TokenLife:
    """Ask what a token is worth; a refusal to tell is part of what is found.

    Raises:
        UnreachableError: Threads gave no usable answer.
    """
    answer = await transport.get(f"/{version}/debug_token", {"input_token": token}, token=token)
    problem = read_problem(answer)
    if isinstance(problem, RefusedError):
        return TokenLife(None, None, "", str(problem))
    if problem is not None:
        raise problem
    content = answer.json()
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        raise UnreachableError("Threads' answer about a token has no data.")
    if data.get("is_valid") is not True:
        return TokenLife(None, None, _fault(data), "")
    expiry, scopes = data.get("expires_at"), data.get("scopes")
    return TokenLife(
        # 0 is Graph's word for never; read as a moment it would be 1970, long past.
        expires_at=datetime.fromtimestamp(expiry, UTC) if isinstance(expiry, int) and expiry else None,
        scopes=tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else None,
        fault="",
        unread="",
        asked_at=_sent_at(answer),
    )


async def renewed(transport: HTTPTransport, token: str) -> Renewed:
    """A new token for one that is at least 24 hours old; asking again does no harm.

    Raises:
        RefusedError: The token is too young or has ended; then its owner logs in again.
        UnreachableError: Threads gave no usable answer.
    """
    answer = await transport.get("/refresh_access_token", {"grant_type": "th_refresh_token"}, token=token)
    problem = read_problem(answer)
    if problem is not None:
        raise problem
    content = answer.json()
    given: Mapping[str, Any] = content if isinstance(content, dict) else {}
    value, seconds = text_of(given.get("access_token")), given.get("expires_in")
    if value is None or not isinstance(seconds, int):
        raise UnreachableError("Threads' answer to a renewal has no token.")
    return Renewed(value, timedelta(seconds=seconds))


def _sent_at(answer: Answer) -> datetime | None:
    """When an answer was sent, by its `Date` header."""
    sent = answer.headers.get("Date")
    return parsedate_to_datetime(sent) if sent else None


def _fault(data: Mapping[str, Any]) -> str:
    fault = data.get("error")
    said = text_of(fault.get("message")) if isinstance(fault, dict) else None
    return said or "The token is not valid."
