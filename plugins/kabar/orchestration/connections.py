"""From Airflow Connections to the doors of the house: the warehouse and the platforms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast
from urllib.parse import quote, urlsplit

import aiohttp
import orjson
from airflow.providers.http.hooks.http import AsyncHttpSession, HttpAsyncHook
from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from kabar.channels.channel import Channel
from kabar.channels.opening import OPENERS, Door, open_channel
from kabar.channels.transport import Body, HTTPTransport
from kabar.channels.usage import UsageBook
from kabar.errors import RefusedError, UnreachableError
from kabar.posting.publish import Channels
from kabar.settings import Settings

log = logging.getLogger(__name__)

#: In the place of the hook's own logger, which writes down addresses: Telegram's hold the bot's token.
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False

#: Hosts at which real citizens read; a rehearsal that reached one of them would tell them old news.
REAL_HOSTS = (
    "facebook.com",
    "instagram.com",
    "threads.net",
    "threads.com",
    "x.com",
    "twitter.com",
    "telegram.org",
    # Every office's own website.
    "go.id",
)


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
async def transport_of(
    conn_id: str, *, call_seconds: float, usage: UsageBook | None = None
) -> AsyncIterator[HTTPTransport]:
    """A transport over Airflow's HTTP hook that asks exactly once, follows no redirect and times out.

    What its answers say about used budgets is noted in `usage`.
    """
    options = {
        "check_response": False,
        "allow_redirects": False,
        "timeout": aiohttp.ClientTimeout(total=call_seconds),
    }
    async with AsyncExitStack() as stack:
        sessions: dict[str, AsyncHttpSession] = {}

        async def send(
            method: str, path: str, *, body: Body, headers: Mapping[str, str]
        ) -> aiohttp.ClientResponse:
            session = sessions[method]
            # aiohttp takes a form of parts and bytes as well, whatever the hook's annotation says.
            data = cast("dict[str, Any] | str | None", body)
            return await session.run(
                endpoint=path, data=data, headers=dict(headers), extra_options=dict(options)
            )

        for method in ("GET", "POST", "PUT", "DELETE"):
            # The hook repeats a call after a 5xx by itself unless told that one attempt is all there is.
            hook = HttpAsyncHook(method=method, http_conn_id=conn_id, retry_limit=1, auth_type=_no_basic_auth)
            session = await stack.enter_async_context(hook.session())
            session._log = cast("Any", _SILENT)  # noqa: SLF001 -- The hook has no other switch.
            sessions[method] = session
        yield HTTPTransport(send, note=usage.noting(conn_id) if usage else None)


def _no_basic_auth(_login: str, _password: str) -> None:
    """A login in the connection is only a note for people: the token travels as a bearer token."""


async def user_token(conn_id: str) -> str:
    """The token that a platform's connection keeps as its password.

    Raises:
        RefusedError: There is no such connection, or no token in it.
    """
    connection = await _connection(conn_id)
    if not connection.password:
        raise RefusedError(
            f"The Airflow Connection {conn_id} has no password: put the platform's token there."
        )
    return str(connection.password)


def _tokens(password: str) -> tuple[str, dict[str, str]]:
    """A connection's one token, or its tokens by account id where the password is a JSON object.

    Not in the connection's extra: Airflow's HTTP hook sends every extra as a header.
    """
    if not password.startswith("{"):
        return password, {}
    try:
        table = orjson.loads(password)
    except orjson.JSONDecodeError as error:
        raise RefusedError(
            "The connection's password begins as a table of tokens and is not JSON: write "
            '{"<account id>": "<token>", …}.'
        ) from error
    return "", {str(account): str(token) for account, token in table.items()}


async def _connection(conn_id: str) -> Connection:
    try:
        return await BaseHook.aget_connection(conn_id)
    except AirflowNotFoundException as error:
        raise RefusedError(
            f"There is no Airflow Connection {conn_id}: create it, or name another in the accounts registry."
        ) from error


@asynccontextmanager
async def open_channels(
    wanted: Iterable[tuple[str, str]],
    *,
    is_rehearsal: bool,
    call_seconds: float,
    settle_seconds: float,
    usage: UsageBook | None = None,
) -> AsyncIterator[Channels]:
    """Open the channels that some accounts need, each behind its own connection.

    A connection that cannot be opened is left out as long as another can, so that the accounts behind one
    expired token stop nobody else's.

    Args:
        wanted: Pairs of channel and Airflow Connection id.
        is_rehearsal: A rehearsal is refused at a real platform's host.
        call_seconds: Longest time that one call may take.
        settle_seconds: How late a post may still appear on the platform.
        usage: Where it is noted what the platforms' answers say about used budgets.

    Raises:
        RefusedError: No connection could be opened: no token, or a rehearsal would reach real readers.
        UnreachableError: No connection could be opened: the platform did not list its accounts.
    """
    async with AsyncExitStack() as stack:
        opened: dict[tuple[str, str], Channel] = {}
        failed: list[RefusedError | UnreachableError] = []

        async def opening(channel: str, conn_id: str) -> None:
            try:
                if is_rehearsal:
                    await _refuse_real_readers(conn_id)
                opened[channel, conn_id] = await stack.enter_async_context(
                    opened_channel(
                        channel,
                        conn_id,
                        call_seconds=call_seconds,
                        settle_seconds=settle_seconds,
                        usage=usage,
                    )
                )
            except (RefusedError, UnreachableError) as error:
                log.warning("Nothing goes through the connection %s: %s", conn_id, error)
                failed.append(error)

        # One after the other would take minutes where every account has a connection of its own.
        await asyncio.gather(
            *(opening(channel, conn_id) for channel, conn_id in wanted if channel in OPENERS)
        )
        if failed and not opened:
            raise failed[0]
        yield opened


@asynccontextmanager
async def opened_channel(
    channel: str,
    conn_id: str,
    *,
    call_seconds: float,
    settle_seconds: float,
    usage: UsageBook | None = None,
) -> AsyncIterator[Channel]:
    """Open one platform behind one connection, whoever reads there.

    Raises:
        RefusedError: No such connection, no token of any use in it, or nothing plays this platform.
        UnreachableError: The platform did not answer what had to be asked first.
    """
    token, tokens = _tokens(await user_token(conn_id))
    async with transport_of(conn_id, call_seconds=call_seconds, usage=usage) as transport:
        yield await open_channel(channel, Door(transport, token, tokens, settle_seconds))


async def _refuse_real_readers(conn_id: str) -> None:
    connection = await _connection(conn_id)
    address = connection.host or ""
    # A name may end in a dot, which DNS ignores.
    host = (urlsplit(address if "://" in address else f"//{address}").hostname or "").rstrip(".")
    if any(host == real or host.endswith(f".{real}") for real in REAL_HOSTS):
        raise RefusedError(f"A rehearsal never posts on {host}: point {conn_id} at the sandbox.")
