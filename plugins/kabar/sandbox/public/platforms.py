"""What stands on the platforms beside Facebook: their accounts, one account's posts, their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from aiohttp import web

from kabar.sandbox.office_control import WithOffices
from kabar.sandbox.offices import Office
from kabar.sandbox.pictures import PICTURES_PATH
from kabar.sandbox.public.frame import frame, initials
from kabar.sandbox.public.page import html, missing
from kabar.sandbox.public.words import anchor, local_time, rich_text
from kabar.sandbox.twin import Twin, TwinBook, TwinPost

#: As people call them.
NAMES: Final = {
    "instagram": "Instagram",
    "threads": "Threads",
    "x": "X",
    "telegram": "Telegram",
    "website": "Laman",
}
POSTS_SHOWN: Final = 50


class PlatformPages:
    """Pages for people; nothing here asks for a token or shows one."""

    def __init__(self, book: TwinBook, twins: Sequence[Twin]) -> None:
        self._book = book
        self._twins = twins

    def routes(self) -> list[web.RouteDef]:
        """All addresses for people."""
        return [
            web.get("/publik", self.show_platforms),
            web.get(r"/publik/gambar/{digest:[0-9a-f]{64}}", self.show_picture),
            web.get("/publik/{platform}", self.show_accounts),
            web.get("/publik/{platform}/{account}", self.show_account),
        ]

    async def show_platforms(self, _: web.Request) -> web.Response:
        """Every platform with its number of posts."""
        rows = [
            f'<li><a href="/publik/{name}">{escape(_title(name))}</a>'
            f'<span class="angka">{len(self._standing(name))} kiriman</span></li>'
            for name in self._platforms()
        ]
        return html(frame("Kanal lain", f"<h1>Kanal lain</h1>{_list(rows)}", platform="platform mana pun"))

    async def show_accounts(self, request: web.Request) -> web.Response:
        """Every account of a platform with its number of posts."""
        platform = self._platform(request)
        offices = self._offices(platform)
        accounts = sorted({*offices, *(post.account for post in self._book.of(platform))})
        rows = [
            f'<li><a href="/publik/{platform}/{escape(account)}">{escape(_name(account, offices))}</a>'
            f'<span class="angka">{len(self._standing(platform, account))} kiriman</span></li>'
            for account in accounts
        ]
        body = f"<h1>Akun di {escape(_title(platform))}</h1>{_list(rows)}"
        return html(frame(_title(platform), body, platform=_title(platform)))

    async def show_account(self, request: web.Request) -> web.Response:
        """An account's posts, newest first, with those that were taken down marked as such."""
        platform, account = self._platform(request), request.match_info["account"]
        offices = self._offices(platform)
        now = self._book.now()
        posts = [post for post in reversed(self._book.of(platform, account)) if post.appears_at <= now]
        if account not in offices and not posts:
            raise missing("Akun ini tidak ada.")
        name = _name(account, offices)
        zone = offices[account].zone if account in offices else "Asia/Jakarta"
        standing = sum(post.deleted_at is None for post in posts)
        head = (
            f'<header class="halaman">{initials(name)}<div><h1>{escape(name)}</h1>'
            f'<p class="ringkas">{escape(_title(platform))} · {escape(account)} · {standing} kiriman</p>'
            "</div></header>"
        )
        parts = [
            head,
            *(self._post(post, name=name, zone=zone) for post in posts[:POSTS_SHOWN]),
        ]
        if not posts:
            parts.append('<p class="kosong">Belum ada kiriman.</p>')
        title = escape(_title(platform))
        parts.append(f'<p class="lanjut"><a href="/publik/{platform}">Semua akun di {title}</a></p>')
        return html(frame(f"{name} di {_title(platform)}", "\n".join(parts), platform=_title(platform)))

    async def show_picture(self, request: web.Request) -> web.Response:
        """A picture that was uploaded with a post."""
        content = self._book.journal.picture(request.match_info["digest"])
        if content is None:
            raise missing("Gambar ini tidak ada.")
        return web.Response(body=content, content_type="image/jpeg")

    def _post(self, post: TwinPost, *, name: str, zone: str) -> str:
        notes = [("Disunting", post.edited_at), ("Dihapus", post.deleted_at)]
        told = "".join(
            f'<p class="catatan">{word} {escape(local_time(moment, zone))}.</p>'
            for word, moment in notes
            if moment
        )
        gone = ' class="dihapus"' if post.deleted_at else ""
        words = f'<p class="isi">{rich_text(post.text)}</p>' if post.text else ""
        pictures = "".join(
            self._picture(digest, post.alt_texts[place] if place < len(post.alt_texts) else "")
            for place, digest in enumerate(post.pictures)
        )
        card = ""
        if post.link and post.link not in post.text:
            card = f'<p class="isi samar">Tautan: {anchor(post.link)}</p>'
        return (
            f'<article id="{escape(post.id)}"{gone}><header>{initials(name)}<div>'
            f"<strong>{escape(name)}</strong>"
            f'<time class="samar" datetime="{post.created_at.isoformat()}">'
            f"{escape(local_time(post.created_at, zone))}</time></div></header>"
            f"{told}{words}{card}{pictures}</article>"
        )

    def _picture(self, digest: str, alt_text: str) -> str:
        is_here = self._book.journal.picture(digest) is not None
        # A site shows a picture from the office's own folder; every other platform keeps a copy.
        address = f"/publik/gambar/{digest}" if is_here else f"{PICTURES_PATH}/{digest}.jpg"
        note = f"Teks alternatif: {escape(alt_text)}" if alt_text else "Tanpa teks alternatif"
        return (
            f'<figure><img src="{address}" alt="{escape(alt_text)}" loading="lazy">'
            f"<figcaption>{note}</figcaption></figure>"
        )

    def _standing(self, platform: str, account: str | None = None) -> list[TwinPost]:
        return [post for post in self._book.of(platform, account) if post.stands(self._book.now())]

    def _platforms(self) -> list[str]:
        found = {twin.name for twin in self._twins} | {platform for platform, _ in self._book.posts}
        return [name for name in NAMES if name in found] + sorted(found - set(NAMES))

    def _platform(self, request: web.Request) -> str:
        platform = request.match_info["platform"]
        if platform not in self._platforms():
            raise missing("Kanal ini tidak ada.")
        return platform

    def _offices(self, platform: str) -> dict[str, Office]:
        twins = (twin for twin in self._twins if twin.name == platform and isinstance(twin, WithOffices))
        return next((twin.offices.by_id for twin in twins if isinstance(twin, WithOffices)), {})


def _title(platform: str) -> str:
    return NAMES.get(platform, platform)


def _name(account: str, offices: dict[str, Office]) -> str:
    return offices[account].name if account in offices else account


def _list(rows: list[str]) -> str:
    return f'<ul class="daftar">{"".join(rows)}</ul>' if rows else '<p class="kosong">Belum ada.</p>'
