"""Which accounts a token reaches, asked from outside Airflow."""

from __future__ import annotations

import aiohttp

from kabar.channels.facebook import PageAccess, pages_of
from kabar.channels.transport import HTTPTransport, session_sender

ANSWER_SECONDS = 30.0


async def reachable_pages(address: str, token: str) -> dict[str, PageAccess]:
    """Every Page behind `address` that `token` reaches, by Page id.

    Raises:
        UnreachableError: Nobody answers there.
        RefusedError: The token is not valid.
    """
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        return await pages_of(HTTPTransport(session_sender(session, address)), token)
