"""A real sandbox over real HTTP for the posting loop: started once, fresh for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The process; tests take `sandbox`, which cleans it first.

    It takes consecutive doubles, so that its count shows ours and not its own guard.
    """
    with running_sandbox(
        satker_csv=REPOSITORY / "include" / "satker.csv", refuse_duplicates=False
    ) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox) -> RunningSandbox:
    """A platform on which nothing has happened yet."""
    sandbox_server.control("reset", {})
    sandbox_server.control(
        "settings", {"refuse_duplicates": False, "latency_ms": 0, "page_calls_a_day": 4800}
    )
    return sandbox_server
