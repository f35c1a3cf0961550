"""From Airflow Connections to the doors of the house: the warehouse and the platforms."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import quote, urlsplit

import aiohttp
from airflow.providers.http.hooks.http import AsyncHttpSession, HttpAsyncHook
from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from kabar.channels.channel import Channel
from kabar.channels.facebook import FacebookPages, pages_of
from kabar.channels.transport import HTTPTransport
from kabar.errors import RefusedError, UnreachableError
from kabar.posting.publish import Channels
from kabar.settings import Settings

log = logging.getLogger(__name__)

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
    reading = HttpAsyncHook(method="GET", http_conn_id=conn_id, retry_limit=1, auth_type=_no_basic_auth)
    creating = HttpAsyncHook(method="POST", http_conn_id=conn_id, retry_limit=1, auth_type=_no_basic_auth)
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


def _no_basic_auth(_login: str, _password: str) -> None:
    """A login in the connection is only a note for people: the token travels as a bearer token."""


async def user_token(conn_id: str) -> str:
    """The user or system-user token that a platform's connection keeps as its password.

    Raises:
        RefusedError: There is no such connection, or no token in it.
    """
    connection = await _connection(conn_id)
    if not connection.password:
        raise RefusedError(
            f"The Airflow Connection {conn_id} has no password: put the platform's token there."
        )
    return str(connection.password)


async def _connection(conn_id: str) -> Connection:
    try:
        return await BaseHook.aget_connection(conn_id)
    except AirflowNotFoundException as error:
        raise RefusedError(
            f"There is no Airflow Connection {conn_id}: create it, or name another in the accounts registry."
        ) from error


@asynccontextmanager
async def open_channels(
    wanted: Iterable[tuple[str, str]], *, is_rehearsal: bool, call_seconds: float, settle_seconds: float
) -> AsyncIterator[Channels]:
    """Open the channels that some accounts need, each behind its own connection.

    A connection that cannot be opened is left out as long as another can, so that the accounts behind one
    expired token stop nobody else's.

    Args:
        wanted: Pairs of channel and Airflow Connection id.
        is_rehearsal: A rehearsal is refused at a real platform's host.
        call_seconds: Longest time that one call may take.
        settle_seconds: How late a post may still appear on the platform.

    Raises:
        RefusedError: No connection could be opened: no token, or a rehearsal would reach real readers.
        UnreachableError: No connection could be opened: the platform did not list its accounts.
    """
    conn_ids = [conn_id for channel, conn_id in wanted if channel == "facebook"]
    async with AsyncExitStack() as stack:
        opened: dict[tuple[str, str], Channel] = {}
        failed: list[RefusedError | UnreachableError] = []
        for conn_id in conn_ids:
            try:
                if is_rehearsal:
                    await _refuse_real_readers(conn_id)
                token = await user_token(conn_id)
                transport = await stack.enter_async_context(
                    graph_transport(conn_id, call_seconds=call_seconds)
                )
                pages = await pages_of(transport, token)
            except (RefusedError, UnreachableError) as error:
                log.warning("Nothing goes through the connection %s: %s", conn_id, error)
                failed.append(error)
            else:
                opened["facebook", conn_id] = FacebookPages(transport, pages, settle_seconds=settle_seconds)
        if failed and not opened:
            raise failed[0]
        yield opened


async def _refuse_real_readers(conn_id: str) -> None:
    connection = await _connection(conn_id)
    address = connection.host or ""
    # A name may end in a dot, which DNS ignores.
    host = (urlsplit(address if "://" in address else f"//{address}").hostname or "").rstrip(".")
    if any(host == real or host.endswith(f".{real}") for real in REAL_HOSTS):
        raise RefusedError(f"A rehearsal never posts on {host}: point {conn_id} at the sandbox.")
