"""What every public page has in common: head, notice that this is no real platform, and foot."""

from __future__ import annotations

from html import escape
from pathlib import Path

STYLE = Path(__file__).with_name("gaya.css")


def frame(title: str, body: str, *, platform: str = "Facebook") -> str:
    """A whole HTML page; `title` and `platform` are plain text, `body` is HTML."""
    notice = f"Ini bukan {escape(platform)} dan bukan halaman resmi KPU."
    return f"""<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/gaya.css">
</head>
<body>
<p class="tiruan"><strong>Tiruan untuk latihan.</strong> {notice}</p>
<main>
{body}
</main>
<footer><a href="/">Semua halaman KPU</a> · <a href="/publik">Kanal lain</a></footer>
</body>
</html>
"""


def initials(name: str) -> str:
    """A round sign in place of a profile picture, which the sandbox lacks: the first word of the name."""
    return f'<span class="lencana-nama" aria-hidden="true">{escape(name.split(" ", 1)[0][:3])}</span>'
