"""How a public page is answered: no scripts, no foreign pictures, whatever strangers wrote."""

from __future__ import annotations

from aiohttp import web

from kabar.sandbox.public.frame import frame

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"


def html(text: str) -> web.Response:
    """A page."""
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY})


def missing(sentence: str) -> web.HTTPNotFound:
    """A page that says what is not there."""
    body = f'<p class="kosong">{sentence}</p>'
    return web.HTTPNotFound(text=frame("Tidak ditemukan", body), content_type="text/html")
