"""What fits into a post of each channel. A text that does not is a finding before approval, never cut.

The figures are those of `platforms.md` 1.2 and 1.3 (Facebook), 3 (Instagram), 4.1 (X), 4.2 (Threads), 4.3
(Telegram), 4.4 (TikTok) and its list of alternative texts in 7; `source` says where each comes from, and
`ingatan` where no document states it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kabar.addresses import ADDRESS
from kabar.channels.counting import Count, characters, utf16_units, weighted, with_emoji_as_bytes
from kabar.content import Finding, Text

#: The rule of `rules.yaml` that these findings break.
RULE: Final = "F1"
_HASHTAG: Final = re.compile(r"(?<![\w&/])#\w+")
_MENTION: Final = re.compile(r"(?<![\w.])@\w+")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one channel takes; None where it states no limit."""

    #: As an officer reads it.
    title: str
    source: str
    length: int | None = None
    count: Count = characters
    unit: str = "karakter"
    hashtags: int | None = None
    mentions: int | None = None
    addresses: int | None = None
    #: Characters of the description of one picture; None too where the platform has no such field.
    alt_text: int | None = None
    needs_picture: bool = False
    pictures: int | None = None


LIMITS: Final[Mapping[str, Limits]] = MappingProxyType(
    {
        "facebook": Limits(
            "Facebook",
            "developers.facebook.com/docs/pages-api/posts; angkanya ingatan",
            length=63_206,
            pictures=10,
        ),
        "instagram": Limits(
            "Instagram",
            "developers.facebook.com/docs/instagram-platform/content-publishing",
            length=2_200,
            hashtags=30,
            mentions=20,
            alt_text=1_000,
            needs_picture=True,
            pictures=10,
        ),
        "threads": Limits(
            "Threads",
            "developers.facebook.com/documentation/threads/posts",
            length=500,
            count=with_emoji_as_bytes,
            addresses=5,
            alt_text=1_000,
            pictures=20,
        ),
        "x": Limits(
            "X",
            "docs.x.com/fundamentals/counting-characters",
            length=280,
            count=weighted,
            unit="karakter tertimbang",
            alt_text=1_000,
            pictures=4,
        ),
        # With a picture the text becomes its caption, and every post is to have one.
        "telegram": Limits(
            "Telegram",
            "core.telegram.org/bots/api (sendPhoto); angkanya ingatan",
            length=1_024,
            count=utf16_units,
            pictures=10,
        ),
        "website": Limits("laman", "kontrak webhook sistem ini"),
        "youtube": Limits("komunitas YouTube", "batasnya tidak terdokumentasi"),
        "tiktok": Limits("TikTok", "developers.tiktok.com, content posting", length=2_200, count=utf16_units),
        "whatsapp": Limits("Saluran WhatsApp", "batas keterangan gambar; ingatan", length=1_024),
        "facebook_group": Limits("Grup Facebook", "seperti Facebook", length=63_206),
    }
)


def misfits(channel: str, text: Text) -> tuple[Finding, ...]:
    """Report what in a message a channel would refuse, as findings that block it; nothing when it fits.

    KeyError for a channel that `LIMITS` does not know.
    """
    return (*word_misfits(channel, text), *picture_misfits(channel, text))


def word_misfits(channel: str, text: Text) -> tuple[Finding, ...]:
    """Report what is wrong with the words alone, for a message whose pictures are not made yet."""
    limits = LIMITS[channel]
    return tuple(_finding(message, limits) for message in _words(limits, text))


def picture_misfits(channel: str, text: Text) -> tuple[Finding, ...]:
    """Report what is wrong with the pictures and their descriptions."""
    limits = LIMITS[channel]
    return tuple(_finding(message, limits) for message in _pictures(limits, text))


def length_on(channel: str, text: Text) -> int:
    """Count the posted text as the channel counts it."""
    return LIMITS[channel].count(text.posted)


def _words(limits: Limits, text: Text) -> Iterator[str]:
    length = limits.count(text.posted)
    if limits.length is not None and length > limits.length:
        yield (
            f"Teks {limits.title} {_number(length)} dari {_number(limits.length)} {limits.unit}. "
            f"Ringkas paling sedikit {_number(length - limits.length)}; teks tidak dipotong otomatis."
        )
    for most, pattern, noun in (
        (limits.hashtags, _HASHTAG, "tagar"),
        (limits.mentions, _MENTION, "sebutan akun"),
        (limits.addresses, ADDRESS, "tautan"),
    ):
        found = len(pattern.findall(text.posted)) if most is not None else 0
        if most is not None and found > most:
            yield f"{limits.title} menerima paling banyak {most} {noun}, teks ini memuat {found}. Kurangi."


def _pictures(limits: Limits, text: Text) -> Iterator[str]:
    if limits.needs_picture and not text.pictures:
        yield f"{limits.title} hanya menerima unggahan bergambar. Tambahkan gambar."
    if limits.pictures is not None and len(text.pictures) > limits.pictures:
        yield (
            f"{limits.title} menerima paling banyak {limits.pictures} gambar, "
            f"unggahan ini memuat {len(text.pictures)}. Kurangi gambarnya."
        )
    for number, line in enumerate(text.alt_text.splitlines(), start=1):
        if limits.alt_text is not None and len(line) > limits.alt_text:
            yield (
                f"Alt-teks gambar {number} sepanjang {_number(len(line))} karakter, "
                f"batas {limits.title} {_number(limits.alt_text)}. Ringkas alt-teksnya."
            )


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _finding(message: str, limits: Limits) -> Finding:
    return Finding(RULE, "block", message, f"Batas kanal: {limits.source}")
