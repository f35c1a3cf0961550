"""Texts of the public view: escaped, with links, and times in the Page's own zone."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}
_SPECIAL = re.compile(r"(?P<link>https?://[^\s<>\"]+)|(?P<tag>(?<!\w)#\w+)")
_TRAILING = ".,;:!?)]}'"


def local_time(moment: datetime, zone: str) -> str:
    """`Kamis, 2 Januari 2025 pukul 07.00 WIB`."""
    local = moment.astimezone(ZoneInfo(zone))
    words = format_datetime(local, "EEEE, d MMMM y 'pukul' HH.mm", tzinfo=ZoneInfo(zone), locale="id")
    return f"{words} {ZONE_NAMES.get(zone, zone)}"


def rich_text(text: str) -> str:
    """HTML of what somebody wrote: everything escaped, addresses clickable, hashtags marked, lines kept."""
    parts: list[str] = []
    end = 0
    for found in _SPECIAL.finditer(text):
        parts.append(escape(text[end : found.start()]))
        end = found.end()
        if found["tag"]:
            parts.append(f'<span class="tagar">{escape(found["tag"])}</span>')
            continue
        address = found["link"].rstrip(_TRAILING)
        parts.append(anchor(address) + escape(found["link"][len(address) :]))
    parts.append(escape(text[end:]))
    return "".join(parts).replace("\r\n", "\n").replace("\n", "<br>\n")


def anchor(address: str) -> str:
    """A link that shows its address; anything but http and https stays plain text."""
    shown = escape(address)
    if not address.startswith(("http://", "https://")):
        return shown
    return f'<a href="{shown}" rel="noopener nofollow">{shown}</a>'
