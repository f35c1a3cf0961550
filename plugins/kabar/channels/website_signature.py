"""How a call to an office's website is signed; `docs/website-webhook.md` is the contract.

HMAC-SHA256 over time, method, path, key and body, so that a call can neither be altered, nor sent again
later, nor be turned into another one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

TIMESTAMP: Final = "Kabar-Timestamp"
SIGNATURE: Final = "Kabar-Signature"
KEY: Final = "Idempotency-Key"
#: The first part of a signature says how it was made, so that another way can come beside it one day.
SCHEME: Final = "v1="


def signed_headers(
    method: str, path: str, body: bytes, *, key: str, secret: str, now: datetime
) -> Mapping[str, str]:
    """The headers of one call; `path` begins behind the address that the connection names.

    `key` is the idempotency key of a POST and empty for every other call.
    """
    timestamp = str(int(now.timestamp()))
    told = f"{timestamp}\n{method}\n{path}\n{key}\n".encode() + body
    signature = hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()
    headers = {TIMESTAMP: timestamp, SIGNATURE: SCHEME + signature}
    return {**headers, KEY: key} if key else headers
