"""The doors of the house: one attempt, no redirect, no token in a log, no rehearsal on a real platform."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from kabar.channels.channel import Outgoing
from kabar.channels.graph import pages_of
from kabar.channels.transport import Answer
from kabar.errors import RefusedError, UnconfirmedError, UnreachableError
from kabar.orchestration.connections import (
    REAL_HOSTS,
    _refuse_real_readers,
    open_channels,
    transport_of,
    user_token,
    warehouse_url,
    warehouse_url_async,
)
from kabar.sandbox.running import RunningSandbox
from ledger import CONNECTION

TOKEN = "token-that-nobody-may-read"
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Platform:
    """A server that counts what reaches it."""

    calls: Counter[str] = field(default_factory=Counter)
    authorized_by: set[str] = field(default_factory=set)


@asynccontextmanager
async def platform(
    monkeypatch: pytest.MonkeyPatch, answer: Handle, **extra: object
) -> AsyncIterator[Platform]:
    """Serve `answer` at every address, behind the Airflow Connection `platform` with this `extra`."""
    seen = Platform()

    async def count(request: web.Request) -> web.StreamResponse:
        seen.calls[f"{request.method} {request.path}"] += 1
        seen.authorized_by.add(request.headers.get("Authorization", ""))
        await request.read()
        return await answer(request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", count)
    async with TestServer(application) as server:
        described = {"conn_type": "http", "host": str(server.make_url("")), "password": TOKEN, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_PLATFORM", json.dumps(described))
        yield seen


async def post_once(call_seconds: float = 5) -> Answer:
    """One call that may create something."""
    async with transport_of("platform", call_seconds=call_seconds) as transport:
        return await transport.post("/feed", {"message": "Pendaftaran dibuka."}, token=TOKEN)


async def get_once(call_seconds: float = 5) -> Answer:
    """One reading."""
    async with transport_of("platform", call_seconds=call_seconds) as transport:
        return await transport.get("/feed", {"limit": "100"}, token=TOKEN)


def status(code: int, **headers: str) -> Handle:
    """Answer every call with a status."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"code": 1}}, status=code, headers=headers)

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    """Take the call and close the connection without an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def silence(_request: web.Request) -> web.StreamResponse:
    """Take the call and say nothing for a while."""
    await asyncio.sleep(2)
    return web.Response()


def test_a_token_in_the_path_reaches_neither_the_log_nor_the_error_of_an_answer_that_is_no_http(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Airflow's hook writes the address of such a call into its log; Telegram's address holds the token."""

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 nonsense\r\n\r\n")
        writer.close()

    async def attempt() -> None:
        async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            described = {"conn_type": "http", "host": f"http://127.0.0.1:{port}/telegram", "password": TOKEN}
            monkeypatch.setenv("AIRFLOW_CONN_PLATFORM", json.dumps(described))
            async with transport_of("platform", call_seconds=5) as transport:
                await transport.post(f"/bot{TOKEN}/sendMessage", b"{}", token=TOKEN)

    with pytest.raises(UnconfirmedError) as doubt:
        asyncio.run(attempt())

    written = "".join(capfd.readouterr()) + "".join(traceback.format_exception(doubt.value))
    assert "sendMessage" in written
    assert TOKEN not in written


@pytest.mark.parametrize("code", [500, 502, 503, 504])
@pytest.mark.parametrize("call", [post_once, get_once], ids=["post", "get"])
def test_a_call_that_gets_a_5xx_is_sent_exactly_once(
    monkeypatch: pytest.MonkeyPatch, code: int, call: Callable[[], Awaitable[Answer]]
) -> None:
    async def attempt() -> tuple[Answer, Platform]:
        async with platform(monkeypatch, status(code)) as seen:
            return await call(), seen

    answer, seen = asyncio.run(attempt())

    assert answer.status == code
    assert seen.calls.total() == 1


def test_a_login_in_the_connection_does_not_get_in_the_tokens_way(
    monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox
) -> None:
    described = {"conn_type": "http", "host": sandbox.url, "login": "kabar", "password": sandbox.user_token}
    monkeypatch.setenv("AIRFLOW_CONN_PLATFORM", json.dumps(described))

    async def pages() -> int:
        async with transport_of("platform", call_seconds=5) as transport:
            return len(await pages_of(transport, sandbox.user_token))

    assert asyncio.run(pages()) > 500


def test_a_post_that_took_effect_and_got_a_5xx_stands_once_and_is_in_doubt(sandbox: RunningSandbox) -> None:
    page = sandbox.page_id("3204")
    sandbox.plant("error", method="POST", status=500, when="after", times=None, is_transient=True)

    async def attempt() -> None:
        async with open_channels(
            [("facebook", CONNECTION)], is_rehearsal=True, call_seconds=5, settle_seconds=1
        ) as channels:
            await channels["facebook", CONNECTION].create(
                Outgoing(account_id=page, message="Pendaftaran dibuka.", link="", post_id=1)
            )

    with pytest.raises(UnconfirmedError):
        asyncio.run(attempt())
    assert sandbox.control("count")["total"] == 1


def test_a_connection_cut_after_the_call_left_leaves_doubt_and_no_second_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def attempt() -> Platform:
        async with platform(monkeypatch, cut) as seen:
            with pytest.raises(UnconfirmedError):
                await post_once()
        return seen

    assert asyncio.run(attempt()).calls == {"POST /feed": 1}


def test_a_kept_connection_that_breaks_under_the_second_call_does_not_send_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """HTTP clients repeat a call by themselves when a connection that they had kept open turns out dead."""
    answered: list[str] = []

    async def first_well_then_cut(request: web.Request) -> web.StreamResponse:
        if answered:
            return await cut(request)
        answered.append("once")
        return web.json_response({"id": "1"})

    async def attempt() -> Platform:
        async with (
            platform(monkeypatch, first_well_then_cut) as seen,
            transport_of("platform", call_seconds=5) as transport,
        ):
            await transport.post("/feed", {"message": "satu"}, token=TOKEN)
            with pytest.raises(UnconfirmedError):
                await transport.post("/feed", {"message": "dua"}, token=TOKEN)
        return seen

    assert asyncio.run(attempt()).calls == {"POST /feed": 2}


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", [post_once, get_once], ids=["post", "get"])
def test_a_redirect_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, code: int, call: Callable[[], Awaitable[Answer]]
) -> None:
    async def attempt() -> tuple[Answer, Platform]:
        async with platform(monkeypatch, status(code, Location="/elsewhere")) as seen:
            return await call(), seen

    answer, seen = asyncio.run(attempt())

    assert answer.status == code
    assert [called.split()[1] for called in seen.calls.elements()] == ["/feed"]


def test_nothing_in_the_connection_turns_repetition_or_redirects_on(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"allow_redirects": True, "max_redirects": 9, "check_response": True}

    async def attempt() -> tuple[Answer, Platform, Answer, Platform]:
        async with platform(monkeypatch, status(307, Location="/elsewhere"), **extra) as redirected:
            first = await post_once()
        async with platform(monkeypatch, status(500), **extra) as failed:
            second = await post_once()
        return first, redirected, second, failed

    first, redirected, second, failed = asyncio.run(attempt())

    assert (first.status, redirected.calls) == (307, {"POST /feed": 1})
    assert (second.status, failed.calls) == (500, {"POST /feed": 1})


@pytest.mark.parametrize(
    ("call", "problem"), [(post_once, UnconfirmedError), (get_once, UnreachableError)], ids=["post", "get"]
)
def test_a_call_takes_no_longer_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[[float], Awaitable[Answer]],
    problem: type[Exception],
) -> None:
    async def attempt() -> Platform:
        async with platform(monkeypatch, silence) as seen:
            async with asyncio.timeout(1.5):
                with pytest.raises(problem):
                    await call(0.2)
        return seen

    assert asyncio.run(attempt()).calls.total() == 1


def test_a_call_that_never_left_is_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = f"http://127.0.0.1:{unused_port()}"
    monkeypatch.setenv("AIRFLOW_CONN_PLATFORM", json.dumps({"conn_type": "http", "host": nobody}))

    with pytest.raises(UnreachableError):
        asyncio.run(post_once())


def test_the_token_reaches_the_platform_and_no_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)

    async def attempt() -> list[BaseException]:
        errors: list[BaseException] = []
        async with platform(monkeypatch, status(500)) as seen:
            await post_once()
            await get_once()
            assert seen.authorized_by == {f"Bearer {TOKEN}"}
        for answer in (cut, silence):
            for call in (post_once, get_once):
                async with platform(monkeypatch, answer):
                    with pytest.raises((UnconfirmedError, UnreachableError)) as failed:
                        await call(0.2)
                    errors.append(failed.value)
        return errors

    errors = asyncio.run(attempt())

    shown = capfd.readouterr()
    assert len(errors) == 4
    for error in errors:
        assert TOKEN not in f"{error!r} {error.__cause__!r} {error.__context__!r}"
    assert caplog.records
    assert TOKEN not in caplog.text + shown.out + shown.err


def test_a_connection_does_not_show_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    async def attempt() -> str:
        async with (
            platform(monkeypatch, status(200)),
            transport_of("platform", call_seconds=1) as transport,
        ):
            return repr(transport) + repr(vars(transport))

    assert TOKEN not in asyncio.run(attempt())


def test_a_connection_without_a_token_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PLATFORM", json.dumps({"conn_type": "http", "host": "sandbox"}))

    with pytest.raises(RefusedError, match="Connection platform has no password"):
        asyncio.run(user_token("platform"))


def test_a_connection_that_does_not_exist_is_refused_by_its_name() -> None:
    with pytest.raises(RefusedError, match="no Airflow Connection never_made: create it"):
        asyncio.run(user_token("never_made"))


async def opened(conn_id: str) -> None:
    async with open_channels(
        [("facebook", conn_id)], is_rehearsal=True, call_seconds=1, settle_seconds=1
    ) as channels:
        assert channels


@pytest.mark.parametrize("prefix", ["", "graph.", "graph-video.", "https://graph.", "GRAPH.", "https://"])
@pytest.mark.parametrize("suffix", ["", ".", ":443", "/v26.0"])
@pytest.mark.parametrize("real", REAL_HOSTS)
def test_a_rehearsal_is_refused_at_a_real_platform(
    monkeypatch: pytest.MonkeyPatch, prefix: str, real: str, suffix: str
) -> None:
    described = {"conn_type": "http", "host": f"{prefix}{real}{suffix}", "schema": "https", "password": TOKEN}
    monkeypatch.setenv("AIRFLOW_CONN_PLATFORM", json.dumps(described))

    with pytest.raises(RefusedError, match=r"A rehearsal never posts on .* point platform at the sandbox"):
        asyncio.run(opened("platform"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "sandbox", "facebook.com.example", "notfacebook.com", "max.com"]
)
def test_a_rehearsal_is_not_refused_elsewhere(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PLATFORM", json.dumps({"conn_type": "http", "host": host}))

    assert asyncio.run(_refuse_real_readers("platform")) is None


def test_a_rehearsal_opens_the_sandbox(sandbox: RunningSandbox) -> None:
    assert sandbox.url

    asyncio.run(opened(CONNECTION))


def test_each_connection_has_a_channel_with_a_token_of_its_own(
    monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox
) -> None:
    wrong = {"conn_type": "http", "host": sandbox.url, "password": TOKEN}
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", json.dumps(wrong))

    asyncio.run(opened(CONNECTION))
    with pytest.raises(RefusedError) as refused:
        asyncio.run(opened("other"))

    assert TOKEN not in str(refused.value)


@pytest.fixture
def without_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KABAR_DATABASE_URL", raising=False)


@pytest.mark.usefixtures("without_database_url")
def test_the_warehouse_is_where_its_airflow_connection_says(
    monkeypatch: pytest.MonkeyPatch, db: object, database_url: str
) -> None:
    assert db
    place = psycopg.conninfo.conninfo_to_dict(database_url)
    described = {
        "conn_type": "postgres",
        "host": place["host"],
        "port": int(place["port"]),
        "login": place["user"],
        "password": place["password"],
        "schema": place["dbname"],
    }
    monkeypatch.setenv("AIRFLOW_CONN_KABAR_WAREHOUSE", json.dumps(described))

    assert asyncio.run(warehouse_url_async()) == warehouse_url()
    with psycopg.connect(warehouse_url()) as connection:
        assert connection.execute("select count(*) from kabar.post").fetchone() == (0,)


@pytest.mark.usefixtures("without_database_url")
def test_a_password_may_have_any_character(monkeypatch: pytest.MonkeyPatch) -> None:
    described = {
        "conn_type": "postgres",
        "host": "gudang",
        "login": "kabar@kpu",
        "password": "p@ss:w/rd?#%&",
        "schema": "kabar",
    }
    monkeypatch.setenv("AIRFLOW_CONN_KABAR_WAREHOUSE", json.dumps(described))

    assert psycopg.conninfo.conninfo_to_dict(warehouse_url()) == {
        "user": "kabar@kpu",
        "password": "p@ss:w/rd?#%&",
        "host": "gudang",
        "port": "5432",
        "dbname": "kabar",
    }


def test_the_environment_of_a_command_comes_before_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_DATABASE_URL", "postgresql://here/kabar")

    assert (warehouse_url(), asyncio.run(warehouse_url_async())) == ("postgresql://here/kabar",) * 2
