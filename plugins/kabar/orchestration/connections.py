"""From Airflow Connections to the doors of the house: the warehouse and the platforms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import quote, urlsplit

import aiohttp
from airflow.providers.http.hooks.http import AsyncHttpSession, HttpAsyncHook
from airflow.sdk import BaseHook, Connection

from kabar.channels.channel import Channel
from kabar.channels.facebook import FacebookPages, pages_of
from kabar.channels.transport import HTTPTransport
from kabar.errors import RefusedError
from kabar.posting.publish import Channels
from kabar.settings import Settings

#: Hosts at which real citizens read; a rehearsal that reached one of them would tell them old news.
REAL_HOSTS = ("facebook.com", "instagram.com", "threads.net", "x.com", "twitter.com", "telegram.org")


def warehouse_url() -> str:
    """Address of the warehouse, from the environment of a command or from its Airflow Connection."""
    settings = Settings.from_environment()
    return settings.database_url or _postgresql_url(BaseHook.get_connection(settings.warehouse_conn_id))


async def warehouse_url_async() -> str:
    """As `warehouse_url`, for the triggerer's event loop."""
    settings = Settings.from_environment()
    if settings.database_url:
        return settings.database_url
    return _postgresql_url(await BaseHook.aget_connection(settings.warehouse_conn_id))


def _postgresql_url(connection: Connection) -> str:
    user = quote(connection.login or "", safe="")
    password = quote(connection.password or "", safe="")
    place = f"{connection.host}:{connection.port or 5432}/{connection.schema or ''}"
    return f"postgresql://{user}:{password}@{place}"


@asynccontextmanager
async def graph_transport(conn_id: str, *, call_seconds: float) -> AsyncIterator[HTTPTransport]:
    """A transport over Airflow's HTTP hook that asks exactly once, follows no redirect and times out."""
    # The hook repeats a POST after a 5xx by itself unless it is told that one attempt is all there is.
    reading = HttpAsyncHook(method="GET", http_conn_id=conn_id, retry_limit=1)
    creating = HttpAsyncHook(method="POST", http_conn_id=conn_id, retry_limit=1)
    options = {
        "check_response": False,
        "allow_redirects": False,
        "timeout": aiohttp.ClientTimeout(total=call_seconds),
    }
    async with reading.session() as read, creating.session() as create:
        sessions: Mapping[str, AsyncHttpSession] = {"GET": read, "POST": create}

        def send(
            method: str, path: str, *, data: Mapping[str, str], headers: Mapping[str, str]
        ) -> Awaitable[aiohttp.ClientResponse]:
            return sessions[method].run(
                endpoint=path, data=dict(data), headers=dict(headers), extra_options=dict(options)
            )

        yield HTTPTransport(send)


async def user_token(conn_id: str) -> str:
    """The user or system-user token that a platform's connection keeps as its password."""
    connection = await BaseHook.aget_connection(conn_id)
    if not connection.password:
        raise RefusedError(
            f"The Airflow Connection {conn_id} has no password: put the platform's token there."
        )
    return str(connection.password)


@asynccontextmanager
async def open_channels(
    wanted: Iterable[tuple[str, str]], *, is_rehearsal: bool, call_seconds: float, settle_seconds: float
) -> AsyncIterator[Channels]:
    """Open the channels that some accounts need, each behind its own connection.

    Args:
        wanted: Pairs of channel and Airflow Connection id.
        is_rehearsal: A rehearsal is refused at a real platform's host.
        call_seconds: Longest time that one call may take.
        settle_seconds: How late a post may still appear on the platform.

    Raises:
        RefusedError: A connection has no token, or a rehearsal would reach real readers.
        UnreachableError: The platform did not list its accounts.
    """
    async with AsyncExitStack() as stack:
        opened: dict[tuple[str, str], Channel] = {}
        for channel, conn_id in wanted:
            if channel != "facebook":
                continue
            if is_rehearsal:
                await _refuse_real_readers(conn_id)
            transport = await stack.enter_async_context(graph_transport(conn_id, call_seconds=call_seconds))
            pages = await pages_of(transport, await user_token(conn_id))
            opened[channel, conn_id] = FacebookPages(transport, pages, settle_seconds=settle_seconds)
        yield opened


async def _refuse_real_readers(conn_id: str) -> None:
    connection = await BaseHook.aget_connection(conn_id)
    address = connection.host or ""
    # A name may end in a dot, which DNS ignores.
    host = (urlsplit(address if "://" in address else f"//{address}").hostname or "").rstrip(".")
    if any(host == real or host.endswith(f".{real}") for real in REAL_HOSTS):
        raise RefusedError(f"A rehearsal never posts on {host}: point {conn_id} at the sandbox.")
