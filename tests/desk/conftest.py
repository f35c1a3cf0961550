"""Meja Humas over HTTP, with a real PostgreSQL and Airflow's own login dependency."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from fastapi import FastAPI
from fastapi.testclient import TestClient

from desk.seeding import NOW, desk_for
from kabar.desk.app import create_app
from kabar.desk.desk import Desk
from kabar.store.database import Database

Visit = Callable[[str], TestClient]


@pytest.fixture
def desk(db: Database) -> Desk:
    """A desk on a fresh database, with the real satker and a handful of officers, at a fixed moment."""
    return desk_for(db, now=lambda: NOW)


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    """The app as Airflow mounts it: nobody is logged in."""
    create_auth_manager()
    return create_app(desk)


@pytest.fixture
def visitor(app: FastAPI) -> Iterator[TestClient]:
    """Somebody without a login, who follows no redirect."""
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture
def as_officer(app: FastAPI) -> Iterator[Visit]:
    """Give a browser in which this officer is logged in; one officer a test at a time."""

    def log_in(username: str) -> TestClient:
        app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username=username, role="user")
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        return TestClient(app, headers=headers, follow_redirects=False)

    yield log_in
    app.dependency_overrides.clear()
