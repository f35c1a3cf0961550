"""The file that Airflow executes in every task process: light, and alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import kabar_plugin
from kabar.settings import REPOSITORY

PLUGINS = REPOSITORY / "plugins"

IMPORTS = """
import sys
import airflow.sdk
before = set(sys.modules)
import kabar_plugin
print(*sorted(set(sys.modules) - before))
"""

LOADED = """
from airflow import plugins_manager
plugins, _ = plugins_manager._get_plugins()
print(*(plugin.name for plugin in plugins))
print(*sorted(plugins_manager.get_import_errors()))
"""


def run(code: str, home: Path, **environment: str) -> list[str]:
    """The lines that a fresh interpreter prints, as a task process would see them."""
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"AIRFLOW_HOME": str(home), "PYTHONPATH": str(PLUGINS)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.splitlines()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The plugins folder, small enough to be executed file by file: two modules of the package will do."""
    folder = tmp_path / "plugins"
    package = folder / "kabar"
    package.mkdir(parents=True)
    for name in (".airflowignore", "kabar_plugin.py"):
        shutil.copy(PLUGINS / name, folder)
    for name in ("__init__.py", "errors.py", "calendar.py"):
        shutil.copy(PLUGINS / "kabar" / name, package)
    return folder


def test_the_plugin_file_imports_no_page_and_no_table(tmp_path: Path) -> None:
    imported = set(run(IMPORTS, tmp_path)[-1].split())

    assert "kabar.orchestration.timetable" in imported
    assert imported.isdisjoint({"kabar.desk.app", "fastapi", "starlette", "pandas", "kabar.content"})


def test_airflow_executes_one_file_of_the_plugins_folder(copied: Path, tmp_path: Path) -> None:
    lines = run(
        LOADED + "import sys; print('calendar' in sys.modules and sys.modules['calendar'].__file__)",
        tmp_path,
        AIRFLOW__CORE__PLUGINS_FOLDER=str(copied),
    )

    assert "kabar_tahapan" in lines[-3]
    assert lines[-2] == ""
    assert str(copied) not in lines[-1]


def test_without_the_ignore_file_our_modules_replace_the_standard_librarys(
    copied: Path, tmp_path: Path
) -> None:
    (copied / ".airflowignore").unlink()

    lines = run(
        LOADED + "import sys; print('calendar' in sys.modules and sys.modules['calendar'].__file__)",
        tmp_path,
        AIRFLOW__CORE__PLUGINS_FOLDER=str(copied),
    )

    assert str(copied) in lines[-1]


def test_the_desk_is_imported_and_made_by_the_first_request() -> None:
    server = FastAPI()
    server.mount(kabar_plugin.PREFIX, kabar_plugin.LateDesk())

    answer = TestClient(server).get("/meja-humas/api/paket")

    assert answer.status_code == 401


def test_the_navigation_and_the_run_lead_to_the_desk() -> None:
    links = {view["destination"]: view["href"] for view in kabar_plugin.KabarPlugin.external_views}

    assert links == {"nav": "/meja-humas/", "dag_run": "/meja-humas/run?dag={DAG_ID}&run={RUN_ID}"}
