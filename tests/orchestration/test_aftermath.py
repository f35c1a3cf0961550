"""Withdrawals and corrections as Airflow's task does them, against the platform's own timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from airflow.sdk.exceptions import TaskDeferred
from waiting import woken

from desk.seeding import desk_for
from kabar.desk.remedy import Decision, Remedied, remedy
from kabar.errors import RefusedError
from kabar.orchestration.aftermath import AftermathTrigger, WithdrawAndCorrect
from kabar.orchestration.operators import Publish
from kabar.orchestration.reconciling import Reconcile
from kabar.sandbox.running import RunningSandbox
from kabar.store.audit import verify_history
from kabar.store.database import Database
from ledger import approved, change, counted, decide, rows, states

CODES = ("1101", "3204", "3273")


def context() -> Any:  # noqa: ANN401 -- Airflow's.
    """As much of Airflow's context as the tasks look at."""
    return {"ti": SimpleNamespace(dag_id="withdraw", run_id="r", task_id="w", try_number=1, map_index=-1)}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patience short enough for a test."""
    for name, seconds in {"CALL": 1, "LEASE": 3, "SETTLE": 0.2, "LOOK_GAP": 0.05}.items():
        monkeypatch.setenv(f"KABAR_{name}_SECONDS", str(seconds))
    monkeypatch.setattr("kabar.posting.withdraw.UNCONFIRMED_PAUSE_SECONDS", 0.0)


def published(db: Database, codes: Sequence[str] = CODES) -> int:
    """A package whose posts stand on the sandbox; every fact that a correction needs is known."""
    package_id = approved(db, codes)
    Publish(task_id="publish", package_id=package_id, wave="WIB", channel="facebook").execute(context())
    assert states(db, package_id) == {"published": len(codes)}
    return package_id


def decided(
    db: Database,
    package_id: int,
    action: Any = "withdraw",  # noqa: ANN401 -- One of `remedy`'s words.
    *,
    key: str = "1",
) -> Remedied:
    """An officer's decision about every post of a package."""
    desk = desk_for(db, now=_now)
    numbers = [row.post_id for row in rows(db, package_id).values()]
    with db.connection() as connection:
        return remedy(
            connection,
            numbers,
            Decision(action, "Jamnya keliru.", "pukul 07.00", "pukul 08.00", "uji", key),
            officer=desk.tables().officers["humas_ri"],
            tables=desk.tables(),
            correct=desk.correct,
            now=_now(),
        )


def _now() -> datetime:
    return datetime.now(UTC)


def work(*, waits: bool = False) -> dict[str, int]:
    task = WithdrawAndCorrect(task_id="w", waits=waits)
    done = task.execute(context())
    return {name: count for name, count in done.items() if count}


def again(db: Database) -> None:
    change(db, "update kabar.withdrawal set due_at = now() where state <> 'done'")


def on_platform(sandbox: RunningSandbox, code: str) -> list[dict[str, Any]]:
    """What a citizen would find on a Page."""
    page = sandbox.page_id(code)
    token = requests.get(
        f"{sandbox.url}/v26.0/{page}",
        params={"fields": "access_token"},
        headers={"Authorization": f"Bearer {sandbox.user_token}"},
        timeout=10,
    ).json()["access_token"]
    answer = requests.get(
        f"{sandbox.url}/v26.0/{page}/published_posts",
        params={"fields": "id,message"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    return list(answer.json()["data"])


def withdrawals(db: Database) -> list[dict[str, Any]]:
    with db.connection() as connection:
        return connection.execute("select * from kabar.withdrawal order by id").fetchall()


def test_what_was_decided_is_gone_and_its_history_names_the_officer(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = published(warehouse)
    decided(warehouse, package_id)

    assert work() == {"withdrawn": 3}

    assert [on_platform(sandbox, code) for code in CODES] == [[], [], []]
    assert states(warehouse, package_id) == {"withdrawn": 3}
    with warehouse.connection() as connection:
        event = connection.execute("select * from kabar.post_event order by id desc limit 1").fetchone()
    assert event is not None
    assert (event["changed_by"], event["reason"]) == ("humas_ri", "withdrawn: Jamnya keliru.")
    assert {row["finished_by"].split("/")[0] for row in withdrawals(warehouse)} == {"withdraw"}
    with warehouse.connection() as connection:
        assert verify_history(connection).findings == ()


def test_without_a_decision_nothing_is_taken_down(warehouse: Database, sandbox: RunningSandbox) -> None:
    package_id = published(warehouse)

    assert work() == {}
    assert len(on_platform(sandbox, CODES[0])) == 1
    assert states(warehouse, package_id) == {"published": 3}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang_after", "seconds": 2},
        {"kind": "hang_before", "seconds": 2},
        {"kind": "half_json"},
        {"kind": "garbage"},
        {"kind": "redirect"},
        {"kind": "reset_mid_body"},
        {"kind": "error", "status": 500, "code": 2, "when": "after"},
        {"kind": "error", "status": 400, "code": 4},
        {"kind": "error", "status": 400, "code": 32},
    ],
)
def test_whatever_the_platform_answers_the_post_is_gone_after_a_further_turn(
    warehouse: Database, sandbox: RunningSandbox, fault: dict[str, Any]
) -> None:
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id)
    sandbox.plant(**({"method": "DELETE"} | fault))

    first = work()
    again(warehouse)
    second = work()

    assert (first, second) in [({"put_off": 1}, {"withdrawn": 1}), ({"withdrawn": 1}, {})]
    assert on_platform(sandbox, "3204") == []
    assert states(warehouse, package_id) == {"withdrawn": 1}


def test_a_platform_that_never_answers_becomes_the_work_of_a_person(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id)
    sandbox.plant("error", method="DELETE", status=500, code=2, times=None)

    turns = []
    for _ in range(8):
        turns.append(work())
        again_waiting(warehouse)

    assert turns == [{"put_off": 1}] * 7 + [{"manual": 1}]
    assert states(warehouse, package_id) == {"published": 1}
    assert work() == {}


def again_waiting(db: Database) -> None:
    change(db, "update kabar.withdrawal set due_at = now() where state = 'waiting'")


def test_a_refusal_is_left_to_a_person_with_the_platforms_words(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id)
    sandbox.plant("error", method="DELETE", status=400, code=190, subcode=463)

    assert work() == {"manual": 1}

    (row,) = withdrawals(warehouse)
    assert (row["state"], "190/463" in row["said"]) == ("manual", True)
    assert len(on_platform(sandbox, "3204")) == 1
    assert states(warehouse, package_id) == {"published": 1}


def test_one_account_in_trouble_does_not_keep_the_others_standing(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = published(warehouse)
    decided(warehouse, package_id)
    sandbox.plant("error", method="DELETE", page=sandbox.page_id("3204"), status=400, code=190, times=None)

    assert work() == {"withdrawn": 2, "manual": 1}


def test_an_app_wide_pause_stops_further_calls(warehouse: Database, sandbox: RunningSandbox) -> None:
    package_id = published(warehouse)
    decided(warehouse, package_id)
    sandbox.plant("error", method="DELETE", status=400, code=4, times=None)

    assert work() == {"put_off": 3}
    assert {row["state"] for row in withdrawals(warehouse)} == {"waiting"}
    assert work() == {}


def test_a_post_that_somebody_deleted_by_hand_is_withdrawn_with_the_reading_as_evidence(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id)
    work()
    assert on_platform(sandbox, "3204") == []
    second = published_again(warehouse)
    decided(warehouse, second, key="2")

    assert work() == {"withdrawn": 1}

    with warehouse.connection() as connection:
        found = connection.execute(
            "select evidence -> -1 as evidence from kabar.post order by id desc limit 1"
        ).fetchone()
    assert found is not None
    assert (found["evidence"]["by"], found["evidence"]["gone"]) == ("reading", True)


def published_again(db: Database) -> int:
    """A package whose post names one that is gone from the platform."""
    package_id = approved(db, ["3204"], tonggak="pendaftaran-paslon|H-1", message="Lain.")
    change(
        db,
        "update kabar.post set state = 'published', platform_id = (select platform_id from kabar.post"
        " order by id limit 1) where draft_id in (select id from kabar.draft where package_id = %s)",
        package_id,
    )
    return package_id


def test_work_that_a_dead_worker_left_is_taken_up_when_its_turn_is_over(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id)
    change(
        warehouse,
        "update kabar.withdrawal set state = 'working', attempts = 1, due_at = now() + interval '1 hour'",
    )
    assert work() == {}

    again(warehouse)
    assert work() == {"withdrawn": 1}
    assert on_platform(sandbox, "3204") == []


def test_a_connection_that_cannot_be_opened_puts_off_and_is_not_asked_without_end(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    assert sandbox.url
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id)
    change(warehouse, "update kabar.account set connection = 'never_made'")

    assert work() == {"put_off": 1}
    (row,) = withdrawals(warehouse)
    assert "never_made" in row["said"]
    assert work() == {}


def corrected_by(db: Database, package_id: int) -> int:
    """Approve the corrections of a decision; gives their package."""
    with db.connection() as connection:
        row = connection.execute("select max(id) as id from kabar.package").fetchone()
    assert row is not None
    assert row["id"] != package_id
    decide(db, row["id"], officer=desk_for(db, now=_now).tables().officers["humas_32"])
    return int(row["id"])


def test_an_approved_correction_goes_out_at_once_and_its_post_is_corrected(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id, "correct")
    assert work() == {}
    correction = corrected_by(warehouse, package_id)

    assert work() == {"corrected": 1}

    assert states(warehouse, correction) == {"published": 1}
    assert states(warehouse, package_id) == {"corrected": 1}
    assert rows(warehouse, package_id)["3204"].reason == "corrected by the post kt2"
    newest, oldest = on_platform(sandbox, "3204")
    assert "pukul 08.00" in newest["message"]
    assert "Pendaftaran dibuka." in oldest["message"]
    assert counted(sandbox) == (2, 1)


def test_a_post_that_is_replaced_is_gone_before_its_correction_is_approved(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id, "replace")

    assert work() == {"withdrawn": 1}
    assert on_platform(sandbox, "3204") == []
    corrected_by(warehouse, package_id)
    assert work() == {}

    (standing,) = on_platform(sandbox, "3204")
    assert "Ralat" in standing["message"]
    assert states(warehouse, package_id) == {"withdrawn": 1}


def test_a_correction_that_the_hourly_run_has_sent_marks_its_post_all_the_same(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    assert sandbox.url
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id, "correct")
    corrected_by(warehouse, package_id)
    Reconcile(task_id="reconcile").execute(context())

    assert work() == {"corrected": 1}


def test_nothing_to_do_leaves_the_worker_to_the_triggerer(warehouse: Database) -> None:
    assert warehouse
    with pytest.raises(TaskDeferred) as left:
        work(waits=True)

    assert isinstance(left.value.trigger, AftermathTrigger)


def test_a_decision_wakes_the_task_within_a_second(
    warehouse: Database, database_url: str, sandbox: RunningSandbox
) -> None:
    assert sandbox.url
    package_id = published(warehouse, ["3204"])

    found = woken(
        AftermathTrigger(poll_seconds=60), lambda: decided(warehouse, package_id), listening_at=database_url
    )

    assert found.event.payload["withdrawals"] == 1
    assert found.seconds < 1


def test_a_round_that_fails_rests_before_it_is_red(warehouse: Database, sandbox: RunningSandbox) -> None:
    assert sandbox.url
    package_id = published(warehouse, ["3204"])
    decided(warehouse, package_id)
    change(warehouse, "alter table kabar.withdrawal rename column said to told")

    with pytest.raises(TaskDeferred) as left:
        work(waits=True)
    assert left.value.method_name == "fail"
    with pytest.raises(RefusedError):
        WithdrawAndCorrect(task_id="w", waits=True).fail(context(), problem="x")
