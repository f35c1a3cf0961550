"""Saying no in Bahasa Indonesia: to a person on a page, to a machine as JSON."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from kabar.desk.paper import HEADERS, is_visit, page, wants_json
from kabar.errors import KabarError

log = logging.getLogger(__name__)

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, UNPROCESSABLE, BROKEN, UNAVAILABLE = 401, 403, 404, 422, 500, 503

#: Title and sentence for what Airflow, FastAPI or Starlette refuse in English.
GENERAL = {
    UNAUTHORIZED: (
        "Silakan masuk dahulu",
        "Sesi Anda tidak ada atau sudah berakhir. Masuklah lewat Airflow.",
    ),
    FORBIDDEN: ("Sesi tidak berlaku", "Sesi Anda tidak dapat dibaca. Keluar dari Airflow, lalu masuk lagi."),
    NOT_FOUND: ("Halaman tidak ditemukan", "Alamat ini tidak ada di Meja Humas."),
    405: ("Permintaan tidak dikenal", "Alamat ini tidak menerima permintaan seperti itu."),
    UNPROCESSABLE: (
        "Isian tidak lengkap",
        "Ada isian yang kosong atau tidak sesuai. Kembali, lalu periksa lagi.",
    ),
    UNAVAILABLE: (
        "Meja Humas sedang tidak tersedia",
        "Data belum dapat dibaca. Tidak ada yang berubah. Coba lagi sebentar, lalu hubungi tim data.",
    ),
    BROKEN: (
        "Ada gangguan pada sistem",
        "Permintaan ini tidak selesai. Buka lagi halamannya untuk melihat keadaan terakhir.",
    ),
}


class PageRefusal(HTTPException):
    """A refusal with words of its own."""

    def __init__(self, status_code: int, title: str, sentence: str) -> None:
        super().__init__(status_code, detail=sentence)
        self.title = title


def not_in_scope() -> PageRefusal:
    """The answer for what does not exist and for what this officer may not see; they must look the same."""
    return PageRefusal(NOT_FOUND, "Tidak ditemukan", "Naskah atau paket ini tidak ada di dalam lingkup Anda.")


def handle_refusals(app: FastAPI, *, login_address: Callable[[Request], str]) -> None:
    """Give every error of `app` a page in Bahasa Indonesia, and a login page to who has none."""

    def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == UNAUTHORIZED and is_visit(request):
            return RedirectResponse(login_address(request), status_code=303)
        if isinstance(error, PageRefusal):
            return _answer(request, error.status_code, error.title, error.detail)
        return _general(request, error.status_code)

    def unreadable(request: Request, _error: RequestValidationError) -> Response:
        return _general(request, UNPROCESSABLE)

    def ours(request: Request, error: KabarError) -> Response:
        log.error("Meja Humas cannot answer %s: %s", request.url.path, error)
        return _general(request, UNAVAILABLE)

    def unforeseen(request: Request, _error: Exception) -> Response:
        # Starlette logs the error itself, and answers it outside the layer that adds headers.
        answer = _general(request, BROKEN)
        answer.headers.update(HEADERS)
        return answer

    app.add_exception_handler(HTTPException, refused)  # type: ignore[arg-type]  # Starlette's type is too wide.
    app.add_exception_handler(RequestValidationError, unreadable)  # type: ignore[arg-type]  # As above.
    app.add_exception_handler(KabarError, ours)  # type: ignore[arg-type]  # As above.
    app.add_exception_handler(Exception, unforeseen)


def _general(request: Request, status_code: int) -> Response:
    title, sentence = GENERAL.get(status_code, GENERAL[BROKEN])
    return _answer(request, status_code, title, sentence)


def _answer(request: Request, status_code: int, title: str, sentence: str) -> Response:
    if wants_json(request):
        return JSONResponse({"title": title, "detail": sentence}, status_code=status_code)
    return page(request, "galat.html", status_code=status_code, title=title, sentence=sentence)
