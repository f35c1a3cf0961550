"""Which accounts a token reaches, asked from outside Airflow."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from kabar.channels.facebook_identity import TokenFacts, token_facts
from kabar.channels.graph import PageAccess, pages_of
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.errors import RefusedError

ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Reach:
    """A token, as Facebook describes it, and every Page that it reaches, by id."""

    token: TokenFacts
    pages: dict[str, PageAccess]


async def reach_of(address: str, token: str) -> Reach:
    """What is behind `address` for `token`; all result pages are read.

    Raises:
        UnreachableError: Nobody answers there.
        RefusedError: The token is not valid, or it is the token of one Page and not of the person or system
            user that manages them.
    """
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        transport = HTTPTransport(session_sender(session, address))
        facts = await token_facts(transport, token, asked_with=token)
        if facts.fault is not None:
            raise RefusedError(f"The token is of no use. {facts.fault}")
        if facts.kind == "PAGE":
            raise RefusedError("This is the token of one Page: give the user's or system user's own token.")
        return Reach(facts, await pages_of(transport, token))


async def reachable_pages(address: str, token: str) -> dict[str, PageAccess]:
    """Every Page behind `address` that `token` reaches, by id; errors as of `reach_of`."""
    return (await reach_of(address, token)).pages
