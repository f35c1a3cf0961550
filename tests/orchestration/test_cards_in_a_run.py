"""Manual cards in a run: no task sends them, the run waits for them, and the clock ends them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred

from kabar.orchestration.operators import PublishLate, Report
from kabar.orchestration.reconciling import Reconcile
from kabar.sandbox.running import RunningSandbox
from kabar.store import cards, packages
from kabar.store.database import Database
from ledger import approved, change, counted, rows, states


def context(**params: object) -> Any:  # noqa: ANN401 -- Airflow's.
    """As much of Airflow's context as the tasks look at."""
    instance = SimpleNamespace(dag_id="tahapan", run_id="gladi", task_id="late", try_number=1)
    return {"ti": instance, "params": params}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patience short enough for a test."""
    for name, seconds in {"CALL": 1, "LEASE": 3, "SETTLE": 0.2, "LOOK_GAP": 0.05}.items():
        monkeypatch.setenv(f"KABAR_{name}_SECONDS", str(seconds))


@pytest.fixture
def package_id(warehouse: Database, sandbox: RunningSandbox) -> int:
    """One post for a worker and one card for an officer, both approved and due."""
    assert sandbox.url
    number = approved(warehouse, ["1101", "3204"])
    change(
        warehouse,
        "update kabar.draft set by_hand = true, channel = 'tiktok' where satker_code = '3204'",
    )
    return number


def late(package_id: int) -> dict[str, int]:
    return PublishLate(task_id="late", package_id=package_id, wave="WIB", retries=0).execute(context())


def test_a_run_sends_what_is_a_workers_and_waits_for_the_card(
    warehouse: Database, sandbox: RunningSandbox, package_id: int
) -> None:
    with pytest.raises(TaskDeferred):
        late(package_id)

    assert counted(sandbox) == (1, 0)
    assert {code: row.state for code, row in rows(warehouse, package_id).items()} == {
        "1101": "published",
        "3204": "approved",
    }
    assert Report(task_id="report", package_id=package_id).execute(context()) == {
        "published": 1,
        "approved": 1,
    }


def test_a_card_that_was_posted_lets_the_run_end(
    warehouse: Database, sandbox: RunningSandbox, package_id: int
) -> None:
    with warehouse.connection() as connection:
        cards.record_by_hand(
            connection,
            rows(warehouse, package_id)["3204"].post_id,
            platform_id="7300000000000000001",
            permalink="https://www.tiktok.com/@contoh/video/7300000000000000001",
            officer="humas_3204",
        )

    counts = late(package_id)

    assert counts["unconfirmed"] == 0
    assert states(warehouse, package_id) == {"published": 2}
    assert counted(sandbox) == (1, 0)
    assert Report(task_id="report", package_id=package_id).execute(context()) == {"published": 2}


def test_a_card_that_nobody_posted_dies_with_its_words(
    warehouse: Database, sandbox: RunningSandbox, package_id: int
) -> None:
    change(
        warehouse,
        "update kabar.draft set publish_at = now() - interval '2 hours',"
        " not_after = now() - interval '1 hour' where by_hand",
    )

    late(package_id)

    assert rows(warehouse, package_id)["3204"].state == "expired"
    assert counted(sandbox) == (1, 0)


def test_a_card_in_hand_keeps_no_round_waiting_and_becomes_a_question_at_its_end(
    warehouse: Database, sandbox: RunningSandbox, package_id: int
) -> None:
    post_id = rows(warehouse, package_id)["3204"].post_id
    with warehouse.connection() as connection:
        cards.take(connection, post_id, officer="humas_3204", lease_seconds=1800)
        assert packages.latest_lease(connection) is None
    with pytest.raises(TaskDeferred):
        late(package_id)
    assert rows(warehouse, package_id)["3204"].state == "sending"

    change(
        warehouse, "update kabar.post set lease_until = now() - interval '1 second' where id = %s", post_id
    )
    with pytest.raises(TaskDeferred):
        late(package_id)

    assert rows(warehouse, package_id)["3204"].state == "unconfirmed"
    assert counted(sandbox) == (1, 0)


def test_a_reconciliation_on_demand_looks_at_one_package_alone(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    first = approved(warehouse, ["1101"], tonggak="pendaftaran-paslon|H-1", message="Besok.")
    second = approved(warehouse, ["1101"], tonggak="pendaftaran-paslon|H", message="Hari ini.")

    Reconcile(task_id="reconcile").execute(context(package=second))

    assert states(warehouse, first) == {"approved": 1}
    assert states(warehouse, second) == {"published": 1}
    assert counted(sandbox)[0] == 1
