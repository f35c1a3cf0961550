"""The nightly look at accounts beside Facebook's: from the registry over the connection to a verdict."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kabar.accounts import COLUMNS
from kabar.orchestration.watching import watch
from kabar.sandbox.graph.instagram import instagram_id
from kabar.sandbox.running import RunningSandbox
from kabar.sandbox.threads.accounts import threads_id, threads_token
from kabar.store.account_checks import latest_checks
from kabar.store.database import Database
from ledger import CONNECTION

NOW = datetime(2026, 11, 19, 21, 10, tzinfo=UTC)
THREADS = "threads_uji"

pytestmark = pytest.mark.usefixtures("warehouse", "registry")


@pytest.fixture
def registry(sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account on each of the three platforms, and one on which no machine looks."""
    tokens = {threads_id("32"): threads_token(threads_id("32"))}
    connection = {
        "conn_type": "http",
        "host": f"{sandbox.url}/threads",
        "password": json.dumps(tokens),
    }
    monkeypatch.setenv(f"AIRFLOW_CONN_{THREADS.upper()}", json.dumps(connection))
    rows = [
        f"32,facebook,{sandbox.page_id('32')},KPU Provinsi Jawa Barat,gladi,{CONNECTION},,,ya",
        f"32,instagram,{instagram_id('32')},@sandbox_32,gladi,{CONNECTION},,,ya",
        f"32,threads,{threads_id('32')},@sandbox_32,gladi,{THREADS},,,ya",
        "32,youtube,UC-uji,Uji,gladi,tidak_ada,,,ya",
    ]
    path = tmp_path / "accounts.csv"
    monkeypatch.setenv("KABAR_ACCOUNTS", str(path))
    path.write_text("\n".join([",".join(COLUMNS), *rows, ""]), encoding="utf-8")
    return path


def verdicts(db: Database) -> dict[str, dict[str, Any]]:
    with db.connection() as connection:
        return {row["channel"]: row for row in latest_checks(connection)}


def test_every_account_that_a_machine_can_ask_gets_a_verdict(db: Database) -> None:
    sentence = watch(NOW)

    found = verdicts(db)
    assert {channel: row["verdict"] for channel, row in found.items()} == {
        "facebook": "ready",
        "instagram": "ready",
        "threads": "ready",
    }
    assert (found["instagram"]["page_name"], found["threads"]["page_name"]) == ("@sandbox_32", "@sandbox_32")
    assert sentence.startswith("2026-11-20: 3 accounts; 3 ready")


def test_what_keeps_an_account_from_publishing_stands_there_in_words(
    db: Database, sandbox: RunningSandbox
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('32')}", {"tasks": ["ANALYZE"]})
    sandbox.plant("error", page=threads_id("32"), code=190, subcode=463, times=None, message="Expired")

    watch(NOW)

    found = verdicts(db)
    assert found["instagram"]["verdict"] == "cannot_publish"
    assert found["instagram"]["reasons"] == [
        "Cannot publish: CREATE_CONTENT is missing on the Page KPU Provinsi Jawa Barat."
    ]
    assert found["threads"]["verdict"] == "cannot_publish"
    assert "190/463" in found["threads"]["reasons"][0]


def test_a_token_that_ends_soon_asks_for_attention(db: Database, sandbox: RunningSandbox) -> None:
    ahead = timedelta(days=50).total_seconds()
    sandbox.control("clock", {"clock_offset_seconds": ahead})

    watch(NOW)

    row = verdicts(db)["threads"]
    assert row["verdict"] == "attention"
    assert "renew it" in row["reasons"][0]


def test_one_platforms_outage_leaves_the_others_read(db: Database, sandbox: RunningSandbox) -> None:
    sandbox.plant("cut_after", page=threads_id("32"), times=None)

    watch(NOW)

    found = verdicts(db)
    assert found["threads"]["verdict"] == "not_read"
    assert {found[channel]["verdict"] for channel in ("facebook", "instagram")} == {"ready"}


def test_a_connection_that_does_not_exist_is_the_reason_of_its_accounts_alone(
    db: Database, registry: Path
) -> None:
    registry.write_text(registry.read_text(encoding="utf-8").replace(THREADS, "lain"), encoding="utf-8")

    watch(NOW)

    found = verdicts(db)
    assert "There is no Airflow Connection lain" in found["threads"]["reasons"][0]
    assert found["instagram"]["verdict"] == "ready"
