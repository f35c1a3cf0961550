"""The addresses of *Setelah terbit*, *Tarik* and *Ralat*: read the request, call one function, answer."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from kabar.desk.aftermath import Chosen, chosen_of, standing_page
from kabar.desk.answering import after_hand_work, after_remedy, officer_page
from kabar.desk.desk import TheDesk
from kabar.desk.login import TheOfficer, own_form
from kabar.desk.progress import manual_tasks, progress, ways_to_choose
from kabar.desk.refusal import PageRefusal, not_in_scope
from kabar.desk.remedy import Decision, done_by_hand, remedy
from kabar.desk.remedy_forms import HandForm, RemedyForm
from kabar.desk.scope import DECIDERS

remedy_pages = APIRouter(default_response_class=Response)
#: Posts that one decision may be about: more than all satker on every channel at one tonggak.
MOST_AT_ONCE = 10_000

Choice = Annotated[Chosen, Depends(chosen_of)]
Own = Depends(own_form)


@remedy_pages.get("/setelah-terbit")
def after_publication(
    request: Request,
    desk: TheDesk,
    officer: TheOfficer,
    chosen: Choice,
    keadaan: Annotated[str, Query(max_length=20)] = "",
    halaman: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Posts that stand or stood, decisions under way, and what waits for a hand."""
    tables = desk.tables()
    with desk.database().connection() as connection:
        page = standing_page(
            connection, officer=officer, tables=tables, chosen=chosen, shown=keadaan, page=halaman
        )
        return officer_page(
            request,
            desk,
            officer,
            "setelah_terbit.html",
            page=page,
            chosen=chosen,
            shown=keadaan,
            number=halaman,
            tasks=manual_tasks(connection, officer=officer, tables=tables),
            decisions=progress(connection, officer=officer, tables=tables),
            can_decide=officer.role in DECIDERS,
        )


@remedy_pages.get("/ralat/pilih")
def choose(
    request: Request,
    desk: TheDesk,
    officer: TheOfficer,
    fakta: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Choose posts by stage, by a wrong fact, or by the template that wrote them."""
    with desk.database().connection() as connection:
        ways = ways_to_choose(connection, officer=officer, tables=desk.tables(), fact=fakta)
    return officer_page(request, desk, officer, "ralat_pilih.html", ways=ways)


@remedy_pages.get("/ralat")
def ask(
    request: Request,
    desk: TheDesk,
    officer: TheOfficer,
    chosen: Choice,
    salah: Annotated[str, Query(max_length=1000)] = "",
    benar: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """Show what would be taken down or corrected, and ask for the reason and the words."""
    if chosen.is_nothing:
        raise PageRefusal(422, "Kiriman belum dipilih", "Pilih dahulu kirimannya di halaman Setelah terbit.")
    with desk.database().connection() as connection:
        found = standing_page(
            connection,
            officer=officer,
            tables=desk.tables(),
            chosen=chosen,
            shown="berdiri",
            size=MOST_AT_ONCE,
        )
    if not found.posts:
        raise not_in_scope()
    return officer_page(
        request,
        desk,
        officer,
        "ralat.html",
        page=found,
        chosen=chosen,
        wrong=salah or chosen.wrong,
        truth=benar,
        can_decide=officer.role in DECIDERS,
        request_key=uuid4(),
    )


@remedy_pages.post("/ralat", dependencies=[Own])
def decide(
    request: Request,
    desk: TheDesk,
    officer: TheOfficer,
    chosen: Choice,
    form: Annotated[RemedyForm, Form()],
) -> Response:
    """Take down and correct the posts that were shown."""
    form.refuse_what_is_missing()
    with desk.database().connection() as connection:
        done = remedy(
            connection,
            form.post_ids,
            Decision(**form.words, chosen_by=chosen.words or "daftar kiriman"),
            officer=officer,
            tables=desk.tables(),
            correct=desk.correct,
            now=desk.clock(),
        )
    return after_remedy(request, desk, done)


@remedy_pages.post("/tarik/{withdrawal_id}", dependencies=[Own])
def by_hand(
    request: Request,
    desk: TheDesk,
    officer: TheOfficer,
    withdrawal_id: int,
    form: Annotated[HandForm, Form()],
) -> Response:
    """Save that a person took a post down, or let the machine try again."""
    with desk.database().connection() as connection:
        done_by_hand(
            connection,
            withdrawal_id,
            answer=form.answer,
            said=form.said,
            officer=officer,
            tables=desk.tables(),
        )
    return after_hand_work(request, desk, answer=form.answer)
