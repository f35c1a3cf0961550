"""The addresses of manual cards for people."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from kabar.desk.answering import after_card, officer_page
from kabar.desk.desk import TheDesk
from kabar.desk.forms import GiveBackForm, LinkForm
from kabar.desk.login import TheOfficer, own_form
from kabar.desk.manual_answers import give_back, record_link, take
from kabar.desk.manual_cards import card_in_scope, card_list, card_page, finished_cards
from kabar.desk.result import note
from kabar.desk.showing import picture_of

manual_pages = APIRouter(default_response_class=Response)
Own = Depends(own_form)


@manual_pages.get("/kartu")
def card_index(request: Request, desk: TheDesk, officer: TheOfficer) -> Response:
    """What is to be posted by hand, and what was."""
    with desk.database().connection() as connection:
        found = card_list(connection, officer=officer, tables=desk.tables())
        finished = finished_cards(connection, officer=officer, tables=desk.tables())
    return officer_page(request, desk, officer, "kartu_manual.html", cards=found, finished=finished)


@manual_pages.get("/kartu/{draft_id}")
def one_card(request: Request, desk: TheDesk, officer: TheOfficer, draft_id: int) -> Response:
    """One card: what to copy, what to load down, where to post it, where to say so."""
    with desk.database().connection() as connection:
        view = card_page(connection, draft_id, officer=officer, tables=desk.tables())
    return officer_page(request, desk, officer, "kartu.html", view=view, card=view.card)


@manual_pages.get("/kartu/{draft_id}/gambar/{place}.jpg")
def picture(desk: TheDesk, officer: TheOfficer, draft_id: int, place: int) -> Response:
    """One picture of a card as a file; places count from 1."""
    with desk.database().connection() as connection:
        row = card_in_scope(connection, draft_id, officer=officer, tables=desk.tables())
    return picture_of(desk, row, place, save_as=f"kartu-{draft_id}-{place}.jpg")


@manual_pages.post("/kartu/{draft_id}/ambil", dependencies=[Own])
def take_card(request: Request, desk: TheDesk, officer: TheOfficer, draft_id: int) -> Response:
    """Take a card, so that nobody else posts it as well."""
    with desk.database().connection() as connection:
        against = take(connection, draft_id, officer=officer, tables=desk.tables())
    if against:
        said = note("Kartu ini tidak boleh diunggah.", f"{against}.", is_good=False)
    else:
        said = note("Kartu ini sekarang di tangan Anda.", "Salin, unggah, lalu tempelkan tautannya di bawah.")
    return after_card(request, desk, draft_id, said)


@manual_pages.post("/kartu/{draft_id}/kembalikan", dependencies=[Own])
def give_card_back(
    request: Request, desk: TheDesk, officer: TheOfficer, draft_id: int, form: Annotated[GiveBackForm, Form()]
) -> Response:
    """Give a card back that was not posted."""
    with desk.database().connection() as connection:
        give_back(connection, draft_id, claim_number=form.claim_number, officer=officer, tables=desk.tables())
    return after_card(request, desk, draft_id, note("Kartu dikembalikan.", "Rekan Anda dapat mengambilnya."))


@manual_pages.post("/kartu/{draft_id}/tautan", dependencies=[Own])
def link_card(
    request: Request, desk: TheDesk, officer: TheOfficer, draft_id: int, form: Annotated[LinkForm, Form()]
) -> Response:
    """Save where a card stands."""
    with desk.database().connection() as connection:
        record_link(connection, draft_id, link=form.link, officer=officer, tables=desk.tables())
    return after_card(request, desk, draft_id, note("Unggahan dicatat sebagai terbit.", "Terima kasih."))
