"""What an amended calendar changes, in Bahasa Indonesia."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from kabar.content.wording import long_date
from kabar.desk.cards import safe_link
from kabar.desk.tables import Tables
from kabar.desk.words import FACTS, STATES, StateWord
from kabar.posting.amending import Effect
from kabar.posting.states import State
from kabar.satker import ZONES, Satker
from kabar.store.amendments import Judged, Standing
from kabar.store.packages import Package

#: In the order in which a page shows them.
EFFECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "moved": "bergeser waktunya dan kembali menunggu putusan",
        "reworded": "ditulis ulang dan kembali menunggu putusan",
        "gone": "tidak ada lagi di kalender; ditahan",
        "added": "baru; menunggu putusan",
        "wrong": "sudah keluar dan kini keliru: perlu ralat",
        "wrong_and_gone": "sudah keluar padahal tidak ada lagi di kalender: perlu penarikan",
        "kept": "tetap, beserta putusannya",
    }
)
OTHER_WORDS: Final = {
    "says_at": "Terbit",
    "not_after": "Batas akhir terbit",
    "wording": "Naskah",
    "findings": "Temuan baru",
    "owed": "Kalender",
    "mulai": "Mulai",
    "selesai": "Selesai",
    "mulai_pendek": "Mulai",
    "selesai_pendek": "Selesai",
    "ringkasan": "Ringkasan",
    "jam_buka": "TPS dibuka",
    "jam_tutup": "TPS ditutup",
    "sisa_mulai": "Menuju hari pertama",
    "sisa_selesai": "Menuju hari terakhir",
    "satker": "Nama satker",
}
#: Differences that are named for one package; more say nothing new.
SHOWN = 6


class Told(NamedTuple):
    """One difference in words."""

    label: str
    before: str
    after: str


class PackageChange(NamedTuple):
    """What becomes of one package."""

    id: int
    title: str
    is_rehearsal: bool
    effects: tuple[tuple[str, str, int], ...]
    told: tuple[Told, ...]


class Wrong(NamedTuple):
    """A post that is out and wrong."""

    draft_id: int
    satker: Satker
    channel: str
    title: str
    permalink: str
    state: State
    state_word: StateWord
    #: Whether it should never have been said, so that correcting it is not enough.
    is_gone: bool
    told: tuple[Told, ...]


def effect_words(counts: Mapping[str, int]) -> tuple[tuple[str, str, int], ...]:
    """Effects that occur: the effect, what it means, how many."""
    return tuple((effect, words, counts[effect]) for effect, words in EFFECTS.items() if counts.get(effect))


def package_change(package: Package, judged: Sequence[Judged], *, added: int) -> PackageChange | None:
    """Describe what becomes of a package; None when all of it stays."""
    effects: Counter[str] = Counter(one.verdict.effect for one in judged)
    if added:
        effects["added"] = added
    if set(effects) <= {"kept"}:
        return None
    told = dict.fromkeys(
        line
        for one in judged
        for line in told_of(
            (change._asdict() for change in one.verdict.changes), zone=one.fresh.wave if one.fresh else "WIB"
        )
    )
    return PackageChange(
        id=package.id,
        title=package.title,
        is_rehearsal=package.rehearsal_id is not None,
        effects=effect_words(effects),
        told=tuple(told)[:SHOWN],
    )


def wrong_line(
    standing: Standing, effect: Effect, changes: Iterable[Mapping[str, Any]], *, tables: Tables
) -> Wrong:
    """Describe a post that was found wrong just now."""
    row = {
        "draft_id": standing.drafted.draft_id,
        "satker_code": standing.satker_code,
        "channel": standing.channel,
        "state": standing.drafted.state,
        "title": "",
        "permalink": "",
    }
    return wrong_row({**row, "effect": effect, "changes": changes}, tables=tables)


def wrong_row(row: Mapping[str, Any], *, tables: Tables) -> Wrong:
    """Describe a row of `store.amendments.wrong`."""
    satker = tables.satker[row["satker_code"]]
    return Wrong(
        draft_id=row["draft_id"],
        satker=satker,
        channel=tables.channel_title(row["channel"]),
        title=row["title"],
        permalink=safe_link(row["permalink"]),
        state=row["state"],
        state_word=STATES[row["state"]],
        is_gone=row["effect"] == "wrong_and_gone",
        told=tuple(dict.fromkeys(told_of(row["changes"], zone=satker.zone))),
    )


def told_of(changes: Iterable[Mapping[str, Any]], *, zone: str) -> Iterable[Told]:
    """Say differences in words, a label once; times on the satker's own clock."""
    labels: set[str] = set()
    for change in changes:
        what = change["what"]
        label = OTHER_WORDS.get(what) or FACTS.get(what) or what
        if label in labels:
            continue
        labels.add(label)
        if what in {"says_at", "not_after"}:
            yield Told(label, _local(change["before"], zone), _local(change["after"], zone))
        elif what == "owed":
            yield Told(label, "diminta", "tidak diminta lagi")
        elif what == "wording":
            yield Told(label, "lama", "ditulis ulang")
        else:
            yield Told(label, change["before"] or "tidak ada", change["after"] or "tidak ada")


def _local(text: str, zone: str) -> str:
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(ZONES[zone]))
    return f"{long_date(local.date())} pukul {local:%H.%M} waktu setempat"
