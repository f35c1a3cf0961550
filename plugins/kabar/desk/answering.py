"""How the desk answers: a page for an officer, and after a form a redirect or, for a machine, JSON."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from kabar.desk.decide import Outcome
from kabar.desk.desk import Desk
from kabar.desk.paper import page, wants_json
from kabar.desk.questions import Answer
from kabar.desk.remedy import ByHand, Remedied
from kabar.desk.result import note, result_of
from kabar.desk.scope import home_zone, scope_words
from kabar.desk.stopping import standing
from kabar.desk.words import OBSTACLES, number
from kabar.officers import Officer

SEE_OTHER, CONFLICT, OK = 303, 409, 200


def officer_page(request: Request, desk: Desk, officer: Officer, template: str, **values: Any) -> Response:  # noqa: ANN401 -- A page may show anything.
    """Fill a page that knows its reader; a sealed result in the address stands on top of it."""
    tables = desk.tables()
    satker = tables.satker
    with desk.database().connection() as connection:
        standing_stops = standing(connection, officer=officer, tables=tables)
    sealed = desk.seal.open(request.query_params.get("hasil", ""))
    return page(
        request,
        template,
        officer=officer,
        scope=scope_words(officer, satker),
        form_token=desk.seal.form_token(officer),
        standing_stops=standing_stops,
        result=result_of(sealed, zone=home_zone(officer, satker)),
        **values,
    )


def after_decision(request: Request, desk: Desk, outcome: Outcome, *, back: str) -> Response:
    """Say what was decided and what was not; a machine sees 409 when nothing could be."""
    if wants_json(request):
        return JSONResponse(outcome.as_values(), status_code=CONFLICT if outcome.is_in_vain else OK)
    return see_other(request, desk, back, outcome.as_values())


def after_writing(request: Request, desk: Desk, draft_id: int, *, is_new: bool) -> Response:
    """Say that the wording was saved and who decides now."""
    saved = note("Naskah disimpan dan kembali menunggu putusan.", "Pejabat lain yang harus menyetujuinya.")
    values = saved if is_new else note("Tidak ada yang berubah.", "Naskahnya sama dengan yang tersimpan.")
    if wants_json(request):
        return JSONResponse({"draft_id": draft_id, "is_new": is_new})
    return see_other(request, desk, f"draf/{draft_id}", values)


def after_answer(request: Request, desk: Desk, *, answer: Answer, goes_out_again: bool) -> Response:
    """Say what the answer set in motion."""
    if answer == "published":
        values = note("Kiriman dicatat sebagai terbit.")
    elif goes_out_again:
        values = note("Kiriman akan dikirim ulang.", "Persetujuan sebelumnya tetap berlaku.")
    else:
        values = note("Kiriman dicatat sebagai tidak terbit.", "Batas akhir terbitnya sudah lewat.")
    if wants_json(request):
        return JSONResponse({"answer": answer})
    return see_other(request, desk, "belum-pasti", values)


def after_remedy(request: Request, desk: Desk, done: Remedied) -> Response:
    """Say what was set in motion; a machine sees 409 when nothing could be."""
    is_good = bool(done.withdrawn or done.corrected or done.is_repeated)
    if wants_json(request):
        return JSONResponse(done.as_values(), status_code=OK if is_good else CONFLICT)
    parts = []
    if done.withdrawn:
        parts.append(f"{number(done.withdrawn)} kiriman sedang ditarik.")
    if done.corrected:
        parts.append(f"{number(done.corrected)} naskah ralat menunggu persetujuan pejabat lain.")
    parts += [f"{number(many)} kiriman dilewati: {OBSTACLES[why]}." for why, many in done.obstacles.items()]
    if done.is_repeated:
        values = note("Keputusan ini sudah tercatat.", "Formulir yang sama hanya berlaku sekali.")
    elif is_good:
        values = note("Keputusan dicatat.", *parts)
    else:
        values = note("Belum ada yang ditarik atau diralat.", *parts, is_good=False)
    return see_other(request, desk, "setelah-terbit", values)


def after_hand_work(request: Request, desk: Desk, *, answer: ByHand) -> Response:
    """Say what the hand's work has changed."""
    if wants_json(request):
        return JSONResponse({"answer": answer})
    values = (
        note("Kiriman dicatat sebagai ditarik.")
        if answer == "gone"
        else note("Sistem mencoba menghapusnya sekali lagi.")
    )
    return see_other(request, desk, "setelah-terbit", values)


def after_card(request: Request, desk: Desk, draft_id: int, said: dict[str, Any]) -> Response:
    """Say what became of a manual card; a machine sees 409 when nothing could be done."""
    if wants_json(request):
        return JSONResponse(said, status_code=OK if said["is_good"] else CONFLICT)
    return see_other(request, desk, f"kartu/{draft_id}", said)


def see_other(request: Request, desk: Desk, path: str, values: dict[str, Any]) -> Response:
    """Lead back to a page, so that reloading it repeats nothing."""
    address = f"{request.scope['root_path']}/{path}"
    joint = "&" if "?" in path else "?"
    return RedirectResponse(f"{address}{joint}hasil={desk.seal.close(values)}", status_code=SEE_OTHER)
