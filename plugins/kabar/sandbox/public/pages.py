"""The addresses for people: all Pages by province, one Page's timeline, one post, one picture."""

from __future__ import annotations

from aiohttp import web

from kabar.sandbox.graph.objects import Page, Photo, Post
from kabar.sandbox.graph.world import World
from kabar.sandbox.public.directory import Entry, directory
from kabar.sandbox.public.frame import STYLE
from kabar.sandbox.public.page import html, missing
from kabar.sandbox.public.timeline import timeline

POSTS_SHOWN = 50


class PublicPages:
    """What a citizen would see; nothing here asks for a token or shows one."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        """All addresses for people."""
        return [
            web.get("/", self.show_directory),
            web.get("/gaya.css", self.show_style),
            web.get(r"/{page_id:\d+}", self.show_page),
            web.get(r"/{page_id:\d+}/posts/{serial:\d+}", self.show_post),
            web.get(r"/gambar/{photo_id:\d+}", self.show_picture),
        ]

    async def show_directory(self, request: web.Request) -> web.Response:
        """All Pages by province, or those whose name or province holds what was searched."""
        wanted = request.query.get("cari", "").strip()
        entries = [
            Entry(page, posts=len(posts), latest=posts[0] if posts else None)
            for page in self.world.pages.values()
            if page.is_published and wanted.casefold() in f"{page.name} {page.province}".casefold()
            for posts in [self._public_posts(page)]
        ]
        return html(directory(entries, wanted))

    async def show_style(self, _: web.Request) -> web.Response:
        """The style sheet."""
        return web.Response(text=STYLE.read_text(encoding="utf-8"), content_type="text/css")

    async def show_page(self, request: web.Request) -> web.Response:
        """A Page's posts, newest first; `?mulai=` skips that many."""
        page = self._page(request)
        posts = self._public_posts(page)
        start = request.query.get("mulai", "0")
        first = int(start) if start.isascii() and start.isdigit() else 0
        shown = posts[first : first + POSTS_SHOWN]
        older = first + POSTS_SHOWN if len(posts) > first + POSTS_SHOWN else None
        return html(
            timeline(page, [(post, self._photos(post)) for post in shown], total=len(posts), older=older)
        )

    async def show_post(self, request: web.Request) -> web.Response:
        """One post, under its permalink."""
        page = self._page(request)
        wanted = f"{page.id}_{request.match_info['serial']}"
        posts = [post for post in self._public_posts(page) if post.id == wanted]
        if not posts:
            raise missing("Kiriman ini tidak ada atau sudah dihapus.")
        return html(timeline(page, [(posts[0], self._photos(posts[0]))], total=None, older=None))

    async def show_picture(self, request: web.Request) -> web.Response:
        """A picture, also one that no post shows yet: the platform's own addresses work that way."""
        photo = self.world.photos.get(request.match_info["photo_id"])
        content = self.world.journal.picture(photo.digest) if photo is not None else None
        if photo is None or content is None:
            raise missing("Gambar ini tidak ada.")
        return web.Response(body=content, content_type=photo.media_type)

    def _page(self, request: web.Request) -> Page:
        page = self.world.pages.get(request.match_info["page_id"])
        if page is None or not page.is_published:
            raise missing("Halaman ini tidak ada atau tidak diterbitkan.")
        return page

    def _public_posts(self, page: Page) -> list[Post]:
        now = self.world.now()
        posts = [post for post in self.world.posts_of(page.id) if post.is_public(now) and not post.is_hidden]
        return sorted(posts, key=lambda post: (post.scheduled_at or post.created_at, post.id), reverse=True)

    def _photos(self, post: Post) -> list[Photo]:
        return [self.world.photos[photo_id] for photo_id in post.photo_ids]
