"""Manual cards: what an officer posts by hand where no machine may, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kabar.desk.cards import alt_texts_of, safe_link
from kabar.desk.reasons import reason_words
from kabar.desk.refusal import not_in_scope
from kabar.desk.scope import DECIDERS, WRITERS, scope_of
from kabar.desk.tables import Tables
from kabar.desk.words import STATES, StateWord, moment
from kabar.officers import Officer
from kabar.posting import claiming
from kabar.posting.claiming import TurnedDown
from kabar.posting.publish import full_text
from kabar.posting.states import Claimable, State
from kabar.satker import Satker
from kabar.store import cards, posts
from kabar.store.database import Connection

#: What can be done with a card: wait for its time, take it, post it (it is in one's own hand), leave it (in
#: somebody else's), answer whether it is out, nothing while something stands against it, or nothing more.
Step = Literal["wait", "take", "post", "leave", "answer", "blocked", "over"]

#: Cards on one page of the list: what a phone loads at once.
AT_MOST = 100
FINISHED_AT_MOST = 20
#: How long an officer may keep a card before it becomes a question: long enough to find a computer, short
#: enough that a forgotten card is noticed while its words are still true.
HAND_SECONDS = 30 * 60.0


@dataclass(frozen=True, slots=True)
class ManualCard:
    """One line of the list of cards, and the head of a card's page."""

    draft_id: int
    satker: Satker
    channel: str
    account_name: str
    title: str
    is_rehearsal: bool
    state: State
    state_word: StateWord
    step: Step
    #: What stands against it, or why it stands where it stands; empty when nothing does.
    why: str
    #: The office that has it in hand.
    holder: str
    publish_at: str
    not_after: str
    #: Until when the one who took it has to have posted it.
    until: str
    permalink: str


@dataclass(frozen=True, slots=True)
class CardPage:
    """Everything that an officer copies, loads and is told on a card's own page."""

    card: ManualCard
    package_id: int
    post_id: int
    claim_number: int
    account_id: str
    #: Exactly what is to be posted, with link and hashtags.
    text: str
    #: One for each picture, in their order; a line is empty where a picture has none.
    alt_texts: tuple[str, ...]
    can_act: bool
    can_decide: bool
    #: Whether a link is taken now: also after a stop or too late, because what citizens see is true.
    takes_link: bool


def card_list(connection: Connection, *, officer: Officer, tables: Tables) -> list[ManualCard]:
    """The cards of the officer's scope that are still open, the most pressing first."""
    rows = cards.cards(connection, **scope_of(officer)._asdict(), at_most=AT_MOST)
    return [
        _card(row, officer=officer, tables=tables, against=_objection(connection, row, tables))
        for row in rows
    ]


def finished_cards(connection: Connection, *, officer: Officer, tables: Tables) -> list[ManualCard]:
    """The cards of the last days that are posted or died, the latest first."""
    rows = cards.finished_cards(connection, **scope_of(officer)._asdict(), at_most=FINISHED_AT_MOST)
    blank = {"account_name": "", "lease_until": None, "taken_by": None, "is_due": True}
    return [
        _card(blank | row | {"publish_at": row["not_after"]}, officer=officer, tables=tables, against="")
        for row in rows
    ]


def card_in_scope(
    connection: Connection, draft_id: int, *, officer: Officer, tables: Tables
) -> dict[str, Any]:
    """One card (a row of `store.cards.card`).

    Raises:
        PageRefusal: There is no such card, or it lies outside the officer's scope.
    """
    row = cards.card(connection, draft_id)
    if row is None or not officer.covers(tables.satker[row["satker_code"]]):
        raise not_in_scope()
    return row


def card_page(connection: Connection, draft_id: int, *, officer: Officer, tables: Tables) -> CardPage:
    """The page of one card; errors as of `card_in_scope`."""
    row = card_in_scope(connection, draft_id, officer=officer, tables=tables)
    card = _card(row, officer=officer, tables=tables, against=_objection(connection, row, tables))
    text = full_text(row["message"], row["hashtags"])
    can_act = officer.role in WRITERS
    return CardPage(
        card=card,
        package_id=row["package_id"],
        post_id=row["post_id"],
        claim_number=row["claim_number"],
        account_id=row["account_external_id"] or "",
        text=text if not row["link"] or row["link"] in text else _with_link(row),
        alt_texts=alt_texts_of(row),
        can_act=can_act,
        can_decide=officer.role in DECIDERS,
        takes_link=can_act and row["is_due"] and row["state"] in LINKABLE_STATES,
    )


#: States in which an officer may still say that a card is out.
LINKABLE_STATES = frozenset({"approved", "sending", "unconfirmed", "held", "expired"})


def _with_link(row: Mapping[str, Any]) -> str:
    """The text with its link on a line of its own, above the hashtags: no platform adds it by itself here."""
    return full_text(f"{row['message'].rstrip()}\n\n{row['link']}", row["hashtags"])


def _card(row: Mapping[str, Any], *, officer: Officer, tables: Tables, against: str) -> ManualCard:
    satker = tables.satker[row["satker_code"]]
    state: State = row["state"]
    until = row["lease_until"] if state == "sending" else None
    shows_reason = state in {"held", "expired", "unconfirmed", "refused"}
    return ManualCard(
        draft_id=row["draft_id"],
        satker=satker,
        channel=tables.channel_title(row["channel"]),
        account_name=row["account_name"] or "",
        title=row["title"],
        is_rehearsal=row["rehearsal_id"] is not None,
        state=state,
        state_word=WORDS.get(state, STATES[state]),
        step=_step(row, officer, against),
        why=against or (reason_words(row["reason"]) if shows_reason else ""),
        holder=tables.officer_title(row["taken_by"]) if state == "sending" and row["taken_by"] else "",
        publish_at=moment(row["publish_at"], satker.zone),
        not_after=moment(row["not_after"], satker.zone),
        until=moment(until, satker.zone) if until else "",
        permalink=safe_link(row.get("permalink")),
    )


#: How the states of a card are called where they differ from those of a post that a machine sends.
WORDS: Mapping[State, StateWord] = {
    "approved": StateWord("disetujui", "perlu diunggah"),
    "sending": StateWord("dikirim", "sedang diunggah"),
}


def _step(row: Mapping[str, Any], officer: Officer, against: str) -> Step:
    match row["state"]:
        case "unconfirmed":
            return "answer"
        case "sending":
            return "post" if row["taken_by"] == officer.username else "leave"
        case "approved" if against:
            return "blocked"
        case "approved":
            return "take" if row["is_due"] else "wait"
    return "blocked" if row["state"] == "held" else "over"


def _objection(connection: Connection, row: Mapping[str, Any], tables: Tables) -> str:
    """What stands against posting a card now, in words; empty when nothing does.

    The same judgement as before a worker's claim, also for a card that somebody has in hand already: a stop
    cannot take it away, but it can say so.
    """
    if row["state"] not in {"approved", "sending"}:
        return ""
    found = judged(replace(posts.look(connection, row["post_id"]), state="approved", is_due=True), tables)
    return reason_words(found.reason) if isinstance(found, TurnedDown) else ""


def judged(post: Claimable, tables: Tables) -> claiming.Go | claiming.Leave | claiming.TurnedDown:
    """Whether an officer may post this card now, by the rules that a worker's claim follows."""
    found = claiming.judge(
        post,
        calendar_versions={code: calendar.version for code, calendar in tables.calendars.items()},
        official_names={code: satker.official_name for code, satker in tables.satker.items()},
        by_hand=True,
    )
    return claiming.Leave() if isinstance(found, claiming.PutOff) else found
