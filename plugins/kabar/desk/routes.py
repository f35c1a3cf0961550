"""The addresses of Meja Humas for people: read the request, call one function, answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from kabar.desk.answering import after_answer, after_decision, after_writing, officer_page
from kabar.desk.calendar_list import outdated_packages
from kabar.desk.cards import is_free
from kabar.desk.costs import cost_lines
from kabar.desk.decide import decide
from kabar.desk.desk import TheDesk
from kabar.desk.filtering import Filter, filter_of
from kabar.desk.forms import AnswerForm, DecisionForm, WordingForm
from kabar.desk.login import TheOfficer, own_form, signed_in
from kabar.desk.packages import package_lines, package_of_run, package_view, scoped_drafts
from kabar.desk.pauses import pause_lines
from kabar.desk.questions import answer_question, question_list
from kabar.desk.refusal import PageRefusal
from kabar.desk.scope import DECIDERS, scope_of
from kabar.desk.showing import picture_of
from kabar.desk.unsent import unsent
from kabar.desk.writing import draft_in_scope, draft_view, rewrite
from kabar.store.cards import count_open

STATIC = Path(__file__).parent / "static"

pages = APIRouter(default_response_class=Response)
Choice = Annotated[Filter, Depends(filter_of)]
Own = Depends(own_form)


@pages.get("/static/{name}", dependencies=[Depends(signed_in)])
def static(name: Literal["desk.css", "mark.svg"]) -> FileResponse:
    """The one stylesheet and the mark in the browser's tab."""
    return FileResponse(STATIC / name)


@pages.get("/")
def home(request: Request, desk: TheDesk, officer: TheOfficer) -> Response:
    """Beranda: the packages of the officer's scope."""
    with desk.database().connection() as connection:
        lines = package_lines(connection, officer=officer, tables=desk.tables(), now=desk.clock())
        old = outdated_packages(connection, desk.tables())
        cards = count_open(connection, **scope_of(officer)._asdict())
        pauses = pause_lines(connection, officer=officer, tables=desk.tables())
    outdated = [line for line in lines if line.id in old]
    return officer_page(
        request, desk, officer, "beranda.html", lines=lines, outdated=outdated, cards=cards, pauses=pauses
    )


@pages.get("/paket/{package_id}")
def package(
    request: Request, desk: TheDesk, officer: TheOfficer, package_id: int, choice: Choice
) -> Response:
    """One package, as chosen in the address."""
    with desk.database().connection() as connection:
        view = package_view(
            connection, package_id, officer=officer, tables=desk.tables(), choice=choice, now=desk.clock()
        )
        outdated = outdated_packages(connection, desk.tables()).get(package_id, "")
    return officer_page(
        request,
        desk,
        officer,
        "paket.html",
        view=view,
        choice=choice,
        outdated=outdated,
        request_key=uuid4(),
    )


@pages.get("/paket/{package_id}/setujui-semua")
def confirm(
    request: Request, desk: TheDesk, officer: TheOfficer, package_id: int, choice: Choice
) -> Response:
    """Ask once more, with the number, before everything that is free of findings is approved."""
    with desk.database().connection() as connection:
        view = package_view(
            connection, package_id, officer=officer, tables=desk.tables(), choice=choice, now=desk.clock()
        )
        rows = scoped_drafts(connection, package_id, officer)
    free = [row for row in choice.choose(rows) if is_free(row, officer)]
    return officer_page(
        request,
        desk,
        officer,
        "setujui_semua.html",
        view=view,
        choice=choice,
        free=free,
        costs=cost_lines(free, desk.tables().channels),
        request_key=uuid4(),
    )


@pages.post("/putusan", dependencies=[Own])
def decide_drafts(
    request: Request, desk: TheDesk, officer: TheOfficer, form: Annotated[DecisionForm, Form()]
) -> Response:
    """Approve or refuse the drafts that were ticked."""
    if form.given == "refuse" and not form.reason.strip():
        raise PageRefusal(
            422, "Alasan belum diisi", "Tulis alasan penolakan agar penyusun tahu apa yang harus diperbaiki."
        )
    outcome = decide(
        desk.database(),
        officer,
        form.pins,
        verdict=form.given,
        reason=form.reason.strip(),
        request_key=str(form.request_key),
        satker=desk.tables().satker,
    )
    return after_decision(request, desk, outcome, back=form.back)


@pages.get("/draf/{draft_id}")
def draft(request: Request, desk: TheDesk, officer: TheOfficer, draft_id: int) -> Response:
    """One draft with its facts, history and forms."""
    with desk.database().connection() as connection:
        view = draft_view(connection, draft_id, officer=officer, tables=desk.tables())
    return officer_page(request, desk, officer, "draf.html", view=view, request_key=uuid4())


@pages.get("/draf/{draft_id}/gambar/{place}.jpg")
def picture(desk: TheDesk, officer: TheOfficer, draft_id: int, place: int) -> Response:
    """One picture of a draft; places count from 1."""
    with desk.database().connection() as connection:
        row = draft_in_scope(connection, draft_id, officer=officer, tables=desk.tables())
    return picture_of(desk, row, place)


@pages.post("/draf/{draft_id}/naskah", dependencies=[Own])
def write(
    request: Request, desk: TheDesk, officer: TheOfficer, draft_id: int, form: Annotated[WordingForm, Form()]
) -> Response:
    """Give a draft a wording of the officer's own."""
    with desk.database().connection() as connection:
        is_new = rewrite(
            connection,
            draft_id,
            message=form.message,
            expected_version=form.version,
            officer=officer,
            tables=desk.tables(),
            check=desk.check,
        )
    return after_writing(request, desk, draft_id, is_new=is_new)


@pages.get("/belum-pasti")
def questions(request: Request, desk: TheDesk, officer: TheOfficer) -> Response:
    """Posts of which nobody can tell whether they are out."""
    with desk.database().connection() as connection:
        found = question_list(connection, officer=officer, tables=desk.tables(), now=desk.clock())
    return officer_page(
        request, desk, officer, "belum_pasti.html", questions=found, can_answer=officer.role in DECIDERS
    )


@pages.get("/tidak-terbit")
def not_sent(request: Request, desk: TheDesk, officer: TheOfficer) -> Response:
    """Posts that did not go out at their time, with the reason."""
    with desk.database().connection() as connection:
        groups = unsent(connection, officer=officer, tables=desk.tables())
    return officer_page(request, desk, officer, "tidak_terbit.html", groups=groups)


@pages.post("/belum-pasti/{post_id}", dependencies=[Own])
def answer(
    request: Request, desk: TheDesk, officer: TheOfficer, post_id: int, form: Annotated[AnswerForm, Form()]
) -> Response:
    """Save what an officer saw on the platform."""
    with desk.database().connection() as connection:
        goes_out_again = answer_question(
            connection, post_id, **form.model_dump(), officer=officer, tables=desk.tables()
        )
    return after_answer(request, desk, answer=form.answer, goes_out_again=goes_out_again)


@pages.get("/run")
def run(request: Request, desk: TheDesk, officer: TheOfficer, dag: str, run: str) -> Response:
    """Lead from an Airflow run to its package."""
    with desk.database().connection() as connection:
        number = package_of_run(connection, dag_id=dag, run_id=run, officer=officer)
    return RedirectResponse(f"{request.scope['root_path']}/paket/{number}", status_code=303)
