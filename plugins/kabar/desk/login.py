"""Who is asking: Airflow's login, our row of officers, and proof that a form is our own."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager

# FastAPI must find this name in the module; imported inside a function it becomes a query parameter, and
# nobody is asked for a login at all.
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, Request

from kabar.desk.desk import TheDesk
from kabar.desk.refusal import PageRefusal
from kabar.officers import Officer


def signed_in(user: GetUserDep) -> str:
    """The login name; Airflow answers 401 when there is none."""
    # FAB's get_id is a row number of its own table; the name is the login in both auth managers.
    name: str = user.get_name()
    return name


def officer_of(username: Annotated[str, Depends(signed_in)], desk: TheDesk) -> Officer:
    """The officer behind the login.

    Raises:
        PageRefusal: The login is Airflow's alone and has no row in the table of officers.
    """
    officer = desk.tables().officers.get(username)
    if officer is None:
        raise PageRefusal(
            403,
            "Akun ini belum terdaftar di Meja Humas",
            f"Anda masuk sebagai {username}, tetapi nama pengguna itu belum ada di daftar petugas Humas. "
            "Mintalah tim data menambahkannya beserta jabatan dan lingkupnya.",
        )
    return officer


TheOfficer = Annotated[Officer, Depends(officer_of)]


async def own_form(request: Request, desk: TheDesk, officer: TheOfficer) -> None:
    """Let a change through only when it comes from our own page, or from a machine with its own token.

    A browser adds the login cookie to whatever another site makes it send; a bearer token it never adds.

    Raises:
        PageRefusal: The form comes from elsewhere or does not carry this officer's token.
    """
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    token = (await request.form()).get("form_token", "")
    if not (_is_same_origin(request) and isinstance(token, str) and desk.seal.is_form_token(token, officer)):
        raise PageRefusal(
            403,
            "Formulir ini tidak dikenali",
            "Demi keamanan, putusan hanya diterima dari halaman Meja Humas sendiri. Buka lagi halamannya, "
            "lalu ulangi. Belum ada yang berubah.",
        )


def login_address(request: Request) -> str:
    """Airflow's login page, which comes back to the page that was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address: str = get_auth_manager().get_url_login(next_url=asked)
    return address


def _is_same_origin(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")
