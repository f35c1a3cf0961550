"""How the platforms fetch pictures that are given to them by address."""

from __future__ import annotations

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=10)


async def fetch_picture(url: str) -> bytes | None:
    """The bytes behind an address, asked for as Meta's platforms do; None when it gives nothing."""
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.get(
                url, headers={"User-Agent": "facebookexternalhit/1.1"}, raise_for_status=True
            ) as picture,
        ):
            return await picture.read()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
