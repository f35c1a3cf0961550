"""The desk's Bahasa Indonesia: states, reasons, times and numbers, each said in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from kabar.content.wording import clock, long_date
from kabar.posting.approval import Denial
from kabar.posting.remedies import Obstacle
from kabar.posting.states import State
from kabar.satker import ZONES


class StateWord(NamedTuple):
    """How a state of a post is called on the pages."""

    #: Stands in addresses.
    slug: str
    label: str


STATES: Final[Mapping[State, StateWord]] = MappingProxyType(
    {
        "planned": StateWord("menunggu", "menunggu"),
        "approved": StateWord("disetujui", "disetujui"),
        "sending": StateWord("dikirim", "sedang dikirim"),
        "published": StateWord("terbit", "terbit"),
        "refused": StateWord("ditolak", "ditolak"),
        "unconfirmed": StateWord("belum-pasti", "belum pasti"),
        "held": StateWord("ditahan", "ditahan"),
        "expired": StateWord("kedaluwarsa", "kedaluwarsa"),
        "withdrawn": StateWord("ditarik", "ditarik"),
        "corrected": StateWord("diralat", "diralat"),
    }
)
STATE_OF_SLUG: Final[Mapping[str, State]] = MappingProxyType(
    {word.slug: state for state, word in STATES.items()}
)

DENIALS: Final[Mapping[Denial, str]] = MappingProxyType(
    {
        "role": "jabatan Anda tidak berwenang menyetujui atau menolak",
        "scope": "satkernya berada di luar lingkup Anda",
        "own_words": "Anda sendiri yang menulisnya; pejabat lain yang harus menyetujui",
        "changed": "naskahnya berubah setelah Anda buka; baca lagi sebelum memutuskan",
        "not_open": "sudah dikirim atau sudah lewat masanya",
        "too_late": "batas akhir terbitnya sudah terlalu dekat atau sudah lewat",
        "findings": "masih ada temuan yang melarang terbit; perbaiki naskahnya dahulu",
        "repeated": "sudah diputuskan oleh permintaan yang sama",
    }
)

OBSTACLES: Final[Mapping[Obstacle, str]] = MappingProxyType(
    {
        "role": "jabatan Anda tidak berwenang menarik atau meralat",
        "scope": "satkernya berada di luar lingkup Anda",
        "not_standing": "tidak sedang terbit",
        "under_way": "sudah dalam penarikan",
        "has_correction": "ralatnya sudah disiapkan",
        "no_words": "kalender tahapannya tidak ada lagi",
    }
)

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pengumuman": "pengumuman",
        "edukasi": "edukasi",
        "pengingat": "pengingat",
        "hari_h": "hari H",
        "penutup": "penutup",
        "ralat": "ralat",
    }
)

FACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "satker_lengkap": "Nama resmi satker",
        "kalender": "Kalender",
        "tahapan": "Tahapan",
        "rentang": "Waktu tahapan",
        "jam_layanan": "Jam layanan",
        "jam": "Jam terbit",
        "hari_ini": "Tanggal terbit",
        "hari_pemungutan": "Hari pemungutan suara",
        "ajakan": "Ajakan",
        "dasar": "Dasar hukum",
        "tautan": "Tautan resmi",
        "berikut": "Tahapan berikutnya",
        "jadwal_berikut": "Jadwal tahapan berikutnya",
    }
)


def moment(at: datetime, zone: str) -> str:
    """A moment in a zone of Indonesia: `Selasa, 27 Agustus 2024 pukul 08.00 WITA`."""
    local = at.astimezone(ZoneInfo(ZONES[zone]))
    return f"{long_date(local.date())} {clock(local.time(), zone)}"


def hour(at: datetime, zone: str) -> str:
    """The hour alone: `pukul 14.05 WIB`."""
    return clock(at.astimezone(ZoneInfo(ZONES[zone])).time(), zone)


def span(left: timedelta) -> str:
    """A length of time in its two largest units: `2 hari 4 jam`, `45 menit`, `kurang dari 1 menit`."""
    minutes = int(left.total_seconds()) // 60
    if minutes < 1:
        return "kurang dari 1 menit"
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(days, "hari"), (hours, "jam"), (minutes, "menit")]
    while parts[0][0] == 0:
        parts.pop(0)
    return " ".join(f"{number} {unit}" for number, unit in parts[:2] if number)


def number(value: int) -> str:
    """A number with the full stop of Indonesian thousands: `3.300`."""
    return f"{value:,}".replace(",", ".")


def sentence(text: str) -> str:
    """A reason as a sentence of its own: a capital at its beginning, a full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""
