"""What the stand-ins beside Facebook share: one way in with faults, one memory of posts, one count.

A platform's own shapes and rules stand in a module of its own; it gets a `TwinCall`, changes the `TwinBook`
and gives an `Answer`.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from aiohttp import web
from pydantic import Field

from kabar.frozen import Frozen
from kabar.sandbox.answer import Answer
from kabar.sandbox.clock import SandboxClock
from kabar.sandbox.faults import Fault, FaultBook, FaultKind
from kabar.sandbox.fetching import fetch_picture
from kabar.sandbox.journal import Document, Journal
from kabar.sandbox.misbehaviour import misbehave, response


class TwinPost(Frozen):
    """A post on a platform, and what it was when it was made; edits and deletions never leave the log."""

    platform: str
    #: Id on the platform.
    id: str
    account: str
    text: str = ""
    link: str = ""
    alt_texts: tuple[str, ...] = ()
    #: SHA-256 of each picture.
    pictures: tuple[str, ...] = ()
    created_at: datetime
    #: Later than `created_at` when a planted fault delays the effect.
    appears_at: datetime
    #: Words at creation; `text` follows the edits.
    first_text: str = ""
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    permalink: str = ""
    #: Whatever else the platform knows of it.
    more: Mapping[str, Any] = Field(default_factory=dict)

    def stands(self, now: datetime) -> bool:
        """Whether a citizen sees it."""
        return self.appears_at <= now and self.deleted_at is None


class TwinBook:
    """The posts of all platforms beside Facebook, on disk before a caller is answered."""

    def __init__(self, journal: Journal, clock: SandboxClock) -> None:
        self.journal = journal
        self.clock = clock
        self.posts: dict[tuple[str, str], TwinPost] = {}
        for body in journal.load("TwinPost"):
            self._take(TwinPost.model_validate_json(body))

    def now(self) -> datetime:
        """The platforms' present moment."""
        return self.clock.now()

    def keep(self, post: TwinPost) -> None:
        """Remember a new or changed post."""
        key = f"{post.platform}:{post.id}"
        self.journal.keep([Document("TwinPost", key, post.model_dump_json())])
        self._take(post)

    def post(self, platform: str, number: str) -> TwinPost | None:
        """One post, whether or not it can be seen."""
        return self.posts.get((platform, number))

    def of(self, platform: str, account: str | None = None) -> list[TwinPost]:
        """All posts of a platform or of one account, oldest first."""
        chosen = (p for p in self.posts.values() if p.platform == platform and account in {None, p.account})
        return sorted(chosen, key=lambda post: (post.created_at, post.id))

    def reset(self) -> None:
        """Forget every post."""
        self.journal.forget(("TwinPost",))
        self.posts.clear()

    def count(self, platform: str, *, contains: str = "") -> dict[str, Any]:
        """Publications by account, and doubles among them, as they were made."""
        taken = [
            post
            for post in self.of(platform)
            if post.appears_at <= self.now()
            and contains in "\n".join([post.first_text, post.link, *post.alt_texts])
        ]
        accounts = Counter(post.account for post in taken)
        texts = Counter((post.account, post.first_text) for post in taken)
        return {
            "total": len(taken),
            "accounts": dict(accounts),
            "double": {account: number for account, number in accounts.items() if number > 1},
            "repeated": {account: number for (account, _), number in texts.items() if number > 1},
        }

    def _take(self, post: TwinPost) -> None:
        self.posts[post.platform, post.id] = post


class Upload(NamedTuple):
    """A file of a multipart body."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class TwinCall:
    """One request, in whatever encoding it came."""

    method: str
    #: Parts of the path after the platform's prefix.
    path: tuple[str, ...]
    #: Query and form together, or the members of a JSON object with their own types.
    fields: Mapping[str, Any]
    uploads: Mapping[str, Upload]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    #: By how much a planted fault delays what the call does, and lists lag behind.
    effect_delay: timedelta = field(default_factory=timedelta)
    list_lag: timedelta = field(default_factory=timedelta)

    @property
    def bearer(self) -> str | None:
        """The token of the authorization header."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() in {"bearer", "oauth"} else None


class Twin(Protocol):
    """One platform behind its own prefix."""

    #: Its name, and the first part of its addresses: `x` stands at `/x/…`.
    name: str

    def answer(self, call: TwinCall) -> Answer:
        """Do what was asked and give the platform's usual answer or refusal."""
        ...

    def account_of(self, call: TwinCall) -> str | None:
        """Which account a call is about, for faults that are planted on one."""
        ...

    def refusal(self, call: TwinCall, fault: Fault) -> Answer:
        """The platform's own error for a planted fault (`status`, `code`, `message`, `seconds`)."""
        ...

    def reset(self) -> None:
        """Forget what the twin keeps besides its posts."""
        ...


class TwinDoor:
    """The HTTP side of the twins."""

    def __init__(self, twins: Iterable[Twin], faults: FaultBook, *, latency_ms: Latency) -> None:
        self.twins = {twin.name: twin for twin in twins}
        self.faults = faults
        self._latency_ms = latency_ms

    def routes(self) -> list[web.RouteDef]:
        """One catch-all a platform."""
        return [web.route("*", f"/{name}/{{path:.*}}", self.handle) for name in self.twins]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; planted faults look the same on every platform's wire."""
        if self._latency_ms():
            await asyncio.sleep(self._latency_ms() / 1000)
        twin = self.twins[request.path.split("/")[1]]
        call = await read_twin_call(request)
        fault = self.faults.match(call.method, "/".join(call.path), twin.account_of(call))
        if fault is None:
            return response(twin.answer(call))
        marked = _marked(call, fault)
        return await misbehave(
            request,
            fault,
            effect=lambda: twin.answer(marked),
            refusal=lambda: twin.refusal(marked, fault),
        )


class Latency(Protocol):
    """How long every call waits."""

    def __call__(self) -> int:
        """Milliseconds, as the dials stand now."""
        ...


def _marked(call: TwinCall, fault: Fault) -> TwinCall:
    delay = timedelta(seconds=fault.seconds)
    if fault.kind in {FaultKind.LATE_EFFECT, FaultKind.LOST_AND_LATE}:
        return replace(call, effect_delay=delay)
    return replace(call, list_lag=delay) if fault.kind is FaultKind.LIST_LAG else call


async def read_twin_call(request: web.Request) -> TwinCall:
    """A request with its body read in the encoding that it says it has; the raw bytes stay for signatures."""
    fields: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    body = b""
    if request.can_read_body and request.content_type.startswith("multipart/"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                uploads[name] = Upload(value.filename, value.content_type, value.file.read())
            else:
                fields[name] = str(value)
    elif request.can_read_body:
        body = await request.read()
        if request.content_type == "application/json":
            fields |= _members(body)
        elif request.content_type == "application/x-www-form-urlencoded":
            fields |= {name: str(value) for name, value in (await request.post()).items()}
    # Threads fetches pictures by their address; no other platform here has a field of this name.
    if content := await fetch_picture(str(fields.get("image_url", ""))):
        uploads["image_url"] = Upload("image_url", "", content)
    parts = [part for part in request.path.split("/") if part]
    return TwinCall(
        method=request.method,
        path=tuple(parts[1:]),
        fields=fields,
        uploads=uploads,
        headers=request.headers,
        body=body,
        base_url=f"{request.scheme}://{request.host}/{parts[0]}",
    )


def _members(body: bytes) -> dict[str, Any]:
    """The members of a JSON object; what is no object has none, and the platform says so itself."""
    try:
        members = json.loads(body)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}
