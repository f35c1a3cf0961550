"""Where a person looks at an account with their own eyes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

#: The page of an account by its id in the registry. Instagram's and Threads' ids lead nowhere in a browser.
ADDRESSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "facebook": "https://www.facebook.com/{}",
        "facebook_group": "https://www.facebook.com/groups/{}",
        "x": "https://x.com/i/user/{}",
        "telegram": "https://t.me/{}",
        "tiktok": "https://www.tiktok.com/@{}",
        "whatsapp": "https://www.whatsapp.com/channel/{}",
    }
)


def account_address(channel: str, account_id: str) -> str | None:
    """The public page of an account; None where its id does not lead to one."""
    name = account_id.strip().removeprefix("@")
    if channel == "youtube":
        is_key = re.fullmatch(r"UC[\w-]{22}", name, re.ASCII) is not None
        return (
            f"https://www.youtube.com/{'channel/' if is_key else '@'}{quote(name, safe='')}" if name else None
        )
    pattern = ADDRESSES.get(channel)
    # Telegram's private channels have numbers, which no address knows.
    if pattern is None or not name or (channel == "telegram" and name.lstrip("-").isdecimal()):
        return None
    return pattern.format(quote(name, safe=""))
