"""Meja Humas as an app of its own, mounted by Airflow's api-server and by the tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache

from fastapi import FastAPI, Request, Response

from kabar.desk.api import api
from kabar.desk.calendar_routes import calendar_pages
from kabar.desk.desk import Desk, Today
from kabar.desk.installed import installed
from kabar.desk.login import login_address
from kabar.desk.manual_routes import manual_pages
from kabar.desk.paper import HEADERS
from kabar.desk.refusal import handle_refusals
from kabar.desk.remedy_routes import remedy_pages
from kabar.desk.routes import pages
from kabar.desk.stop_routes import stop_pages
from kabar.settings import Settings


def create_app(desk: Desk) -> FastAPI:
    """Make the app; every route of it asks for a login."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.include_router(pages)
    app.include_router(stop_pages)
    app.include_router(calendar_pages)
    app.include_router(remedy_pages)
    app.include_router(manual_pages)
    app.include_router(api)
    handle_refusals(app, login_address=login_address)

    @app.middleware("http")
    async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    return app


@cache
def installed_desk(today: Callable[[Settings], Today]) -> FastAPI:
    """The app of this installation, made once a process."""
    return create_app(installed(today))
