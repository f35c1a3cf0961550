"""Checks of facts, lengths, links, names and hashtags: the kinds of entry under `periksa` in `rules.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field

from kabar.accounts import Channel
from kabar.content.line_by_line import REMEMBERED, found_in
from kabar.content.reading_text import Reading
from kabar.frozen import Frozen
from kabar.reading import Count, Line

Fact: TypeAlias = Literal["dasar", "tautan", "satker"]

_URL: Final = re.compile(r"https?://[^\s)>\]]+", re.IGNORECASE)
#: A host without its scheme; the endings are those that turn up in Indonesian posts.
_BARE_HOST: Final = re.compile(
    r"(?<![\w@/.-])(?:[a-z0-9-]+\.)+(?:id|com|org|net|co|ly|me|io|gg|info|link|site|xyz|app|tv)\b",
    re.IGNORECASE,
)
_MENTION: Final = re.compile(r"(?<![\w.])@[\w.]+")
_HASHTAG: Final = re.compile(r"(?<![\w&/])#\w+")
_PASCAL_CASE: Final = re.compile(r"#(?:[A-Z][A-Za-z0-9]*)+")
_SATKER: Final = re.compile(
    r"\b(?:KPU|KIP) (?:(?:Provinsi|Kabupaten|Kota)(?: Administrasi)?|Aceh\b)"
    r"(?: (?:dan(?= [A-Z])|[A-Z][\w'-]+))*"
)
#: Words that begin with a capital and may follow a name without being part of it.
_AFTER_A_NAME: Final = re.compile(r" (?:Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu|Teman)\b.*$")


class RequiredFacts(Frozen):
    """Each of these facts must stand in the text as the calendar has it; an address may lack `https://`."""

    cara: Literal["fakta"]
    facts: tuple[Fact, ...] = Field(alias="fakta", min_length=1)
    #: Facts that need not stand on a channel.
    exempt: Mapping[Channel, tuple[Fact, ...]] = Field(alias="kecuali", default_factory=dict)

    def find(self, reading: Reading) -> Iterator[str]:
        """Report each fact that is missing, with what should stand there."""
        names = {"dasar": "dasar hukum", "tautan": "tautan resmi", "satker": "nama satker"}
        facts = {**reading.text.facts, "satker": reading.satker.short_name}
        exempt = [fact for name, some in self.exempt.items() if name == reading.channel for fact in some]
        for fact in (one for one in self.facts if one not in exempt):
            value = facts.get(fact, "")
            if not value:
                yield f"Tidak ada {names[fact]} untuk tahapan ini. Lengkapi kalender lebih dahulu."
            elif value.removeprefix("https://") not in reading.text.message:
                yield f"Tidak memuat {names[fact]}. Tambahkan “{value}”."


class Length(Frozen):
    """A text may have so many characters on a channel; a channel that is not named has no limit here."""

    cara: Literal["panjang"]
    most: Mapping[str, Count] = Field(alias="paling_banyak", min_length=1)

    def find(self, reading: Reading) -> Iterator[str]:
        """Report a text that is longer."""
        length, most = len(reading.text.posted), self.most.get(reading.channel)
        if most is not None and length > most:
            yield f"Panjang {length} karakter, batasnya {most}. Ringkas teksnya."


class SentenceLength(Frozen):
    """The sentences of a text have on average no more words than this."""

    cara: Literal["kalimat"]
    most: Count = Field(alias="kata_per_kalimat", ge=1)

    def find(self, reading: Reading) -> Iterator[str]:
        """Report a text whose average is higher."""
        words = sum(len(sentence.split()) for sentence in reading.sentences)
        if reading.sentences and words > self.most * len(reading.sentences):
            average = words / len(reading.sentences)
            yield f"Rata-rata {average:.0f} kata per kalimat, batasnya {self.most}. Pecah kalimatnya."


class Hashtags(Frozen):
    """Hashtags come from the list of the calendar, in PascalCase, and stand at the end."""

    cara: Literal["tagar"]

    def find(self, reading: Reading) -> Iterator[str]:
        """Report hashtags that are unknown, written wrongly, doubled or inside the text."""
        for tag in dict.fromkeys((*reading.text.hashtags, *_HASHTAG.findall(reading.text.message))):
            if not _PASCAL_CASE.fullmatch(tag):
                yield f"Tagar {tag} tidak ditulis seperti #KPUMelayani. Awali setiap kata dengan huruf besar."
            elif tag not in reading.allowed_hashtags:
                yield f"Tagar {tag} tidak ada dalam daftar untuk kalender ini. Hapus tagar itu."
        if _HASHTAG.search(reading.text.message):
            yield "Tagar berada di tengah teks. Pindahkan semua tagar ke akhir."
        if len(set(reading.text.hashtags)) < len(reading.text.hashtags):
            yield "Ada tagar yang ditulis dua kali. Sisakan satu."


class Mentions(Frozen):
    """Only accounts of the list may be mentioned."""

    cara: Literal["sebutan"]
    allowed: tuple[Line, ...] = Field(alias="boleh")

    def find(self, reading: Reading) -> Iterator[str]:
        """Report each other mention."""
        for mention in found_in(reading.lines, _MENTION):
            if mention.rstrip(".").casefold() not in {name.casefold() for name in self.allowed}:
                yield f"Menyebut akun {mention.rstrip('.')}. Hapus sebutan akun di luar daftar."


class LinkHosts(Frozen):
    """A link leads to one of these domains or below it."""

    cara: Literal["tautan"]
    domains: tuple[Line, ...] = Field(alias="domain", min_length=1)

    def find(self, reading: Reading) -> Iterator[str]:
        """Report each host that is not one of them."""
        addresses = [*found_in(reading.lines, _URL), *([reading.text.link] if reading.text.link else [])]
        hosts = [urlsplit(address.rstrip(".,;")).hostname or address for address in addresses]
        bare = found_in((_without_addresses(line) for line in reading.lines), _BARE_HOST)
        for host in dict.fromkeys([*hosts, *bare]):
            if not any(f".{host.casefold()}".endswith(f".{domain}") for domain in self.domains):
                yield f"Tautan ke {host}. Hanya laman {', '.join(self.domains)} yang boleh."


@lru_cache(maxsize=REMEMBERED)
def _without_addresses(line: str) -> str:
    return _URL.sub(" ", line)


class SatkerName(Frozen):
    """No other satker's name stands in the text, be it the superior one."""

    cara: Literal["nama_satker"]

    def find(self, reading: Reading) -> Iterator[str]:
        """Report each name that is not that of the satker which publishes."""
        own = {reading.satker.short_name, *reading.satker.aliases}
        for found in found_in(reading.lines, _SATKER):
            name = _AFTER_A_NAME.sub("", found).strip()
            if name not in own:
                yield f"Memuat nama “{name}”. Satker ini bernama {reading.satker.short_name}."


class QuietTemplate(Frozen):
    """In masa tenang only a template with the mark `aman_masa_tenang` may speak."""

    cara: Literal["masa_tenang"]

    def find(self, reading: Reading) -> Iterator[str]:
        """Report a text of any other template that would go out in masa tenang."""
        if reading.is_time_of("masa_tenang") and reading.text.facts.get("aman_masa_tenang") != "ya":
            yield f"Terbit pada masa tenang, padahal {reading.text.template} tidak bertanda aman_masa_tenang."


MachineCheck: TypeAlias = (
    RequiredFacts | Length | SentenceLength | Hashtags | Mentions | LinkHosts | SatkerName | QuietTemplate
)
