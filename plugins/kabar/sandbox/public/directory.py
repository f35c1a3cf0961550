"""All Pages by province, with how much each has said and when it last did."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from kabar.sandbox.graph.objects import Page, Post
from kabar.sandbox.public.frame import frame
from kabar.sandbox.public.words import local_time

SNIPPET_CHARACTERS = 110
NATION = "Nasional"


class Entry(NamedTuple):
    """One Page of the list."""

    page: Page
    posts: int
    latest: Post | None


def directory(entries: Sequence[Entry], wanted: str) -> str:
    """The front page; `wanted` is what was searched, and opens all provinces that have it."""
    ordered = sorted(entries, key=lambda entry: (entry.page.kode[:2], entry.page.kode, entry.page.name))
    groups = [
        (name, list(group)) for name, group in groupby(ordered, lambda entry: entry.page.province or NATION)
    ]
    posts = sum(entry.posts for entry in entries)
    active = sum(entry.posts > 0 for entry in entries)
    parts = [
        "<h1>Halaman KPU</h1>",
        f'<p class="ringkas">{len(entries)} halaman, {active} sudah mengirim, {posts} kiriman.</p>',
        '<p class="ringkas"><a href="/publik">Kanal lain: X, Telegram, laman, dan seterusnya</a></p>',
        _search(wanted),
    ]
    parts += [_province(name, group, is_open=bool(wanted) or len(groups) == 1) for name, group in groups]
    if not entries:
        parts.append(f'<p class="kosong">Tidak ada halaman dengan nama “{escape(wanted)}”.</p>')
    return frame("Halaman KPU", "\n".join(parts))


def _search(wanted: str) -> str:
    return (
        '<form action="/" method="get" role="search"><label for="cari">Cari halaman</label>'
        f'<input id="cari" name="cari" type="search" value="{escape(wanted)}" placeholder="Nama daerah">'
        '<button type="submit">Cari</button></form>'
    )


def _province(name: str, entries: Sequence[Entry], *, is_open: bool) -> str:
    posts = sum(entry.posts for entry in entries)
    rows = "\n".join(_row(entry) for entry in entries)
    return (
        f"<details{' open' if is_open else ''}><summary><span>{escape(name)}</span>"
        f'<span class="angka">{len(entries)} halaman · {posts} kiriman</span></summary>'
        f"\n<ul>\n{rows}\n</ul></details>"
    )


def _row(entry: Entry) -> str:
    page, latest = entry.page, entry.latest
    if latest is None:
        last = '<span class="samar">Belum ada kiriman</span>'
    else:
        moment = local_time(latest.scheduled_at or latest.created_at, page.zone)
        snippet = escape(_snippet(latest))
        last = f'<span class="samar">{escape(moment)}</span><span class="cuplikan">{snippet}</span>'
    return (
        f'<li><a href="/{escape(page.id)}">{escape(page.name)}</a>'
        f'<span class="angka">{entry.posts} kiriman</span>{last}</li>'
    )


def _snippet(post: Post) -> str:
    words = " ".join((post.message or post.link or "Foto").split())
    return words if len(words) <= SNIPPET_CHARACTERS else words[:SNIPPET_CHARACTERS].rsplit(" ", 1)[0] + " …"
