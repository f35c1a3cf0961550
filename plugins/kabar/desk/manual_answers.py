"""What an officer does with a manual card: take it, give it back, say where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from kabar.channels.by_hand import Fault, HandPlace, place_of
from kabar.desk.manual_cards import HAND_SECONDS, LINKABLE_STATES, card_in_scope, judged
from kabar.desk.reasons import reason_words
from kabar.desk.refusal import PageRefusal
from kabar.desk.scope import WRITERS
from kabar.desk.tables import Tables
from kabar.officers import Officer
from kabar.posting import claiming
from kabar.store import cards, decisions, posts
from kabar.store.database import Connection

FAULTS: Final[Mapping[Fault, str]] = MappingProxyType(
    {
        "no_address": "Salin tautan lengkap dari platformnya, diawali https://.",
        "other_platform": "Tautan ini bukan dari {channel}. Salin tautan unggahannya dari {channel}.",
        "no_post": (
            "Tautan ini tidak menunjuk satu unggahan di {channel}. Buka unggahannya, lalu salin tautan dari "
            "sana; tautan pendek harus dibuka dahulu."
        ),
        "other_account": "Tautan ini milik akun lain, bukan {account}. Unggah dari akun yang benar.",
    }
)


def take(connection: Connection, draft_id: int, *, officer: Officer, tables: Tables) -> str:
    """Put a card into this officer's hand; gives what stands against it, or an empty text when it is theirs.

    What stands against it is saved as for a worker's claim: the card is then *held* or *expired*. Taking it
    twice is taking it once.

    Raises:
        PageRefusal: Not in scope, not allowed to post, not due, or in somebody else's hand.
    """
    row = _actable(connection, draft_id, officer=officer, tables=tables)
    post = posts.lock(connection, row["post_id"])
    row = card_in_scope(connection, draft_id, officer=officer, tables=tables)
    if row["state"] == "sending" and row["taken_by"] == officer.username:
        return ""
    match judged(post, tables):
        case claiming.Go():
            cards.take(connection, row["post_id"], officer=officer.username, lease_seconds=HAND_SECONDS)
        case claiming.TurnedDown(state, reason):
            posts.turn_down(connection, row["post_id"], state=state, worker=officer.username, reason=reason)
            decisions.announce(connection, {row["package_id"]})
            return reason_words(reason)
        case claiming.Leave():
            raise PageRefusal(
                409,
                "Kartu ini tidak dapat diambil",
                "Belum waktunya, sudah selesai, atau sedang diunggah oleh rekan Anda.",
            )
    decisions.announce(connection, {row["package_id"]})
    return ""


def give_back(
    connection: Connection, draft_id: int, *, claim_number: int, officer: Officer, tables: Tables
) -> None:
    """Save that a card was not posted; it may be taken again.

    Raises:
        PageRefusal: As of `take`, or the card was answered meanwhile or its time was over.
    """
    row = _actable(connection, draft_id, officer=officer, tables=tables)
    if row["taken_by"] != officer.username or not cards.give_back(
        connection, row["post_id"], claim_number=claim_number, officer=officer.username
    ):
        raise PageRefusal(
            409,
            "Kartu ini tidak dapat dikembalikan",
            "Kartunya tidak (lagi) ada di tangan Anda. Buka kartunya untuk melihat keadaan terakhir.",
        )
    decisions.announce(connection, {row["package_id"]})


def record_link(
    connection: Connection, draft_id: int, *, link: str, officer: Officer, tables: Tables
) -> None:
    """Save where a card stands; from now on it counts as published.

    Also when the one who took it is another, after a stop, or too late: what citizens can see is true.

    Raises:
        PageRefusal: Not in scope, not allowed, the link cannot be this post's, or it belongs to another card.
    """
    row = _actable(connection, draft_id, officer=officer, tables=tables)
    posts.lock(connection, row["post_id"])
    row = card_in_scope(connection, draft_id, officer=officer, tables=tables)
    if not row["is_due"] or row["state"] not in LINKABLE_STATES:
        raise PageRefusal(
            409,
            "Tautan tidak dapat dicatat",
            "Kartu ini belum waktunya, belum disetujui, atau sudah dicatat. Tidak ada yang berubah.",
        )
    place = readable_place(link, row, tables)
    other = cards.whose_link(
        connection, channel=row["channel"], platform_id=place.platform_id, post_id=row["post_id"]
    )
    if other is not None:
        raise PageRefusal(
            409,
            "Tautan ini sudah dipakai",
            f"Kartu lain (nomor {other}) sudah dicatat dengan tautan ini. Satu unggahan untuk satu kartu.",
        )
    cards.record_by_hand(
        connection,
        row["post_id"],
        platform_id=place.platform_id,
        permalink=place.permalink,
        officer=officer.username,
    )
    decisions.announce(connection, {row["package_id"]})


def readable_place(link: str, row: Mapping[str, Any], tables: Tables) -> HandPlace:
    """Where a card stands, by its link; the row names `channel`, `account_external_id` and `account_name`.

    Raises:
        PageRefusal: The link cannot be that of this card.
    """
    found = place_of(link, channel=row["channel"], account=row["account_external_id"] or "")
    if isinstance(found, HandPlace):
        return found
    words = FAULTS[found].format(channel=tables.channel_title(row["channel"]), account=row["account_name"])
    raise PageRefusal(422, "Tautan belum sesuai", f"{words} Belum ada yang dicatat.")


def _actable(connection: Connection, draft_id: int, *, officer: Officer, tables: Tables) -> dict[str, Any]:
    """A card on which this officer may act: whoever may write texts may also post them."""
    row = card_in_scope(connection, draft_id, officer=officer, tables=tables)
    if officer.role not in WRITERS:
        raise PageRefusal(403, "Tidak berwenang mengunggah", "Jabatan Anda hanya dapat membaca kartu ini.")
    return row
