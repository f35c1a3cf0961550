"""Between HTTP and Graph: reads a request in any encoding, applies planted faults, answers."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from kabar.sandbox.answer import Answer
from kabar.sandbox.faults import Fault, FaultBook, FaultKind
from kabar.sandbox.fetching import fetch_picture
from kabar.sandbox.graph.batch import answer_batch
from kabar.sandbox.graph.call import Call
from kabar.sandbox.graph.errors import GraphError, invalid_parameter
from kabar.sandbox.graph.routes import answer_call
from kabar.sandbox.graph.usage import Usage, spent_headers
from kabar.sandbox.graph.world import World
from kabar.sandbox.misbehaviour import misbehave, response

OLDEST, NEWEST = 20, 26
_VERSION = re.compile(r"^v(\d+)\.\d+$")


class GraphDoor:
    """The HTTP side of the stand-in; one for each application."""

    def __init__(self, world: World, faults: FaultBook) -> None:
        self.world = world
        self.faults = faults
        self.usage = Usage()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request under `/vNN.N/…`, or without a version, as Graph does."""
        if self.world.settings.latency_ms:
            await asyncio.sleep(self.world.settings.latency_ms / 1000)
        try:
            call = await read_call(request)
        except GraphError as refusal:
            return response(refusal.answer())
        if "batch" in call.parameters and call.method == "POST":
            return response(answer_batch(call, self._answer_inner))
        fault = self._fault(call)
        if fault is None:
            return response(self._answer(call))
        call = _marked(call, fault)
        return await misbehave(
            request,
            fault,
            effect=lambda: self._answer(call),
            refusal=lambda: _refusal(call, fault, self._page(call)),
        )

    def _answer(self, call: Call) -> Answer:
        return answer_call(self.world, self.usage, call)

    def _answer_inner(self, call: Call) -> Answer | None:
        """A call inside a batch: faults hit it for itself, a lost answer is None."""
        fault = self._fault(call)
        if fault is None:
            return self._answer(call)
        answer = self._answer(_marked(call, fault)) if fault.takes_effect else None
        if fault.kind is FaultKind.ERROR:
            return _refusal(call, fault, self._page(call))
        return None if fault.loses_answer else answer

    def _fault(self, call: Call) -> Fault | None:
        return self.faults.match(call.method, call.edge, self._page(call))

    def _page(self, call: Call) -> str | None:
        """The Page or Instagram account that a call is about, by its node or else by its token."""
        page = (
            self.world.page_of(call.path[0]) or self.world.instagram.account_of(call.path[0])
            if call.path
            else None
        )
        if page is None and call.token in self.world.page_tokens:
            page = self.world.page_tokens[call.token].page_id
        return page


async def read_call(request: web.Request) -> Call:
    """A request as a call: query, form, multipart or JSON body merged, token taken from wherever it is."""
    parameters: dict[str, str] = dict(request.query)
    upload: bytes | None = None
    if request.content_type == "application/json" and request.can_read_body:
        parameters |= _texts(await request.read())
    elif request.method != "GET" and request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                upload = value.file.read()
            elif isinstance(value, str):
                parameters[name] = value
    method = parameters.pop("method", request.method).upper() if request.method == "POST" else request.method
    path = [part for part in request.path.split("/") if part]
    version = f"v{OLDEST}.0"
    if path and (found := _VERSION.match(path[0])):
        version = f"v{min(max(int(found[1]), OLDEST), NEWEST)}.0"
        path = path[1:]
    if method == "POST" and path[-1:] == ["photos"] and upload is None and parameters.get("url"):
        upload = await _fetch(parameters["url"])
    if method == "POST" and path[-1:] == ["media"] and parameters.get("image_url"):
        upload = await fetch_picture(parameters["image_url"])
    return Call(
        method=method,
        path=tuple(path),
        parameters=parameters,
        token=_bearer(request) or parameters.pop("access_token", None) or None,
        version=version,
        base_url=f"{request.scheme}://{request.host}",
        upload=upload,
    )


def _texts(body: bytes) -> Mapping[str, str]:
    """A JSON body in the texts that a form would have carried."""
    try:
        members = json.loads(body)
    except ValueError as error:
        raise invalid_parameter("The request body is not valid JSON") from error
    if not isinstance(members, dict):
        raise invalid_parameter("The request body must be a JSON object")
    return {
        str(name): value if isinstance(value, str) else json.dumps(value)
        for name, value in members.items()
        if value is not None
    }


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() in {"bearer", "oauth"} else None


async def _fetch(url: str) -> bytes:
    """Fetch a photo as the platform does; an address that gives nothing refuses the call."""
    content = await fetch_picture(url)
    if content is None:
        raise GraphError(324, "(#324) Missing or invalid image file", subcode=2069019)
    return content


def _marked(call: Call, fault: Fault) -> Call:
    delay = timedelta(seconds=fault.seconds)
    if fault.kind in {FaultKind.LATE_EFFECT, FaultKind.LOST_AND_LATE}:
        return replace(call, effect_delay=delay)
    return replace(call, list_lag=delay) if fault.kind is FaultKind.LIST_LAG else call


def _refusal(call: Call, fault: Fault, page_id: str | None) -> Answer:
    """The platform's error of a fault; `seconds` of a limit error are the time to regain access."""
    error = GraphError(
        fault.code, fault.message, subcode=fault.subcode, status=fault.status, is_transient=fault.is_transient
    )
    answer = error.answer()
    headers = spent_headers(fault.code, page_id, math.ceil(fault.seconds / 60))
    return Answer(answer.status, answer.body, {"facebook-api-version": call.version, **headers})
