"""A real sandbox over real HTTP: started once in a process of its own, fresh for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graph_client import Graph, Office

from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The process; tests take `sandbox`, which cleans it first."""
    with running_sandbox(satker_csv=REPOSITORY / "include" / "satker.csv") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox) -> RunningSandbox:
    """A platform on which nothing has happened yet."""
    sandbox_server.control("reset", {})
    return sandbox_server


@pytest.fixture
def graph(sandbox: RunningSandbox) -> Graph:
    return Graph(sandbox)


@pytest.fixture
def office(sandbox: RunningSandbox) -> Office:
    return Office(sandbox, "1101")


@pytest.fixture
def other_office(sandbox: RunningSandbox) -> Office:
    return Office(sandbox, "9171")
