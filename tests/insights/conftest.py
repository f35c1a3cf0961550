"""A night to harvest: the real sandbox, a real warehouse, and the catalogue as it stands in `include/`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from nights import CODES, Night

from kabar.insights.catalogue import read_metrics
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY
from kabar.store.database import Database
from kabar.store.drafts import save_account


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The process; tests take `sandbox`, which cleans it first."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox) -> RunningSandbox:
    """A platform on which nothing has happened yet and every finished day has its values."""
    sandbox_server.control("reset", {})
    usual = {
        "insight_delay_hours": 0,
        "dead_metrics": {},
        "revisions": [],
        "page_calls_a_day": 4800,
        "app_calls_an_hour": 200_000,
    }
    sandbox_server.control("settings", usual)
    return sandbox_server


@pytest.fixture
def night(sandbox: RunningSandbox, db: Database) -> Night:
    """Six active accounts and the night that has just ended for them."""
    with db.connection() as connection:
        accounts = {
            save_account(
                connection,
                channel="facebook",
                external_id=sandbox.page_id(code),
                satker_code=code,
                name=f"Page of {code}",
                usage="rehearsal",
                reached_by="graph",
                is_active=True,
            ): sandbox.page_id(code)
            for code in CODES
        }
    metrics = read_metrics(REPOSITORY / "include" / "metrics.yaml")
    return Night(sandbox, db, metrics, datetime.now(UTC), accounts)
