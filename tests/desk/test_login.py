from __future__ import annotations

import re
from uuid import uuid4

import pytest
from airflow import settings
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models.revoked_token import RevokedToken
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from desk.conftest import Visit
from desk.seeding import Seed, pins_of, seed_package, states
from kabar.store.database import Database


def test_no_route_answers_without_a_login(app: FastAPI, visitor: TestClient) -> None:
    routes = [route for route in app.routes if isinstance(route, APIRoute)]

    answers = {
        (method, route.path): visitor.request(method, re.sub(r"{\w+}", "1", route.path)).status_code
        for route in routes
        for method in route.methods
    }

    assert len(answers) >= 13
    assert set(answers.values()) == {401}, answers


def test_the_app_has_no_route_that_the_walk_would_miss(app: FastAPI) -> None:
    assert [route for route in app.routes if not isinstance(route, APIRoute)] == []


def test_a_person_without_a_login_is_led_to_airflows_and_back(visitor: TestClient) -> None:
    answer = visitor.get("/paket/7?provinsi=32", headers={"accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/login?next=%2Fpaket%2F7%3Fprovinsi%3D32"


def test_a_form_without_a_login_is_refused_and_not_redirected(visitor: TestClient) -> None:
    assert visitor.post("/putusan", headers={"accept": "text/html"}).status_code == 401


@pytest.fixture
def airflow_metadata() -> None:
    """Airflow looks a token up among the revoked ones; an empty list revokes none."""
    RevokedToken.metadata.create_all(settings.engine, tables=[RevokedToken.__table__])


@pytest.mark.usefixtures("airflow_metadata")
def test_airflows_own_token_opens_the_desk(db: Database, visitor: TestClient) -> None:
    package_id = seed_package(db, [Seed("3204")])
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="humas_ri", role="user"))

    answer = visitor.get("/api/paket", headers={"authorization": f"Bearer {token}"})

    assert [item["id"] for item in answer.json()] == [package_id]


@pytest.mark.usefixtures("airflow_metadata")
def test_a_machine_with_its_own_token_needs_no_token_of_a_form(db: Database, visitor: TestClient) -> None:
    package_id = seed_package(db, [Seed("3204")])
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="humas_ri", role="user"))
    visitor.headers["authorization"] = f"Bearer {token}"
    form = {
        "verdict": "approve",
        "items": " ".join(pins_of(visitor, package_id)),
        "request_key": str(uuid4()),
    }

    visitor.post("/putusan", data=form)

    assert states(visitor, package_id) == ["approved"]


@pytest.mark.usefixtures("airflow_metadata")
def test_a_cookie_is_no_token_of_a_machine(visitor: TestClient) -> None:
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="humas_ri", role="user"))
    visitor.cookies.set("_token", token)
    form = {"verdict": "approve", "items": "", "request_key": str(uuid4())}

    answers = [
        visitor.post("/putusan", data=form, headers=headers).status_code
        for headers in ({}, {"authorization": "Basic abc"}, {"sec-fetch-site": "same-origin"})
    ]

    assert visitor.get("/api/paket").status_code == 200
    assert answers == [403, 403, 403]


def test_a_forged_token_does_not_open_the_desk(visitor: TestClient) -> None:
    answer = visitor.get("/api/paket", headers={"authorization": "Bearer a.b.c"})

    assert answer.status_code == 403


def test_a_login_without_a_row_among_the_officers_reads_why(as_officer: Visit) -> None:
    answer = as_officer("somebody_else").get("/")

    assert answer.status_code == 403
    assert "Akun ini belum terdaftar di Meja Humas" in answer.text
    assert "somebody_else" in answer.text


@pytest.mark.parametrize("path", ["/", "/paket/1", "/nothing", "/api/paket", "/static/desk.css"])
def test_every_answer_carries_the_security_headers(as_officer: Visit, path: str) -> None:
    headers = as_officer("humas_ri").get(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_links_stay_below_the_prefix_under_which_the_desk_is_mounted(app: FastAPI, as_officer: Visit) -> None:
    as_officer("humas_ri")
    server = FastAPI()
    server.mount("/below/meja-humas", app)

    text = TestClient(server).get("/below/meja-humas/").text

    links = re.findall(r'(?:href|action)="([^"#]+)', text)
    assert links
    assert all(link.startswith("/below/meja-humas/") for link in links), links
