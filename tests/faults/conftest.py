"""A sandbox that takes its time, so that a wave has a middle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The process; tests take `sandbox`, which cleans it first."""
    with running_sandbox(satker_csv=REPOSITORY / "include" / "satker.csv") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox) -> RunningSandbox:
    """A platform on which nothing has happened yet, and which takes doubles so that it counts ours."""
    sandbox_server.control("reset", {})
    sandbox_server.control("settings", {"refuse_duplicates": False, "latency_ms": 100})
    return sandbox_server
