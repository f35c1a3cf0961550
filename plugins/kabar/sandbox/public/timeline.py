"""One Page's posts as a citizen would read them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from kabar.sandbox.graph.objects import Page, Photo, Post
from kabar.sandbox.public.frame import frame, initials
from kabar.sandbox.public.words import ZONE_NAMES, local_time, rich_text

VERIFIED = {
    "blue_verified": '<span class="terverifikasi">Terverifikasi</span>',
    "gray_verified": '<span class="terverifikasi">Terverifikasi</span>',
    "not_verified": "",
}
CATEGORIES = {"Government organization": "Organisasi pemerintah"}


def timeline(
    page: Page, posts: Sequence[tuple[Post, Sequence[Photo]]], *, total: int | None, older: int | None
) -> str:
    """The Page with these posts; `total` counts all, None for a single post; `older` skips to the rest."""
    parts = [_head(page, total)]
    parts += [_post(page, post, photos) for post, photos in posts]
    if not posts:
        parts.append('<p class="kosong">Belum ada kiriman.</p>')
    if older is not None:
        parts.append(f'<p class="lanjut"><a href="/{page.id}?mulai={older}">Kiriman yang lebih lama</a></p>')
    if total is None:
        parts.append(f'<p class="lanjut"><a href="/{page.id}">Semua kiriman {escape(page.name)}</a></p>')
    return frame(page.name, "\n".join(parts))


def _head(page: Page, total: int | None) -> str:
    category = CATEGORIES.get(page.category, page.category)
    likes = f"{page.fan_count:,}".replace(",", ".")
    facts = [category, page.province, ZONE_NAMES.get(page.zone, page.zone), f"{likes} suka (angka tiruan)"]
    if total is not None:
        facts.append(f"{total} kiriman")
    shown = " · ".join(escape(fact) for fact in facts if fact)
    return (
        f'<header class="halaman">{initials(page.name)}<div><h1>{escape(page.name)}'
        f"{VERIFIED[page.verification_status]}</h1>"
        f'<p class="ringkas">{shown}</p></div></header>'
    )


def _post(page: Page, post: Post, photos: Sequence[Photo]) -> str:
    shown_at = post.scheduled_at or post.created_at
    serial = post.id.rpartition("_")[2]
    head = (
        f'<article id="k{serial}"><header>{initials(page.name)}<div><strong>{escape(page.name)}</strong>'
        f'<a class="samar" href="/{page.id}/posts/{serial}"><time datetime="{shown_at.isoformat()}">'
        f"{escape(local_time(shown_at, page.zone))}</time></a></div></header>"
    )
    parts = [head]
    if post.message:
        parts.append(f'<p class="isi">{rich_text(post.message)}</p>')
    parts += [_picture(photo) for photo in photos]
    if post.link and not photos:
        parts.append(_card(post.link))
    parts.append("</article>")
    return "\n".join(parts)


def _picture(photo: Photo) -> str:
    alt = photo.alt_text or ""
    note = f"Teks alternatif: {escape(alt)}" if alt else "Tanpa teks alternatif"
    return (
        f'<figure><img src="/gambar/{photo.id}" alt="{escape(alt)}" loading="lazy">'
        f"<figcaption>{note}</figcaption></figure>"
    )


def _card(link: str) -> str:
    host = escape(urlsplit(link).hostname or "")
    return (
        f'<a class="kartu" href="{escape(link)}" rel="noopener nofollow"><span class="samar">{host}</span>'
        f"<span>{escape(link)}</span></a>"
    )
