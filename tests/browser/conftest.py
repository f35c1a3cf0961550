"""Meja Humas in a real browser: Chromium, a real server, a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

from desk.conftest import app, desk

__all__ = ["app", "desk"]

#: Nothing of the browser's own leaves this machine.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Open = Callable[..., Page]


# Not for the session: while Playwright is open, its event loop runs in this process and no other test can
# start one of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("Chromium is missing; `make test` installs it, or: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """The desk on a free port, mounted under its prefix, with Humas KPU RI logged in."""
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="humas_ri", role="user")
    parent = FastAPI()
    parent.mount("/meja-humas", app)
    server = uvicorn.Server(uvicorn.Config(parent, host="127.0.0.1", port=0, log_level="warning"))
    with server.config.bind_socket() as socket:
        thread = Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        yield f"http://127.0.0.1:{socket.getsockname()[1]}/meja-humas"
        server.should_exit = True
        thread.join()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    """Open a page of the desk in a window of the given width; what a page logs as an error fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(path: str, *, width: int) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800 if width > 500 else 740},
            has_touch=width < 500,
            locale="id-ID",
            java_script_enabled=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.goto(f"{address}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Save a picture of the window where `KABAR_SCREENSHOTS` says; nowhere when it is not set."""
    folder = os.environ.get("KABAR_SCREENSHOTS")

    def save(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            width = page.viewport_size["width"] if page.viewport_size else 0
            page.screenshot(path=Path(folder) / f"{name}-{width}.png")

    return save
