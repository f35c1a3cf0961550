"""`/_sandbox/`: plant faults, change Pages, move the clock, and count what the platform really took.

For tests and the demo only; it asks for no token and never gives one away, but for `POST /_sandbox/apps`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from kabar.sandbox.changes import NewApp, NewPage, PageChange, TokenChange
from kabar.sandbox.faults import Fault, FaultBook
from kabar.sandbox.graph.objects import LogEntry, Page
from kabar.sandbox.graph.settings import GraphSettings, Revision
from kabar.sandbox.graph.usage import Usage
from kabar.sandbox.graph.world import World
from kabar.sandbox.seeding import SatkerRow
from kabar.sandbox.twin import Twin, TwinBook

Model = TypeVar("Model", bound=BaseModel)


class Control:
    """The handlers under `/_sandbox/`."""

    def __init__(
        self,
        world: World,
        faults: FaultBook,
        usage: Usage,
        satker: Sequence[SatkerRow],
        *,
        book: TwinBook,
        twins: Sequence[Twin],
    ) -> None:
        self.book = book
        self.twins = twins
        self.world = world
        self.faults = faults
        self.usage = usage
        self.satker = satker

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the interface."""
        return [
            web.get("/_sandbox/health", self.health),
            web.get("/_sandbox/log", self.log),
            web.get("/_sandbox/count", self.count),
            web.get("/_sandbox/pages", self.pages),
            web.post("/_sandbox/pages", self.add_page),
            web.post("/_sandbox/pages/{page_id}", self.change_page),
            web.post("/_sandbox/tokens", self.change_tokens),
            web.post("/_sandbox/apps", self.add_app),
            web.get("/_sandbox/faults", self.list_faults),
            web.post("/_sandbox/faults", self.plant_fault),
            web.delete("/_sandbox/faults", self.remove_faults),
            web.delete("/_sandbox/faults/{number}", self.remove_faults),
            web.get("/_sandbox/settings", self.read_settings),
            web.post("/_sandbox/settings", self.change_settings),
            web.post("/_sandbox/latency", self.change_settings),
            web.post("/_sandbox/clock", self.change_settings),
            web.post("/_sandbox/revisions", self.revise),
            web.post("/_sandbox/reset", self.reset),
        ]

    async def health(self, _: web.Request) -> web.Response:
        """That the sandbox answers, its clock, and how much it holds."""
        return _json(
            {
                "status": "ok",
                "now": self.world.now().isoformat(),
                "app_id": self.world.root.app_id,
                "pages": len(self.world.pages),
                "posts": len(self.world.posts),
            }
        )

    async def log(self, request: web.Request) -> web.Response:
        """Creating calls that took effect, oldest first; `?all=1` adds refused doubles, `?page=` filters.

        `?platform=` names another platform than Facebook; its posts are given as they stand now.
        """
        if platform := request.query.get("platform"):
            found = self.book.of(platform, request.query.get("page"))
            return _json({"data": [post.model_dump(mode="json") for post in found]})
        entries = self._entries(with_refused=request.query.get("all") == "1")
        page = request.query.get("page")
        return _json(
            {"data": [entry.model_dump(mode="json") for entry in entries if page in {None, entry.page_id}]}
        )

    async def count(self, request: web.Request) -> web.Response:
        """Publications per Page whose text, link or alt text contains `?contains=`, and doubles among them.

        `double` holds the Pages with more than one such post, `repeated` the Pages on which one identical
        text stands more than once. Counted from the log, so that later edits and deletions change nothing.
        `?platform=` counts on another platform than Facebook.
        """
        wanted = request.query.get("contains", "")
        if platform := request.query.get("platform"):
            return _json(self.book.count(platform, contains=wanted))
        entries = [entry for entry in self._entries(with_refused=True) if wanted in _words(entry)]
        taken = [entry for entry in entries if entry.refused_code is None and self._is_publication(entry)]
        pages = Counter(entry.page_id for entry in taken)
        texts = Counter((entry.page_id, entry.message, entry.link) for entry in taken)
        return _json(
            {
                "total": len(taken),
                "pages": dict(pages),
                "double": {page: number for page, number in pages.items() if number > 1},
                "repeated": {page: number for (page, _, _), number in texts.items() if number > 1},
                "refused_as_double": sum(entry.refused_code is not None for entry in entries),
            }
        )

    async def pages(self, _: web.Request) -> web.Response:
        """All Pages with the satker code behind each."""
        return _json({"data": [page.model_dump(mode="json") for page in self.world.pages.values()]})

    async def add_page(self, request: web.Request) -> web.Response:
        """Add a Page of a test's own."""
        new = _checked(NewPage, await _body(request))
        page = Page(id=new.id, name=new.name, fan_count=new.likes, zone=new.zone, province=new.province)
        self.world.change(page)
        return _json({"id": page.id})

    async def change_page(self, request: web.Request) -> web.Response:
        """Rename, close, break or repair a Page."""
        change = _checked(PageChange, await _body(request))
        page = self.world.pages.get(request.match_info["page_id"])
        if page is None:
            raise web.HTTPNotFound(text="There is no such Page.")
        given = change.model_dump(exclude_none=True, exclude={"likes", "token_subcode", "renews_token"})
        if change.likes is not None:
            given["fan_count"] = change.likes
        if change.token_subcode is not None:
            given["broken_subcode"] = change.token_subcode or None
        given["token_generation"] = page.token_generation + change.renews_token
        changed = _checked(Page, page.model_dump() | given)
        self.world.change(changed)
        return _json(changed.model_dump(mode="json"))

    async def change_tokens(self, request: web.Request) -> web.Response:
        """Break, repair, expire or narrow user tokens."""
        change = _checked(TokenChange, await _body(request))
        given = change.model_dump(exclude_none=True, exclude={"app_id", "subcode"})
        if change.subcode is not None:
            given["broken_subcode"] = change.subcode or None
        tokens = [token for token in self.world.tokens.values() if change.app_id in {None, token.app_id}]
        self.world.change(*(token.model_copy(update=given) for token in tokens))
        return _json({"changed": len(tokens)})

    async def add_app(self, request: web.Request) -> web.Response:
        """Add a further app with a system user that reaches all Pages."""
        new = _checked(NewApp, await _body(request))
        app, token = self.world.add_app(new.name)
        return _json({"app_id": app.id, "app_secret": app.secret, "user_token": token.value})

    async def list_faults(self, _: web.Request) -> web.Response:
        """Planted faults and how often each has hit."""
        planted = self.faults.planted.values()
        return _json(
            {
                "data": [
                    {"id": it.number, "hits": it.hits, **it.fault.model_dump(mode="json")} for it in planted
                ]
            }
        )

    async def plant_fault(self, request: web.Request) -> web.Response:
        """Plant a fault; see `Fault` for its members."""
        return _json({"id": self.faults.plant(_checked(Fault, await _body(request)))})

    async def remove_faults(self, request: web.Request) -> web.Response:
        """Remove one fault or all."""
        number = request.match_info.get("number")
        self.faults.remove(int(number) if number is not None and number.isdigit() else None)
        return _json({"success": True})

    async def read_settings(self, _: web.Request) -> web.Response:
        """All dials as they stand."""
        return _json(self.world.settings.model_dump(mode="json"))

    async def change_settings(self, request: web.Request) -> web.Response:
        """Turn some dials; the others stay. `latency` and `clock` are the same door under other names."""
        settings = _checked(GraphSettings, self.world.settings.model_dump() | await _body(request))
        self.world.change(settings)
        return _json(settings.model_dump(mode="json"))

    async def revise(self, request: web.Request) -> web.Response:
        """Restate insights: figures of the matching Page, metric and day times a factor."""
        revision = _checked(Revision, await _body(request))
        settings = self.world.settings
        self.world.change(settings.model_copy(update={"revisions": (*settings.revisions, revision)}))
        return _json({"success": True})

    async def reset(self, _: web.Request) -> web.Response:
        """Back to a fresh platform; apps and tokens stay as they are."""
        self.faults.reset()
        self.usage.clear()
        self.world.reset(self.satker)
        self.book.reset()
        for twin in self.twins:
            twin.reset()
        return _json({"success": True})

    def _is_publication(self, entry: LogEntry) -> bool:
        """Whether the entry made a post public, at once, from a draft, or by a schedule that has come."""
        if entry.kind != "post" or entry.published:
            return entry.kind != "photo"
        post = self.world.posts.get(entry.post_id or "")
        return post is not None and post.scheduled_at is not None and post.scheduled_at <= self.world.now()

    def _entries(self, *, with_refused: bool) -> list[LogEntry]:
        now = self.world.now()
        return [
            entry
            for entry in self.world.log
            if entry.at <= now and (with_refused or entry.refused_code is None)
        ]


def _words(entry: LogEntry) -> str:
    return "\n".join([entry.message or "", entry.link or "", *entry.alt_texts])


def _json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json", charset="utf-8")


async def _body(request: web.Request) -> dict[str, object]:
    try:
        body = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError as error:
        raise web.HTTPBadRequest(text=f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="The body must be a JSON object.")
    return body


def _checked(model: type[Model], given: dict[str, object]) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
