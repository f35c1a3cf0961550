"""The tasks that publish, as Airflow calls them, against the platform's own count."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from aiohttp.test_utils import unused_port

from kabar.errors import RefusedError
from kabar.orchestration.operators import Confirm, Publish, PublishLate, Report
from kabar.orchestration.reconciling import Reconcile
from kabar.sandbox.running import RunningSandbox
from kabar.satker import ZONES
from kabar.store.database import Database
from ledger import approved, change, counted, decide, drafted, make_due, rows, states

#: Two satker of the wave WIB, one of WITA and one of WIT.
CODES = ("1101", "3204", "6471", "9171")


def context(task_id: str = "publish_facebook") -> Any:  # noqa: ANN401 -- Airflow's.
    """As much of Airflow's context as the tasks look at."""
    return {"ti": SimpleNamespace(dag_id="tahapan", run_id="gladi", task_id=task_id, try_number=1)}


def publish(package_id: int, wave: str) -> dict[str, int]:
    task = Publish(task_id="publish_facebook", package_id=package_id, wave=wave, channel="facebook")
    return task.execute(context())


def confirm(package_id: int, wave: str) -> dict[str, int]:
    return Confirm(task_id="confirm", package_id=package_id, wave=wave).execute(context())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patience short enough for a test."""
    for name, seconds in {"CALL": 1, "LEASE": 3, "SETTLE": 0.2, "LOOK_GAP": 0.05}.items():
        monkeypatch.setenv(f"KABAR_{name}_SECONDS", str(seconds))


def test_a_wave_publishes_its_own_satker_and_nobody_elses(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, CODES)

    assert publish(package_id, "WIB") == {"published": 2}

    assert counted(sandbox) == (2, 0)
    assert {code: row.state for code, row in rows(warehouse, package_id).items()} == {
        "1101": "published",
        "3204": "published",
        "6471": "approved",
        "9171": "approved",
    }


def test_a_cleared_publish_task_posts_nothing_twice(warehouse: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(warehouse, CODES)
    publish(package_id, "WIB")

    assert publish(package_id, "WIB") == {}
    assert counted(sandbox) == (2, 0)


def test_what_is_not_due_yet_stays(warehouse: Database, sandbox: RunningSandbox) -> None:
    package_id = drafted(warehouse, CODES)
    decide(warehouse, package_id)

    assert publish(package_id, "WIB") == {}
    assert counted(sandbox) == (0, 0)
    assert states(warehouse, package_id) == {"approved": 4}


def test_what_nobody_approved_stays(warehouse: Database, sandbox: RunningSandbox) -> None:
    package_id = drafted(warehouse, CODES)
    make_due(warehouse, package_id)

    assert publish(package_id, "WIB") == {}
    assert counted(sandbox) == (0, 0)


def test_every_post_of_a_wave_is_read_back_and_a_second_reading_changes_nothing(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    assert sandbox.url
    package_id = approved(warehouse, CODES)
    publish(package_id, "WIB")

    first, second = confirm(package_id, "WIB"), confirm(package_id, "WIB")

    assert first["unconfirmed"] == second["unconfirmed"] == 0
    with warehouse.connection() as connection:
        read = connection.execute("select count(*) as n from kabar.post where confirmed_at is not null")
        assert read.fetchone() == {"n": 2}


def test_an_answer_that_was_lost_is_found_by_reading_and_never_sent_again(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, ["1101", "3204"])
    sandbox.plant("cut_after", method="POST", edge=sandbox.page_id("3204"))

    assert publish(package_id, "WIB") == {"published": 1, "unconfirmed": 1}
    assert confirm(package_id, "WIB")["unconfirmed"] == 0

    assert states(warehouse, package_id) == {"published": 2}
    assert counted(sandbox) == (2, 0)


def test_the_worker_in_the_history_is_the_task_and_its_process(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    assert sandbox.url
    package_id = approved(warehouse, ["3204"])
    publish(package_id, "WIB")

    with warehouse.connection() as connection:
        row = connection.execute("select distinct changed_by from kabar.post").fetchone()
    assert row == {"changed_by": f"tahapan/gladi/publish_facebook/1/pid{os.getpid()}"}


def test_a_run_that_was_lost_is_gone_on_with_by_the_hourly_reconciliation(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, CODES)

    counts = Reconcile(task_id="reconcile").execute(context("reconcile"))

    assert counts[package_id]["published"] == 4
    assert counted(sandbox) == (4, 0)
    again = Reconcile(task_id="reconcile").execute(context("reconcile"))
    assert "published" not in again[package_id]
    assert counted(sandbox) == (4, 0)
    assert counted(sandbox) == (4, 0)


def test_one_package_that_cannot_be_settled_does_not_keep_the_others_waiting(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    broken = approved(warehouse, ["3204"], tonggak="pendaftaran-paslon|H-3")
    change(warehouse, "update kabar.account set connection = 'never_made'")
    well = approved(warehouse, ["9171"])

    with pytest.raises(ExceptionGroup, match="1 of 2 packages could not be settled"):
        Reconcile(task_id="reconcile").execute(context("reconcile"))

    assert states(warehouse, broken) == {"approved": 1}
    assert states(warehouse, well) == {"published": 1}
    assert counted(sandbox) == (1, 0)


@pytest.mark.parametrize("trouble", ["no connection", "a dead token", "a closed port"])
def test_accounts_behind_a_broken_connection_stop_nobody_elses(
    warehouse: Database,
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: str,
) -> None:
    package_id = approved(warehouse, ["1101", "3204"])
    broken = {
        "no connection": None,
        "a dead token": {"conn_type": "http", "host": sandbox.url, "password": "token-that-nobody-may-read"},
        "a closed port": {"conn_type": "http", "host": f"http://127.0.0.1:{unused_port()}", "password": "x"},
    }[trouble]
    if broken:
        monkeypatch.setenv("AIRFLOW_CONN_BROKEN", json.dumps(broken))
    change(warehouse, "update kabar.account set connection = 'broken' where satker_code = '1101'")

    assert publish(package_id, "WIB") == {"published": 1, "released": 1}

    assert counted(sandbox) == (1, 0)
    left = rows(warehouse, package_id)["1101"]
    assert (left.state, left.reason) == ("approved", "no channel facebook behind the connection broken")
    assert "Nothing goes through the connection broken: " in caplog.text
    assert "token-that-nobody-may-read" not in caplog.text


def test_a_round_in_which_no_connection_opens_is_red(warehouse: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(warehouse, ["3204"])
    change(warehouse, "update kabar.account set connection = 'never_made'")

    with pytest.raises(RefusedError, match="no Airflow Connection never_made"):
        publish(package_id, "WIB")

    assert counted(sandbox) == (0, 0)
    assert states(warehouse, package_id) == {"approved": 1}


def test_a_stop_holds_a_wave_before_anything_is_sent(warehouse: Database, sandbox: RunningSandbox) -> None:
    package_id = approved(warehouse, CODES)
    change(warehouse, "insert into kabar.stop (reason, raised_by) values ('latihan', 'humas_ri')")

    assert publish(package_id, "WIB") == {"left": 2}
    assert counted(sandbox) == (0, 0)
    assert rows(warehouse, package_id)["3204"].reason == "stopped: latihan"


def test_what_is_past_its_time_is_expired_by_the_late_round_and_never_sent(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, CODES)
    change(
        warehouse,
        "update kabar.draft set publish_at = now() - interval '2 hours',"
        " not_after = now() - interval '1 hour'",
    )

    expired = [
        PublishLate(task_id="publish_late", package_id=package_id, wave=zone).execute(
            context("publish_late")
        )["expired"]
        for zone in ZONES
    ]

    assert sum(expired) == len(CODES)
    assert counted(sandbox) == (0, 0)


def test_a_report_is_red_while_a_person_has_something_to_look_at(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, ["1101", "3204"])
    sandbox.plant("hang_before", method="POST", edge=sandbox.page_id("3204"), seconds=2)
    publish(package_id, "WIB")

    with pytest.raises(RefusedError, match=r"1 are unconfirmed: .+ 1 were not found again \(kt\d+\): look"):
        Report(task_id="report", package_id=package_id).execute(context("report"))


def test_a_report_is_red_when_the_platform_has_named_two_posts_for_one(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, ["3204"])
    publish(package_id, "WIB")
    confirm(package_id, "WIB")
    report = Report(task_id="report", package_id=package_id)
    assert report.execute(context("report")) == {"published": 1}

    change(warehouse, """update kabar.post set evidence = evidence || '[{"id": "1_2"}]'::jsonb""")

    with pytest.raises(RefusedError, match=r"1 may stand twice \(kt\d+\): look at their Pages"):
        report.execute(context("report"))
    assert counted(sandbox) == (1, 0)


def test_a_package_that_does_not_exist_is_refused(warehouse: Database, sandbox: RunningSandbox) -> None:
    assert warehouse
    assert sandbox.url
    with pytest.raises(RefusedError, match="There is no package 7"):
        publish(7, "WIB")


def test_a_real_post_never_goes_out_through_a_rehearsals_account(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, ["3204"], rehearsal=False)

    assert publish(package_id, "WIB") == {"left": 1}
    assert counted(sandbox) == (0, 0)
    assert states(warehouse, package_id) == {"held": 1}


def test_a_double_planted_by_hand_makes_the_hourly_run_red_once_and_stays_where_it_is(
    warehouse: Database, sandbox: RunningSandbox
) -> None:
    package_id = approved(warehouse, ["3204", "1101"])
    publish(package_id, "WIB")
    hourly = Reconcile(task_id="reconcile")
    hourly.execute(context("reconcile"))
    entry = next(one for one in sandbox.control("log")["data"] if one["page_id"] == sandbox.page_id("3204"))
    page = next(one for one in _accounts(sandbox) if one["id"] == sandbox.page_id("3204"))
    form = urlencode({"message": entry["message"], "access_token": page["access_token"]}).encode()
    feed = f"{sandbox.url}/v26.0/{page['id']}/feed"
    with urlopen(Request(feed, data=form), timeout=10) as answer:  # noqa: S310 -- Our own sandbox.
        assert answer.status == 200

    with pytest.raises(RefusedError, match="1 posts stand twice"):
        hourly.execute(context("reconcile"))

    hourly.execute(context("reconcile"))
    assert counted(sandbox) == (3, 1)


def _accounts(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    """The Pages that the user's token reaches, some hundreds of them."""
    found: list[dict[str, Any]] = []
    address = f"{sandbox.url}/v26.0/me/accounts?limit=100&access_token={sandbox.user_token}"
    while address:
        with urlopen(address, timeout=10) as answer:  # noqa: S310 -- As above.
            content = json.load(answer)
        found += content["data"]
        address = content.get("paging", {}).get("next", "")
    return found
