"""How a planted fault looks on the wire; the same for every platform."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from aiohttp import web

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.faults import Fault, FaultKind

#: Long enough for the kernel to hand the first half to the client before the reset overtakes it.
HALF_SENT_SECONDS = 0.05
DRIPS = 20


def response(answer: Answer) -> web.Response:
    """An answer as the platform usually sends it."""
    return web.Response(
        status=answer.status,
        body=answer.body,
        headers=answer.headers,
        content_type="application/json",
        charset="UTF-8",
    )


async def misbehave(
    request: web.Request, fault: Fault, *, effect: Callable[[], Answer], refusal: Callable[[], Answer]
) -> web.StreamResponse:
    """Answer a call that a fault has hit.

    `effect` does what was asked and gives the usual answer, `refusal` gives the platform's own error.
    """
    if fault.kind in {FaultKind.HANG_BEFORE, FaultKind.LATENCY}:
        await asyncio.sleep(fault.seconds)
    answer = effect() if fault.takes_effect else answer_json({})
    if fault.kind is FaultKind.HANG_AFTER:
        await asyncio.sleep(fault.seconds)
    match fault.kind:
        case FaultKind.HANG_BEFORE | FaultKind.CUT_AFTER | FaultKind.LOST_AND_LATE:
            return _cut(request)
        case FaultKind.RESET_MID_BODY:
            return await _reset_mid_body(request, answer)
        case FaultKind.SLOW_DRIP:
            return await _drip(request, answer, fault.seconds)
        case FaultKind.ERROR:
            return response(refusal())
        case _:
            return _distorted(fault, answer)


def _distorted(fault: Fault, answer: Answer) -> web.Response:
    """A complete HTTP answer that says something else than the platform meant."""
    match fault.kind:
        case FaultKind.HALF_JSON:
            return response(replace(answer, body=answer.body[: len(answer.body) // 2]))
        case FaultKind.NO_ID:
            return response(answer_json({}, headers=answer.headers))
        case FaultKind.GARBAGE:
            return web.Response(
                text="<html><body>Sorry, something went wrong.</body></html>", content_type="text/html"
            )
        case FaultKind.REDIRECT:
            return web.Response(status=302, headers={"Location": fault.location})
        case _:
            return response(answer)


def _cut(request: web.Request) -> web.Response:
    """Close the connection without a word; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _reset_mid_body(request: web.Request, answer: Answer) -> web.StreamResponse:
    stream = web.StreamResponse(status=answer.status, headers=answer.headers)
    stream.content_type = "application/json"
    stream.content_length = len(answer.body)
    await stream.prepare(request)
    await stream.write(answer.body[: len(answer.body) // 2])
    await asyncio.sleep(HALF_SENT_SECONDS)
    if request.transport is not None:
        # A linger time of zero makes the kernel send a reset instead of an orderly end.
        wire: socket.socket = request.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return stream


async def _drip(request: web.Request, answer: Answer, seconds: float) -> web.StreamResponse:
    stream = web.StreamResponse(status=answer.status, headers=answer.headers)
    stream.content_type = "application/json"
    stream.content_length = len(answer.body)
    await stream.prepare(request)
    step = max(1, len(answer.body) // DRIPS)
    # A client that has lost its patience is what this fault is for.
    with suppress(ConnectionResetError):
        for start in range(0, len(answer.body), step):
            await stream.write(answer.body[start : start + step])
            await asyncio.sleep(seconds * step / len(answer.body))
        await stream.write_eof()
    return stream
