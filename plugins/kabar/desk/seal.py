"""Marks that only this desk can make: form tokens, and results carried across a redirect."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from kabar.officers import Officer

#: Half a SHA-256 is beyond guessing and keeps addresses short.
MARK_BYTES = 16


class Seal:
    """Signs with a secret that all workers of the api-server share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def form_token(self, officer: Officer) -> str:
        """The token that every form of this officer carries; another site cannot know it."""
        return self._mark(b"form", officer.username.encode()).hex()

    def is_form_token(self, text: str, officer: Officer) -> bool:
        """Whether `text` is this officer's form token."""
        return hmac.compare_digest(self.form_token(officer).encode(), text.encode())

    def close(self, values: Mapping[str, Any]) -> str:
        """Put values into an address so that nobody else can have written them."""
        body = orjson.dumps(dict(values))
        return base64.urlsafe_b64encode(self._mark(b"values", body) + body).rstrip(b"=").decode()

    def open(self, text: str) -> dict[str, Any] | None:
        """Read what `close` wrote; None for anything else."""
        try:
            raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            return None
        mark, body = raw[:MARK_BYTES], raw[MARK_BYTES:]
        if not hmac.compare_digest(mark, self._mark(b"values", body)):
            return None
        values: dict[str, Any] = orjson.loads(body)
        return values

    def _mark(self, purpose: bytes, text: bytes) -> bytes:
        return hmac.digest(self._secret, purpose + b"\0" + text, hashlib.sha256)[:MARK_BYTES]
