"""The addresses of stops: see them, raise one, lift one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from kabar.desk import stop_scope, stopping
from kabar.desk.answering import officer_page, see_other
from kabar.desk.desk import TheDesk
from kabar.desk.forms import REASON_LENGTH
from kabar.desk.login import TheOfficer, own_form
from kabar.desk.paper import wants_json
from kabar.desk.result import note
from kabar.desk.scope import DECIDERS, home_zone
from kabar.store.stops import StopScope

stop_pages = APIRouter(prefix="/hentikan", default_response_class=Response)
Own = Depends(own_form)
Choice = Annotated[str, Query(max_length=200)]
Text = Annotated[str, Field(max_length=REASON_LENGTH)]


class StopForm(BaseModel):
    """A stop that an officer raises."""

    wilayah: Text = ""
    tahapan: Text = ""
    kanal: Text = ""
    reason: Text = ""
    #: `2024-11-27T13:00` on the officer's own clock; empty for no end.
    ends: Text = ""
    #: The scope, typed by hand.
    typed: Text = ""
    request_key: UUID


class LiftForm(BaseModel):
    """A stop that an officer lifts."""

    typed: Text = ""


@stop_pages.get("")
def stops(request: Request, desk: TheDesk, officer: TheOfficer) -> Response:
    """The stops that stand, those that are over, and the form for another."""
    tables = desk.tables()
    with desk.database().connection() as connection:
        found = stopping.standing(connection, officer=officer, tables=tables)
        past = stopping.past(connection, officer=officer, tables=tables)
    return officer_page(
        request,
        desk,
        officer,
        "hentikan.html",
        found=found,
        past=past,
        may_raise=officer.role in DECIDERS,
        places=stop_scope.places(officer, tables),
        calendars=tables.calendars.values(),
        channels=tables.channels.by_name,
    )


@stop_pages.get("/konfirmasi")
def confirm(
    request: Request,
    desk: TheDesk,
    officer: TheOfficer,
    wilayah: Choice = "",
    tahapan: Choice = "",
    kanal: Choice = "",
) -> Response:
    """Ask once more, in words and numbers, before a stop is raised."""
    tables = desk.tables()
    scope = stop_scope.scope_from(wilayah, tahapan, kanal, tables=tables)
    stopping.check_right(scope, officer, tables)
    with desk.database().connection() as connection:
        counts = stopping.counts_of(connection, scope)
    return officer_page(
        request,
        desk,
        officer,
        "hentikan_konfirmasi.html",
        words=stop_scope.words_of(scope, tables),
        counts=counts,
        zone=home_zone(officer, tables.satker),
        chosen={"wilayah": wilayah, "tahapan": tahapan, "kanal": kanal},
        request_key=uuid4(),
    )


@stop_pages.post("", dependencies=[Own])
def raise_stop(
    request: Request, desk: TheDesk, officer: TheOfficer, form: Annotated[StopForm, Form()]
) -> Response:
    """Raise a stop; the answer says what is out of its reach."""
    tables = desk.tables()
    scope: StopScope = stop_scope.scope_from(form.wilayah, form.tahapan, form.kanal, tables=tables)
    with desk.database().connection() as connection:
        number = stopping.raise_stop(
            connection,
            scope,
            typed=form.typed,
            reason=form.reason,
            ends=form.ends,
            request_key=str(form.request_key),
            officer=officer,
            tables=tables,
            now=desk.clock(),
        )
    if wants_json(request):
        # A transaction of its own: what is out of reach is known once the stop is committed.
        with desk.database().connection() as connection:
            _, reach = stopping.read_stop(connection, number, officer=officer, tables=tables)
        named = {
            name: [row["post_id"] for row in getattr(reach, name)]
            for name in ("being_sent", "in_doubt", "in_hand")
        }
        return JSONResponse({"stop_id": number, **named, "published": reach.published})
    values = note("Penghentian berlaku sekarang.", "Yang sudah di luar jangkauannya tercantum di bawah ini.")
    return see_other(request, desk, f"hentikan/{number}", values)


@stop_pages.get("/{stop_id}")
def stop(request: Request, desk: TheDesk, officer: TheOfficer, stop_id: int) -> Response:
    """One stop and what it cannot hold any more."""
    with desk.database().connection() as connection:
        view, reach = stopping.read_stop(connection, stop_id, officer=officer, tables=desk.tables())
    return officer_page(request, desk, officer, "penghentian.html", stop=view, reach=reach)


@stop_pages.post("/{stop_id}/cabut", dependencies=[Own])
def lift(
    request: Request, desk: TheDesk, officer: TheOfficer, stop_id: int, form: Annotated[LiftForm, Form()]
) -> Response:
    """Lift a stop; what it held stays held."""
    with desk.database().connection() as connection:
        stopping.lift_stop(connection, stop_id, typed=form.typed, officer=officer, tables=desk.tables())
    if wants_json(request):
        return JSONResponse({"stop_id": stop_id})
    values = note(
        "Penghentian dicabut.",
        "Kiriman yang tertahan selama itu tidak terbit sendiri: putuskan lagi naskahnya.",
    )
    return see_other(request, desk, f"hentikan/{stop_id}", values)
