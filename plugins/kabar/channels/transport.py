"""How bytes go to a platform and back, and what may be believed when they do not.

One instance a task and platform; whoever opens the session (an Airflow hook, a command, a test) hands in how
a request is sent. Nothing here asks twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import NamedTuple, Protocol

import aiohttp
import orjson

from kabar.errors import UnconfirmedError, UnreachableError


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
        self, method: str, path: str, *, data: Mapping[str, str], headers: Mapping[str, str]
    ) -> Awaitable[aiohttp.ClientResponse]:
        """Send it; `data` is the query of a GET and the form of a POST."""
        ...


class HTTPTransport:
    """Reads and single writes to one platform, with its errors told apart by what may have happened."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def get(self, path: str, params: Mapping[str, str], *, token: str) -> Answer:
        """Read; the token travels in a header so that it cannot reach a log through an address.

        aiohttp asks once more by itself when a connection that was kept open has died; never for a POST.

        Raises:
            UnreachableError: No complete answer came; nothing was changed by asking.
        """
        try:
            return await self._exchange("GET", path, params, token)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnreachableError(f"No answer to a read of {path}: {type(error).__name__}.") from error

    async def post(self, path: str, form: Mapping[str, str], *, token: str) -> Answer:
        """Make one call that may create something; it is never repeated here.

        Raises:
            UnreachableError: The connection was never made, so no byte of the call has left.
            UnconfirmedError: The call left and no complete answer came; it may have taken effect.
        """
        try:
            return await self._exchange("POST", path, form, token)
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError(f"No connection for a call to {path}: {type(error).__name__}.") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnconfirmedError(
                f"The call to {path} left and no answer came: {type(error).__name__}."
            ) from error

    async def _exchange(self, method: str, path: str, data: Mapping[str, str], token: str) -> Answer:
        response = await self._send(method, path, data=data, headers={"Authorization": f"Bearer {token}"})
        async with response:
            body = await response.read()
            # The Graph API quotes a token that it cannot read in its error message.
            return Answer(response.status, response.headers, body.replace(token.encode(), b"[token]"))


def session_sender(session: aiohttp.ClientSession, base_url: str) -> Send:
    """Send over a plain aiohttp session, for commands and tests that run outside Airflow."""

    def send(
        method: str, path: str, *, data: Mapping[str, str], headers: Mapping[str, str]
    ) -> Awaitable[aiohttp.ClientResponse]:
        return session.request(
            method,
            base_url + path,
            params=data if method == "GET" else None,
            data=data if method == "POST" else None,
            headers=headers,
            allow_redirects=False,
        )

    return send
