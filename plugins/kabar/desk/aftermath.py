"""Posts that stand: which they are, what becomes of them, and how they are chosen for *tarik* and *ralat*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query

from kabar.desk.cards import safe_link
from kabar.desk.reasons import reason_words
from kabar.desk.scope import home_zone, scope_of
from kabar.desk.tables import Tables
from kabar.desk.words import FACTS, STATES, StateWord, moment, number
from kabar.officers import Officer
from kabar.posting.publish import full_text
from kabar.satker import Satker
from kabar.store import remedies
from kabar.store.database import Connection
from kabar.store.remedies import Choice

PAGE_SIZE = 50
#: What the list shows by the word in its address.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "": ("published", "corrected", "withdrawn"),
    "terbit": ("published",),
    "hilang": ("published",),
    "diralat": ("corrected",),
    "ditarik": ("withdrawn",),
    # What can still be taken down or corrected.
    "berdiri": ("published", "corrected"),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which posts an address names, as the officer wrote or clicked it."""

    posts: tuple[int, ...] = ()
    package_id: int | None = None
    calendar: str = ""
    stage: str = ""
    fact: str = ""
    value: str = ""
    template_hash: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether the address names no choice at all, which must not mean every post."""
        return not (self.posts or self.package_id or self.stage or self.fact or self.template_hash)

    def choice(self, officer: Officer) -> Choice:
        """The same within the officer's scope."""
        scope = scope_of(officer)
        return Choice(
            province=scope.province,
            satker=scope.satker,
            calendar=self.calendar or None,
            stage=self.stage or None,
            package_id=self.package_id,
            fact=self.fact or None,
            value=self.value or None,
            template_hash=self.template_hash or None,
            post_ids=list(self.posts) or None,
        )

    @property
    def words(self) -> str:
        """How the posts were chosen, for the page and for the record."""
        parts = (
            (self.posts, f"kiriman {', '.join(f'kt{one}' for one in self.posts[:10])}"),
            (self.package_id, f"paket {self.package_id}"),
            (self.stage, f"tahapan {self.stage} ({self.calendar})"),
            (self.fact, f"{FACTS.get(self.fact, self.fact)}: {self.value}"),
            (self.template_hash, f"templat versi {self.template_hash[:12]}"),
        )
        return ", ".join(words for named, words in parts if named)

    @property
    def wrong(self) -> str:
        """What the wrong posts say, where they were chosen by it."""
        return f"{FACTS.get(self.fact, self.fact)}: {self.value}" if self.fact else ""

    @property
    def query(self) -> str:
        """The choice as it stands in an address, with its question mark."""
        named = {
            "paket": self.package_id,
            "kalender": self.calendar,
            "tahapan": self.stage,
            "fakta": self.fact,
            "nilai": self.value,
            "templat": self.template_hash,
        }
        pairs = [("kiriman", one) for one in self.posts] + [pair for pair in named.items() if pair[1]]
        return f"?{urlencode(pairs)}"


def chosen_of(
    kiriman: Annotated[list[int] | None, Query(max_length=1000)] = None,
    paket: Annotated[int | None, Query()] = None,
    kalender: Annotated[str, Query(max_length=100)] = "",
    tahapan: Annotated[str, Query(max_length=200)] = "",
    fakta: Annotated[str, Query(max_length=100)] = "",
    nilai: Annotated[str, Query(max_length=2000)] = "",
    templat: Annotated[str, Query(max_length=64)] = "",
) -> Chosen:
    """Read from an address which posts are meant."""
    return Chosen(tuple(kiriman or ()), paket, kalender, tahapan, fakta, nilai, templat)


@dataclass(frozen=True, slots=True)
class StandingPost:
    """One post that stands or stood, in words."""

    post_id: int
    draft_id: int
    title: str
    is_rehearsal: bool
    satker: Satker
    channel: str
    account_name: str
    text: str
    permalink: str
    state: str
    state_word: StateWord
    published_at: str
    #: By what it is known that it stands, or that it does not.
    evidence: str
    #: Whether it was looked for and not found again.
    is_missing: bool
    #: How far its withdrawal has come; empty when nobody withdraws it.
    withdrawal: str
    #: The draft of its correction, and how far that has come.
    correction_draft_id: int | None
    correction_word: str
    #: Whether something can still be decided about it.
    is_open: bool


@dataclass(frozen=True, slots=True)
class StandingPage:
    """A page of the list."""

    posts: tuple[StandingPost, ...]
    total: int
    pages: int


def standing_page(
    connection: Connection,
    *,
    officer: Officer,
    tables: Tables,
    chosen: Chosen,
    shown: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> StandingPage:
    """Posts of the officer's scope that stand or stood, newest first; a word nobody knows shows all."""
    choice = chosen.choice(officer)
    if shown == "hilang":
        choice = replace(choice, is_missing=True)
    rows = remedies.standing_posts(
        connection,
        choice,
        states=SHOWN.get(shown, SHOWN[""]),
        at_most=size,
        from_row=(page - 1) * size,
    )
    total = rows[0]["total"] if rows else 0
    zone = home_zone(officer, tables.satker)
    return StandingPage(
        tuple(_post(row, tables=tables, zone=zone) for row in rows), total, max(1, -(-total // size))
    )


def _post(row: Mapping[str, Any], *, tables: Tables, zone: str) -> StandingPost:
    correction = row["correction_state"]
    return StandingPost(
        post_id=row["post_id"],
        draft_id=row["draft_id"],
        title=row["title"],
        is_rehearsal=row["rehearsal_id"] is not None,
        satker=tables.satker[row["satker_code"]],
        channel=row["channel"].capitalize(),
        account_name=row["account_name"] or "",
        text=full_text(row["message"], row["hashtags"]),
        permalink=safe_link(row["permalink"]),
        state=row["state"],
        state_word=STATES[row["state"]],
        published_at=moment(row["published_at"], zone) if row["published_at"] else "",
        evidence=_evidence(row, zone),
        is_missing=row["state"] == "published" and row["missing_at"] is not None,
        withdrawal=_withdrawal(row) if row["state"] != "withdrawn" else "",
        correction_draft_id=row["correction_draft_id"],
        correction_word=STATES[correction].label if correction else "",
        is_open=row["state"] != "withdrawn",
    )


def _evidence(row: Mapping[str, Any], zone: str) -> str:
    if row["state"] == "withdrawn":
        return reason_words(row["reason"])
    if row["missing_at"] is not None and row["state"] == "published":
        return (
            f"tidak ditemukan lagi seperti yang disetujui, terakhir dicari {moment(row['missing_at'], zone)}"
        )
    if row["confirmed_at"] is not None:
        return f"dibaca ulang di platform {moment(row['confirmed_at'], zone)}"
    return "belum dibaca ulang; platform atau petugas sudah menyebut nomornya"


def _withdrawal(row: Mapping[str, Any]) -> str:
    if row["withdrawal_state"] in {"waiting", "working"}:
        again = f", percobaan ke-{number(row['attempts'] + 1)}" if row["attempts"] else ""
        return f"sedang ditarik{again}"
    return "menunggu dihapus dengan tangan" if row["withdrawal_state"] == "manual" else ""
