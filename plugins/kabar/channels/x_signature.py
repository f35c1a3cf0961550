"""Tokens of X that do not end: calls signed by OAuth 1.0a, beside plain bearer tokens.

Sources: docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature; RFC 5849, section 3.4.
A bearer token that X issues to a user lives for two hours; the four parts of OAuth 1.0a stay good until
somebody revokes them, which is what an unattended system needs. JSON and multipart bodies are not signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote

from kabar.channels.transport import Answer, Body, HTTPTransport

#: What is signed, wherever the call goes in fact: a proxy, or the sandbox.
ORIGIN: Final = "https://api.x.com"
#: `<consumer key>:<consumer secret>:<token>:<token secret>`
PARTS: Final = 4


class XTransport:
    """A transport that signs the calls of an account whose token has four parts."""

    def __init__(self, transport: HTTPTransport, *, now: Callable[[], datetime]) -> None:
        self._transport = transport
        self._now = now

    async def get(self, path: str, params: Mapping[str, str], *, token: str) -> Answer:
        """Read; errors as of `HTTPTransport.get`."""
        bearer, headers = self._proof("GET", path, params, token)
        answer = await self._transport.get(path, params, token=bearer, headers=headers)
        return _without(token, answer)

    async def post(
        self, path: str, body: Body, *, token: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make one call that may create something; errors as of `HTTPTransport.call`."""
        return await self.call("POST", path, body, token=token, headers=headers)

    async def call(
        self, method: str, path: str, body: Body, *, token: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make one call that may change something; errors as of `HTTPTransport.call`."""
        bearer, proof = self._proof(method, path, {}, token)
        answer = await self._transport.call(
            method, path, body, token=bearer, headers={**(headers or {}), **proof}
        )
        return _without(token, answer)

    def _proof(
        self, method: str, path: str, params: Mapping[str, str], token: str
    ) -> tuple[str, Mapping[str, str]]:
        """The bearer token and further headers of a call."""
        parts = token.split(":")
        if len(parts) != PARTS:
            return token, {}
        header = authorization(
            method,
            ORIGIN + path,
            params,
            parts=(parts[0], parts[1], parts[2], parts[3]),
            nonce=secrets.token_hex(16),
            at=self._now(),
        )
        return "", {"Authorization": header}


def authorization(
    method: str,
    url: str,
    params: Mapping[str, str],
    *,
    parts: tuple[str, str, str, str],
    nonce: str,
    at: datetime,
) -> str:
    """The `Authorization` header of one call; `params` are those of its query or form."""
    key, secret, token, token_secret = parts
    oauth = {
        "oauth_consumer_key": key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(at.timestamp())),
        "oauth_token": token,
        "oauth_version": "1.0",
    }
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in {**params, **oauth}.items())
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    told = "&".join((method, _encoded(url), _encoded(joined)))
    signing = f"{_encoded(secret)}&{_encoded(token_secret)}"
    digest = hmac.new(signing.encode(), told.encode(), hashlib.sha1).digest()
    signed = {**oauth, "oauth_signature": base64.b64encode(digest).decode()}
    return "OAuth " + ", ".join(f'{name}="{_encoded(value)}"' for name, value in sorted(signed.items()))


def _encoded(text: str) -> str:
    """Percent-encoded as RFC 3986 has it, which alone makes both sides sign the same."""
    return quote(text, safe="~")


def _without(token: str, answer: Answer) -> Answer:
    """The answer without any part of the token, should X quote one."""
    body = answer.body
    for part in token.split(":"):
        body = body.replace(part.encode(), b"[token]") if part else body
    return answer._replace(body=body)
