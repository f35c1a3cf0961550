"""The addresses of calendars: what an amended one changes, and the decision that applies it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from kabar.desk import amending
from kabar.desk.amended_words import effect_words, wrong_row
from kabar.desk.answering import officer_page, see_other
from kabar.desk.calendar_list import calendar_lines
from kabar.desk.desk import TheDesk
from kabar.desk.login import TheOfficer, own_form
from kabar.desk.paper import wants_json
from kabar.desk.refusal import PageRefusal
from kabar.desk.result import note
from kabar.desk.scope import home_zone, scope_of
from kabar.desk.words import moment
from kabar.store import amendments

calendar_pages = APIRouter(prefix="/kalender", default_response_class=Response)
#: Wrong posts that are listed one by one.
SHOWN = 200


class AmendmentForm(BaseModel):
    """The decision to apply a calendar as it was shown."""

    file_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    #: `versi 2`, typed by hand.
    typed: Annotated[str, Field(max_length=100)] = ""
    version: int
    request_key: UUID


@calendar_pages.get("")
def calendars(request: Request, desk: TheDesk, officer: TheOfficer) -> Response:
    """Every calendar, and whether the drafts agree with it."""
    with desk.database().connection() as connection:
        lines = calendar_lines(connection, officer=officer, tables=desk.tables())
    return officer_page(request, desk, officer, "kalender.html", lines=lines)


@calendar_pages.get("/{code}")
def calendar(request: Request, desk: TheDesk, officer: TheOfficer, code: str) -> Response:
    """What applying a calendar would do now; posts that are wrong since it was applied."""
    plan = amending.plan(desk, code)
    tables, scope = desk.tables(), scope_of(officer)
    zone = home_zone(officer, tables.satker)
    with desk.database().connection() as connection:
        rows = amendments.wrong(connection, code, province=scope.province, satker=scope.satker)
        past = [
            row | {"at": moment(row["decided_at"], zone), "title": tables.officer_title(row["officer"])}
            for row in amendments.amendments(connection, code)
        ]
    found = [one for one in plan.wrong if officer.covers(one.satker)]
    return officer_page(
        request,
        desk,
        officer,
        "kalender_satu.html",
        plan=plan,
        effects=effect_words(plan.effects),
        found=found[:SHOWN],
        found_many=len(found),
        standing=[wrong_row(row, tables=tables) for row in rows[:SHOWN]],
        standing_many=len(rows),
        past=past,
        changed_since=bool(past) and plan.is_empty and past[0]["file_hash"] != plan.file_hash,
        may_apply=amending.may_apply(officer),
        request_key=uuid4(),
    )


@calendar_pages.post("/{code}/terapkan", dependencies=[Depends(own_form)])
def apply(
    request: Request,
    desk: TheDesk,
    officer: TheOfficer,
    code: str,
    form: Annotated[AmendmentForm, Form()],
) -> Response:
    """Apply a calendar as it was shown: one decision, once."""
    if form.typed.casefold().split() != ["versi", str(form.version)]:
        raise PageRefusal(
            422, "Belum dipastikan", f"Ketik “versi {form.version}”, lalu kirim lagi. Belum ada yang berubah."
        )
    number = amending.apply(
        desk, code, seen_hash=form.file_hash, request_key=str(form.request_key), officer=officer
    )
    with desk.database().connection() as connection:
        row = amendments.amendment(connection, number)
    if row is None:
        raise LookupError(number)
    if wants_json(request):
        return JSONResponse({"amendment_id": number, "kept": row["kept"], "effects": row["effects"]})
    done = effect_words({**row["effects"], "kept": row["kept"]})
    details = [f"{many:,} naskah {words}.".replace(",", ".") for _, words, many in done]
    values = note(f"Kalender versi {row['to_version']} diterapkan.", *details)
    return see_other(request, desk, f"kalender/{code}", values)
