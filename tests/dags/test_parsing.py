"""How the DAG files are read, each time in a fresh process: by the dag-processor and by a task."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from kabar.settings import REPOSITORY

DAGS = REPOSITORY / "dags"
#: The files that task processes read as well; `check_include.py` reads words and rules, as only it must.
READ_BY_TASKS = (
    "harvest_insights.py",
    "reconcile_posts.py",
    "rehearsal.py",
    "tahapan.py",
    "watch_accounts.py",
)
A_STAGE = "tahapan__pilkada-2024__pendaftaran-paslon"

#: Airflow itself is imported before the clock starts: every process pays for it once, whatever we do.
READ = """
import json, sys, time
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
before, began = set(sys.modules), time.process_time()
bags = [DagBag(path) for path in sys.argv[1:]]
seconds = time.process_time() - began
print("\\n" + json.dumps({
    "seconds": seconds,
    "dags": sorted(dag_id for bag in bags for dag_id in bag.dags),
    "errors": {path: text for bag in bags for path, text in bag.import_errors.items()},
    "modules": sorted(set(sys.modules) - before),
}))
"""


class Reading(NamedTuple):
    """What reading some DAG files brought."""

    seconds: float
    dags: list[str]
    errors: dict[str, str]
    modules: list[str]


def read(paths: Sequence[Path], **environment: str) -> Reading:
    """Read DAG files in a process of its own, as Airflow does."""
    # The first reading after a change would otherwise also compile our modules.
    quiet = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    answer = subprocess.run(
        [sys.executable, "-c", READ, *map(str, paths)],
        env=quiet | {"PYTHONPATH": str(REPOSITORY / "plugins")} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Reading(**json.loads(answer.stdout.splitlines()[-1]))


@pytest.fixture
def include(tmp_path: Path) -> Path:
    """A copy of `include/` in which something may be broken."""
    return Path(shutil.copytree(REPOSITORY / "include", tmp_path / "include"))


def test_reading_all_dag_files_imports_no_page_and_no_table() -> None:
    reading = read([DAGS])

    sys.stdout.write(f"\nAll DAG files parse in {reading.seconds:.2f} s of CPU, {len(reading.dags)} DAGs.\n")
    heavy = {
        "pandas",
        "fastapi",
        "starlette",
        "alembic",
        "altair",
        "kabar.desk",
        "kabar.local",
        "kabar.sandbox",
    }
    assert heavy.isdisjoint(reading.modules)


def test_a_task_process_imports_no_words_and_no_rules_to_find_its_dag() -> None:
    reading = read([DAGS / name for name in READ_BY_TASKS])

    assert reading.errors == {}
    assert "kabar.orchestration.flow" in reading.modules
    assert {"kabar.content", "kabar.insights.harvest", "kabar.matching", "pandas"}.isdisjoint(reading.modules)


def test_a_task_process_builds_only_its_own_dag() -> None:
    reading = read([DAGS / "tahapan.py"], _AIRFLOW_PARSING_CONTEXT_DAG_ID=A_STAGE)

    assert reading.dags == [A_STAGE]


def test_without_a_task_that_asks_every_stage_is_built() -> None:
    assert len(read([DAGS / "tahapan.py"]).dags) == 62


def test_a_broken_calendar_is_one_import_error_with_file_and_line_and_stops_no_other(include: Path) -> None:
    calendar = include / "calendars" / "psu_2025.yaml"
    lines = calendar.read_text(encoding="utf-8").splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if line.strip().startswith("mulai:"))
    lines[number] = "    mulai: kemarin\n"
    calendar.write_text("".join(lines), encoding="utf-8")

    reading = read([DAGS], KABAR_INCLUDE=str(include))

    assert list(reading.errors) == [str(DAGS / "check_include.py")]
    message = reading.errors[str(DAGS / "check_include.py")].splitlines()[-1]
    assert f"{calendar}:{number + 1}: " in message
    assert "'kemarin' is not a date. Write year-month-day" in message
    of_stages = [dag_id for dag_id in reading.dags if dag_id.startswith("tahapan__")]
    assert {dag_id.split("__")[1] for dag_id in of_stages} == {
        "pilkada-2024",
        "pemilu-2024",
        "pemilihan-ulang-2025",
    }
    assert len(of_stages) == 56
    assert {"harvest_insights", "reconcile_posts", "rehearsal", "watch_accounts"} <= set(reading.dags)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kode: psu-2025", f"kode: {'psu-' * 25}2025", "has 104 characters. Shorten it to 80 at most."),
        ("nama_pendek: PSU", f"nama_pendek: {'PSU ' * 60}PSU", "Shorten it to 200 at most."),
    ],
)
def test_a_name_that_airflows_tables_cannot_hold_stops_no_other_calendar(
    include: Path, before: str, after: str, said: str
) -> None:
    calendar = include / "calendars" / "psu_2025.yaml"
    text = calendar.read_text(encoding="utf-8")
    assert before in text
    calendar.write_text(text.replace(before, after, 1), encoding="utf-8")

    reading = read([DAGS], KABAR_INCLUDE=str(include))

    assert list(reading.errors) == [str(DAGS / "check_include.py")]
    assert said in reading.errors[str(DAGS / "check_include.py")]
    assert len([dag_id for dag_id in reading.dags if dag_id.startswith("tahapan__")]) == 56


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("accounts.csv", "kode_satker,", "kode,", "accounts.csv:1"),
        ("officers.csv", "penyetuju,nasional", "penyetuju,seluruhnya", "officers.csv:2"),
        ("metrics.yaml", "kind: flow", "kind: flux", "metrics.yaml:"),
        ("rules.yaml", "versi_skema: 1", "versi_skema: satu", "rules.yaml:"),
    ],
)
def test_a_broken_table_is_an_import_error_and_leaves_every_stage(
    include: Path, name: str, before: str, after: str, said: str
) -> None:
    text = (include / name).read_text(encoding="utf-8")
    assert before in text
    (include / name).write_text(text.replace(before, after, 1), encoding="utf-8")

    reading = read([DAGS], KABAR_INCLUDE=str(include))

    assert list(reading.errors) == [str(DAGS / "check_include.py")]
    assert said in reading.errors[str(DAGS / "check_include.py")]
    assert len([dag_id for dag_id in reading.dags if dag_id.startswith("tahapan__")]) == 62


def test_a_new_calendar_file_is_a_new_set_of_dags(include: Path) -> None:
    text = (include / "calendars" / "psu_2025.yaml").read_text(encoding="utf-8")
    later = text.replace("kode: psu-2025\n", "kode: psu-lagi\n")
    assert later != text
    (include / "calendars" / "psu_lagi.yaml").write_text(later, encoding="utf-8")

    reading = read([DAGS / "tahapan.py"], KABAR_INCLUDE=str(include))

    assert reading.errors == {}
    assert len([dag_id for dag_id in reading.dags if dag_id.startswith("tahapan__psu-lagi__")]) == 6
    assert len(reading.dags) == 68
