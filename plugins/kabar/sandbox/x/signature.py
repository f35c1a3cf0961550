"""Whose signature (OAuth 1.0a) a call to X bears, written anew for the stand-in.

docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from typing import Final
from urllib.parse import quote, unquote

from kabar.sandbox.twin import TwinCall

ORIGIN: Final = "https://api.x.com"
APP_KEY: Final = "sandbox-app"
APP_SECRET: Final = "sandbox-app-secret"  # noqa: S105 -- Nothing in the sandbox is secret.


def signing_token(account: str) -> str:
    """The four parts of an account's token, as a connection keeps them."""
    return f"{APP_KEY}:{APP_SECRET}:{account}-signing:{account}-signing-secret"


def signer(call: TwinCall) -> str | None:
    """The account whose signature the call bears; None for every other call."""
    scheme, _, rest = call.headers.get("Authorization", "").partition(" ")
    told = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', rest)}
    account = told.get("oauth_token", "").removesuffix("-signing")
    if scheme != "OAuth" or told.get("oauth_consumer_key") != APP_KEY or not account:
        return None
    given = told.pop("oauth_signature", "")
    query = {name: str(value) for name, value in call.fields.items()} if call.method == "GET" else {}
    pairs = sorted(f"{_safe(name)}={_safe(value)}" for name, value in (told | query).items())
    text = f"{call.method}&{_safe(ORIGIN + '/' + '/'.join(call.path))}&{_safe('&'.join(pairs))}"
    key = f"{APP_SECRET}&{account}-signing-secret"
    expected = b64encode(hmac.digest(key.encode(), text.encode(), "sha1")).decode()
    return account if hmac.compare_digest(expected, given) else None


def _safe(text: str) -> str:
    return quote(text, safe="")
