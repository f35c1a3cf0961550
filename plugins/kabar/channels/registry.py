"""Which accounts a token reaches, asked from outside Airflow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from kabar.channels.facebook_identity import TokenFacts, token_facts
from kabar.channels.graph import InstagramAccess, PageAccess, instagram_of, pages_of
from kabar.channels.threads_tokens import Renewed, renewed
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.errors import RefusedError

ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Reach:
    """A token, as Facebook describes it, and every Page that it reaches, by id."""

    token: TokenFacts
    pages: dict[str, PageAccess]


@dataclass(frozen=True, slots=True)
class InstagramReach:
    """A token, and every Instagram account behind the Pages that it reaches, by id."""

    token: TokenFacts
    accounts: dict[str, InstagramAccess]


async def reach_of(address: str, token: str) -> Reach:
    """What is behind `address` for `token`; all result pages are read.

    Raises:
        UnreachableError: Nobody answers there.
        RefusedError: The token is not valid, or it is the token of one Page and not of the person or system
            user that manages them.
    """
    async with _transport(address) as transport:
        return Reach(await _user_token(transport, token), await pages_of(transport, token))


async def instagram_reach_of(address: str, token: str) -> InstagramReach:
    """The Instagram accounts behind `address` for `token`; errors as of `reach_of`."""
    async with _transport(address) as transport:
        return InstagramReach(await _user_token(transport, token), await instagram_of(transport, token))


async def reachable_pages(address: str, token: str) -> dict[str, PageAccess]:
    """Every Page behind `address` that `token` reaches, by id; errors as of `reach_of`."""
    return (await reach_of(address, token)).pages


async def renewed_threads_token(address: str, token: str) -> Renewed:
    """A new token for one of Threads; errors as of `threads_tokens.renewed`."""
    async with _transport(address) as transport:
        return await renewed(transport, token)


@asynccontextmanager
async def _transport(address: str) -> AsyncIterator[HTTPTransport]:
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield HTTPTransport(session_sender(session, address))


async def _user_token(transport: HTTPTransport, token: str) -> TokenFacts:
    facts = await token_facts(transport, token, asked_with=token)
    if facts.fault is not None:
        raise RefusedError(f"The token is of no use. {facts.fault}")
    if facts.kind == "PAGE":
        raise RefusedError("This is the token of one Page: give the user's or system user's own token.")
    return facts
