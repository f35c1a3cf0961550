"""The nightly look at every account: from the registry over the connection to a verdict in the warehouse."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from kabar.accounts import COLUMNS
from kabar.errors import UnreachableError
from kabar.orchestration.watching import watch
from kabar.sandbox.running import RunningSandbox
from kabar.satker import read_satker
from kabar.settings import REPOSITORY
from kabar.store.account_checks import latest_checks
from kabar.store.database import Database
from ledger import CONNECTION

#: 21.10 UTC is 04.10 of the next day in Jakarta.
NOW = datetime(2026, 11, 19, 21, 10, tzinfo=UTC)
CODES = ("00", "11", "1101", "3204", "3273")

pytestmark = pytest.mark.usefixtures("warehouse")


@pytest.fixture
def registry(sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five accounts, the last of them switched off and without a decree."""
    path = tmp_path / "accounts.csv"
    monkeypatch.setenv("KABAR_ACCOUNTS", str(path))
    names = {one.code: one.short_name for one in read_satker(REPOSITORY / "include" / "satker.csv")}
    rows = [
        f"{code},facebook,{sandbox.page_id(code)},{names[code]},nyata,{CONNECTION},1/TEST/2024,2024-01-02,ya"
        for code in CODES[:-1]
    ]
    last = CODES[-1]
    rows.append(f"{last},facebook,{sandbox.page_id(last)},{names[last]},nyata,{CONNECTION},,,tidak")
    path.write_text("\n".join([",".join(COLUMNS), *rows, ""]), encoding="utf-8")
    return path


def verdicts(db: Database) -> dict[str, dict[str, Any]]:
    with db.connection() as connection:
        return {row["satker_code"]: row for row in latest_checks(connection)}


@pytest.mark.usefixtures("registry")
def test_every_account_gets_a_verdict_also_one_that_is_switched_off(db: Database) -> None:
    sentence = watch(NOW)

    found = verdicts(db)
    assert {code: (row["verdict"], row["is_active"]) for code, row in found.items()} == {
        code: ("ready", code != "3273") for code in CODES
    }
    assert {row["day"].isoformat() for row in found.values()} == {"2026-11-20"}
    assert sentence == ("2026-11-20: 5 accounts; 5 ready, 0 need attention, 0 cannot publish, 0 not read.")


@pytest.mark.usefixtures("registry")
def test_what_was_read_of_a_page_stands_beside_its_verdict(db: Database, sandbox: RunningSandbox) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"name": "Warung Kopi", "tasks": ["ANALYZE"]})

    watch(NOW)

    row = verdicts(db)["3204"]
    assert (row["verdict"], row["page_name"], row["tasks"]) == ("cannot_publish", "Warung Kopi", ["ANALYZE"])
    assert (row["category"], row["is_published"]) == ("Government organization", True)
    assert (row["token_kind"], row["token_never_expires"], row["token_expires_at"]) == ("PAGE", True, None)
    assert row["reasons"][0] == (
        "Cannot publish: CREATE_CONTENT is missing; a person with full control must grant it."
    )


@pytest.mark.usefixtures("registry")
def test_a_new_name_that_is_an_alias_of_the_satkers_own_asks_for_an_import(
    db: Database, sandbox: RunningSandbox
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('3204')}", {"name": "KPU Kab. Bandung"})

    watch(NOW)

    row = verdicts(db)["3204"]
    assert row["verdict"] == "attention"
    assert row["reasons"][0].endswith("; import the accounts again.")


@pytest.mark.usefixtures("registry")
def test_one_dead_page_leaves_the_task_green_and_the_others_ready(
    db: Database, sandbox: RunningSandbox
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('1101')}", {"token_subcode": 492})

    watch(NOW)

    assert Counter(row["verdict"] for row in verdicts(db).values()) == {"ready": 4, "cannot_publish": 1}
    assert "lost the role on this Page" in verdicts(db)["1101"]["reasons"][0]


@pytest.mark.usefixtures("registry")
def test_a_dead_connection_is_the_reason_of_every_account_behind_it(
    db: Database, sandbox: RunningSandbox
) -> None:
    sandbox.control("tokens", {"subcode": 460})

    watch(NOW)

    reasons = {reason for row in verdicts(db).values() for reason in row["reasons"]}
    assert len(verdicts(db)) == len(CODES)
    assert len(reasons) == 1
    assert "changed the password" in reasons.pop()


def test_accounts_behind_another_connection_are_looked_at_beside_one_that_does_not_exist(
    db: Database, registry: Path
) -> None:
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace(f"KIP Aceh,nyata,{CONNECTION}", "KIP Aceh,nyata,lain"), encoding="utf-8")

    watch(NOW)

    found = verdicts(db)
    assert found["11"]["verdict"] == "cannot_publish"
    assert "There is no Airflow Connection lain" in found["11"]["reasons"][0]
    assert {row["verdict"] for code, row in found.items() if code != "11"} == {"ready"}


@pytest.mark.usefixtures("registry")
def test_only_when_nothing_could_be_read_is_the_task_red_and_the_last_look_stays(
    db: Database, sandbox: RunningSandbox
) -> None:
    watch(NOW)
    sandbox.plant("cut_after", edge="me/accounts", times=None)

    with pytest.raises(UnreachableError, match="5 not read"):
        watch(NOW)

    assert {row["verdict"] for row in verdicts(db).values()} == {"ready"}


@pytest.mark.usefixtures("registry")
def test_a_token_reaches_neither_the_log_nor_the_warehouse(
    db: Database, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    sandbox.control(f"pages/{sandbox.page_id('1101')}", {"token_subcode": 467})

    watch(NOW)

    assert "was invalidated" in caplog.text
    assert "EAA" not in caplog.text
    assert "EAA" not in json.dumps(list(verdicts(db).values()), default=str)


def test_an_account_that_left_the_registry_is_switched_off(db: Database, registry: Path) -> None:
    watch(NOW)
    lines = registry.read_text(encoding="utf-8").splitlines()
    registry.write_text("\n".join([line for line in lines if not line.startswith("3204,")] + [""]))

    watch(NOW)

    found = verdicts(db)
    assert {code for code, row in found.items() if row["is_active"]} == {"00", "11", "1101"}


def test_an_empty_registry_is_no_fault(registry: Path) -> None:
    registry.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")

    assert watch(NOW).startswith("2026-11-20: 0 accounts;")


@pytest.mark.usefixtures("registry")
def test_the_task_of_the_dag_looks_at_the_accounts(db: Database) -> None:
    bag = DagBag(str(REPOSITORY / "dags" / "watch_accounts.py"))

    said = bag.dags["watch_accounts"].get_task("look").execute({})

    assert "5 accounts; 5 ready" in said
    assert len(verdicts(db)) == 5
