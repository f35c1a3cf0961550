"""How bytes go to a platform and back, and what may be believed when they do not.

One instance a task and platform; whoever opens the session (an Airflow hook, a command, a test) hands in how
a request is sent. Nothing here asks twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias
from urllib.parse import urlencode

import aiohttp
import orjson

from kabar.errors import UnconfirmedError, UnreachableError

#: A form, several parts with files among them, bytes with a type of their own, or nothing.
Body: TypeAlias = Mapping[str, str] | aiohttp.FormData | bytes | None


class Answer(NamedTuple):
    """A complete answer of a platform, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Read the body as JSON; None when it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


class Send(Protocol):
    """One HTTP request on an open session: no retry, no redirect, no check of the status."""

    def __call__(
        self, method: str, path: str, *, body: Body, headers: Mapping[str, str]
    ) -> Awaitable[aiohttp.ClientResponse]:
        """Send it; the query stands in `path`."""
        ...


class HTTPTransport:
    """Reads and single writes to one platform, with its errors told apart by what may have happened."""

    def __init__(self, send: Send, *, note: Callable[[Mapping[str, str]], None] | None = None) -> None:
        self._send = send
        #: Is handed the headers of every answer: some tell how much of a budget is left.
        self._note = note

    async def get(
        self, path: str, params: Mapping[str, str], *, token: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Read; the token travels in a header so that it cannot reach a log through an address.

        A path that holds the token (Telegram) is named without it, and no header is sent. aiohttp asks once
        more by itself when a connection that was kept open has died; never for a call that changes something.

        Raises:
            UnreachableError: No complete answer came; nothing was changed by asking.
        """
        query = f"?{urlencode(params)}" if params else ""
        try:
            return await self._exchange("GET", path + query, None, token, headers or {})
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnreachableError(
                f"No answer to a read of {_named(path, token)}: {type(error).__name__}."
            ) from _told(error, path, token)

    async def post(
        self, path: str, form: Body, *, token: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make one call that may create something; it is never repeated here. Errors as of `call`."""
        return await self.call("POST", path, form, token=token, headers=headers)

    async def call(
        self, method: str, path: str, body: Body, *, token: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make one call that may change something (POST, PUT, DELETE); it is never repeated here.

        aiohttp repeats a PUT or DELETE once when a connection that was kept open has died, never a POST:
        nothing that creates a post may be a PUT.

        Raises:
            UnreachableError: The connection was never made, so no byte of the call has left.
            UnconfirmedError: The call left and no complete answer came; it may have taken effect.
        """
        try:
            return await self._exchange(method, path, body, token, headers or {})
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError(
                f"No connection for a call to {_named(path, token)}: {type(error).__name__}."
            ) from _told(error, path, token)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnconfirmedError(
                f"The call to {_named(path, token)} left and no answer came: {type(error).__name__}."
            ) from _told(error, path, token)

    async def _exchange(
        self, method: str, path: str, body: Body, token: str, headers: Mapping[str, str]
    ) -> Answer:
        is_in_path = _stands_in(path, token)
        bearer = {} if not token or is_in_path else {"Authorization": f"Bearer {token}"}
        response = await self._send(method, path, body=body, headers={**bearer, **headers})
        async with response:
            content = await response.read()
            if self._note is not None:
                self._note(response.headers)
            # The Graph API quotes a token that it cannot read in its error message.
            safe = content.replace(token.encode(), b"[token]") if token else content
            return Answer(response.status, response.headers, safe)


def _named(path: str, token: str) -> str:
    """A path for people: without its query and without a token that stands in it."""
    bare = path.partition("?")[0]
    return bare.replace(token, "[token]") if token else bare


def _stands_in(path: str, token: str) -> bool:
    return token in path.partition("?")[0]


def _told(error: Exception, path: str, token: str) -> Exception | None:
    """The library's error as the cause of ours; nothing where it may quote an address with the token."""
    return None if token and _stands_in(path, token) else error


def json_body(value: object) -> tuple[bytes, dict[str, str]]:
    """A JSON body and the header that says so."""
    return orjson.dumps(value), {"Content-Type": "application/json"}


def session_sender(session: aiohttp.ClientSession, base_url: str) -> Send:
    """Send over a plain aiohttp session, for commands and tests that run outside Airflow."""

    def send(
        method: str, path: str, *, body: Body, headers: Mapping[str, str]
    ) -> Awaitable[aiohttp.ClientResponse]:
        return session.request(method, base_url + path, data=body, headers=headers, allow_redirects=False)

    return send
