"""One application with all stand-ins: Graph under its versions, `/_sandbox/` for tests, pages for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from aiohttp import web

from kabar.sandbox.clock import SandboxClock, real_time
from kabar.sandbox.containers import ContainerBook
from kabar.sandbox.control import Control
from kabar.sandbox.faults import FaultBook
from kabar.sandbox.graph.instagram import Instagram
from kabar.sandbox.graph.settings import GraphSettings
from kabar.sandbox.graph.transport import GraphDoor
from kabar.sandbox.graph.world import World
from kabar.sandbox.journal import Journal
from kabar.sandbox.office_control import OfficeControl
from kabar.sandbox.pictures import OfficePictures
from kabar.sandbox.public.pages import PublicPages
from kabar.sandbox.public.platforms import PlatformPages
from kabar.sandbox.seeding import SatkerRow
from kabar.sandbox.twin import TwinBook, TwinDoor
from kabar.sandbox.twins import make_twins

#: Photos reach 10 MB (platforms.md 1.3); a little more lets the stand-in refuse them itself.
BODY_BYTES = 32 * 1024 * 1024

WORLD = web.AppKey("world", World)


def create_app(
    state_path: Path | str = ":memory:",
    *,
    satker: Iterable[SatkerRow] = (),
    clock: Callable[[], datetime] = real_time,
    user_token: str | None = None,
    settings: Mapping[str, object] | None = None,
    pictures: Path | None = None,
) -> web.Application:
    """The sandbox on one state file; a known file keeps all that it holds.

    `satker` get a Page each unless they have one, `user_token` becomes a system-user token that reaches every
    Page, `settings` overrides dials of `GraphSettings` that the state file remembers. Of the folder
    `pictures`, pictures are shown as the office's own web server would show them.
    """
    rows = tuple(satker)
    journal = Journal(state_path)
    world = World(journal, SandboxClock(clock))
    world.seed_pages(rows)
    if user_token is not None and user_token not in world.tokens:
        world.add_token(world.root.app_id, user_token)
    if settings:
        world.change(GraphSettings.model_validate(world.settings.model_dump() | dict(settings)))
    faults = FaultBook()
    door = GraphDoor(world, faults)
    book = TwinBook(journal, world.clock)
    containers = ContainerBook(book)
    world.instagram = Instagram.seeded(containers, rows)
    twins = TwinDoor(
        make_twins(book, rows, containers, dials=lambda: world.settings),
        faults,
        latency_ms=lambda: world.settings.latency_ms,
    )
    app = web.Application(client_max_size=BODY_BYTES)
    app[WORLD] = world
    app.add_routes(
        Control(world, faults, door.usage, rows, book=book, twins=tuple(twins.twins.values())).routes()
    )
    app.add_routes(faults.calls.routes())
    app.add_routes(OfficeControl(tuple(twins.twins.values())).routes())
    app.add_routes(PublicPages(world).routes())
    app.add_routes(PlatformPages(book, tuple(twins.twins.values())).routes())
    if pictures is not None:
        app.add_routes(OfficePictures(pictures).routes())
    app.add_routes(twins.routes())
    # Whatever is not for tests or people is Graph's, also without a version, as on the platform.
    app.router.add_route("*", "/{path:.*}", door.handle)

    async def close(_: web.Application) -> None:
        journal.close()

    app.on_cleanup.append(close)
    return app
