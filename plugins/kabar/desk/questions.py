"""Posts of which nobody can tell whether they stand on the platform: a person looks, and answers here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

from kabar.channels.account_address import account_address
from kabar.desk.evidence import Trace, prepared, proofs, traces
from kabar.desk.manual_answers import record_link
from kabar.desk.reasons import reason_words
from kabar.desk.refusal import PageRefusal, not_in_scope
from kabar.desk.scope import DECIDERS, home_zone, scope_of
from kabar.desk.tables import Tables
from kabar.desk.words import moment
from kabar.officers import Officer
from kabar.posting.reconcile import LOOKS_BEFORE_A_PERSON_IS_ASKED
from kabar.satker import Satker
from kabar.store import decisions, questions
from kabar.store.database import Connection

Answer = Literal["published", "absent"]

#: Numbers that Facebook gives a post: its own, or the Page's and its own joined by an underscore.
POST_ID = re.compile(r"\d{3,}(?:_\d{3,})?")
#: Parts of an address that carry the number when the path does not.
ID_PARAMETERS = ("story_fbid", "fbid")
#: Messages of a Telegram channel are counted from one, so that their numbers may be short.
SHORT_NUMBERS = {"t.me": re.compile(r"\d+")}


@dataclass(frozen=True, slots=True)
class Question:
    """One unconfirmed post and what is known about it."""

    post_id: int
    draft_id: int
    claim_number: int
    title: str
    satker: Satker
    account_name: str
    message: str
    sent_at: str
    reason: str
    looks: int
    looked_at: str
    not_after: str
    is_too_late: bool
    #: Whether *it is not there* may be answered yet.
    may_be_absent: bool
    #: Whether an officer, and no machine, was to post it.
    by_hand: bool
    channel: str
    #: The account's own page; empty where its id leads to none, or where it only exists in a rehearsal.
    account_address: str
    account_id: str
    #: Until when a call for it may have been under way; what has not appeared later appears no more.
    over_at: str
    #: What lies prepared on the platform: names and values.
    handle: tuple[tuple[str, str], ...]
    proofs: tuple[Trace, ...]
    traces: tuple[Trace, ...]


class Place(NamedTuple):
    """Where a post stands."""

    platform_id: str
    permalink: str


def question_list(
    connection: Connection, *, officer: Officer, tables: Tables, now: datetime
) -> list[Question]:
    """The unconfirmed posts of the officer's scope, oldest first."""
    scope = scope_of(officer)
    zone = home_zone(officer, tables.satker)
    return [
        Question(
            post_id=row["post_id"],
            draft_id=row["draft_id"],
            claim_number=row["claim_number"],
            title=row["title"],
            satker=tables.satker[row["satker_code"]],
            account_name=row["account_name"] or "",
            message=row["message"],
            sent_at=moment(row["sent_at"], zone),
            reason=reason_words(row["reason"]),
            looks=row["looks"],
            looked_at=moment(row["looked_at"], zone) if row["looked_at"] else "",
            not_after=moment(row["not_after"], zone),
            is_too_late=row["not_after"] <= now,
            may_be_absent=_may_be_absent(row),
            by_hand=row["by_hand"],
            channel=tables.channel_title(row["channel"]),
            account_address=_account_address(row),
            account_id=row["account_external_id"] or "",
            over_at=moment(row["lease_until"] or row["sent_at"], zone),
            handle=prepared(row["handle"]),
            proofs=proofs(row, zone=zone),
            traces=traces(row, tables=tables, zone=zone),
        )
        for row in questions.questions(connection, province=scope.province, satker=scope.satker)
    ]


def _may_be_absent(row: Mapping[str, Any]) -> bool:
    """A machine looks twice before it asks; what a person was to post, only a person can look for."""
    return bool(row["by_hand"]) or row["looks"] >= LOOKS_BEFORE_A_PERSON_IS_ASKED


def _account_address(row: Mapping[str, Any]) -> str:
    if row["account_usage"] != "real" or not row["account_external_id"]:
        return ""
    return account_address(row["channel"], row["account_external_id"]) or ""


def answer_question(
    connection: Connection,
    post_id: int,
    *,
    answer: Answer,
    claim_number: int,
    place: str,
    reason: str,
    officer: Officer,
    tables: Tables,
) -> bool:
    """Save what an officer saw on the platform, and wake the run that waits for it.

    Gives whether the post will be sent again.

    Raises:
        PageRefusal: Not this officer's to answer, answered meanwhile, a link without a number, no reason,
            or *absent* before the machine has looked often enough.
    """
    row = questions.question(connection, post_id)
    if row is not None and not officer.covers(tables.satker[row["satker_code"]]):
        raise not_in_scope()
    if officer.role not in DECIDERS:
        raise PageRefusal(403, "Tidak berwenang menjawab", "Jabatan Anda hanya dapat membaca pertanyaan ini.")
    if row is None or row["claim_number"] != claim_number:
        raise PageRefusal(
            409,
            "Pertanyaan ini sudah terjawab",
            "Sistem atau rekan Anda sudah menjawabnya. Tidak ada yang diubah.",
        )
    if answer == "published":
        _answer_published(connection, row, place=place, reason=reason, officer=officer, tables=tables)
    else:
        _answer_absent(connection, row, reason=reason, officer=officer)
    decisions.announce(connection, {row["package_id"]})
    return answer == "absent" and not row["is_too_late"]


def place_of(text: str) -> Place:
    """Read the number of a post from what an officer pasted: the post's address or the number itself.

    Raises:
        PageRefusal: It holds no number of a post.
    """
    text = text.strip()
    if POST_ID.fullmatch(text):
        return Place(platform_id=text, permalink="")
    address = urlsplit(text)
    if address.scheme in {"http", "https"}:
        parameters = parse_qs(address.query)
        written = [value for key in ID_PARAMETERS for value in parameters.get(key, [])]
        number = SHORT_NUMBERS.get(address.hostname or "", POST_ID)
        numbers = [part for part in (*written, *reversed(address.path.split("/"))) if number.fullmatch(part)]
        if numbers:
            return Place(platform_id=numbers[0], permalink=text)
    raise PageRefusal(
        422,
        "Tautan kiriman belum terbaca",
        "Salin tautan kiriman dari platformnya (diawali https:// dan memuat nomornya), atau nomornya saja.",
    )


def _answer_published(
    connection: Connection,
    row: dict[str, Any],
    *,
    place: str,
    reason: str,
    officer: Officer,
    tables: Tables,
) -> None:
    if row["by_hand"]:
        # The link of a card is checked against its account and against all other cards.
        record_link(connection, row["draft_id"], link=place, officer=officer, tables=tables)
        return
    found = place_of(place)
    questions.answer_published(
        connection,
        post_id=row["post_id"],
        claim_number=row["claim_number"],
        platform_id=found.platform_id,
        permalink=found.permalink,
        officer=officer.username,
        reason=reason.strip() or "dilihat sendiri di platform",
    )


def _answer_absent(connection: Connection, row: dict[str, Any], *, reason: str, officer: Officer) -> None:
    if not _may_be_absent(row):
        raise PageRefusal(
            409,
            "Terlalu dini untuk mengirim ulang",
            "Kiriman bisa muncul terlambat. Sistem masih memeriksanya; jawab setelah pemeriksaan selesai.",
        )
    if not reason.strip():
        raise PageRefusal(422, "Alasan belum diisi", "Tulis apa yang Anda periksa sebelum mengirim ulang.")
    questions.answer_absent(
        connection,
        post_id=row["post_id"],
        claim_number=row["claim_number"],
        officer=officer.username,
        reason=reason.strip(),
    )
