"""Who may import what: imports point downward, and each door of the house has its keeper."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from source import DAGS, MIGRATIONS, OURS, PACKAGE, PLUGIN_FILE, PLUGINS, TESTS, Module

#: From the ground up. A room imports what is below it, and of its own level nothing but itself, except that
#: what reads one table may know another (`calendar` knows `satker`).
LEVELS = (
    {"errors"},
    # How a picture is kept.
    {"pictures"},
    {"settings"},
    # How one value is held and how a file is read.
    {"frozen", "values", "explaining", "reading", "csv_file", "yaml_file", "addresses"},
    # The tables and what they mean.
    {
        "satker",
        "election",
        "calendar",
        "accounts",
        "channel_table",
        "matching",
        "onboarding",
        "officers",
        "pattern",
        "tonggak",
    },
    {"plan"},
    # `keeping`: calendars checked, begun and compared.
    {"content", "keeping"},
    {"channels"},
    {"posting", "insights"},
    {"store"},
    {"orchestration", "desk"},
    # Commands on one machine.
    {"local"},
    {"commands"},
    {"cli"},
)
LEVEL = {room: number for number, level in enumerate(LEVELS) for room in level}
#: Levels 3 and 4 are made of single modules that build on one another; Python itself refuses a circle.
OPEN_LEVELS = {3, 4}

#: The modules in which the desk takes over Airflow's login and connections.
DESK_GLUE = {"kabar.desk.login", "kabar.desk.installed"}
#: What stands on that glue: the app and its routes.
BEHIND_THE_LOGIN = {
    "kabar.desk.answering",
    "kabar.desk.api",
    "kabar.desk.app",
    "kabar.desk.manual_routes",
    "kabar.desk.remedy_routes",
    "kabar.desk.routes",
    "kabar.desk.stop_routes",
    "kabar.desk.calendar_routes",
}
#: Of the room that imports Airflow, the modules that commands use without it.
WITHOUT_AIRFLOW = {"kabar.orchestration", "kabar.orchestration.tables"}

DOORS = {
    "airflow": {"orchestration"},
    "aiohttp": {"channels", "sandbox", "orchestration"},
    "psycopg": {"store"},
    "psycopg_pool": {"store"},
    "aiosql": {"store"},
    "alembic": {"store"},
    "jinja2": {"content", "desk"},
    "fastapi": {"desk"},
    "starlette": {"desk"},
    "facebook_business": set(),
    "requests": set(),
    # The demo asks Airflow's own API.
    "httpx": {"local"},
}


def imported_from(module: Module, package: str) -> list[str]:
    return [
        f"{module.name}:{line} {name}" for name, line in module.imports() if name.split(".")[0] == package
    ]


def test_every_room_has_its_level() -> None:
    rooms = {module.room for module in PACKAGE if module.name != "kabar"}

    assert rooms == set(LEVEL) | {"sandbox"}


def may_import(room: str, other: str) -> bool:
    """Whether a room may use another."""
    if other == room:
        return True
    if other == "sandbox":
        # A demo has to know the accounts of the platforms that it starts.
        return room == "local"
    above, below = LEVEL[room], LEVEL.get(other, len(LEVELS))
    return below < above or (below == above and above in OPEN_LEVELS)


def test_imports_point_downward() -> None:
    inside = [
        (f"{module.name}:{line} imports {name}", module.room, name.split(".")[1])
        for module in PACKAGE
        if module.room != "sandbox"
        for name, line in module.imports()
        if name.startswith("kabar.")
    ]

    assert len(inside) > 200
    assert [place for place, room, other in inside if not may_import(room, other)] == []


@pytest.mark.parametrize("package", DOORS)
def test_each_door_has_its_keeper(package: str) -> None:
    wrong = [
        found
        for module in PACKAGE
        if module.room not in DOORS[package] and not (package == "airflow" and module.name in DESK_GLUE)
        for found in imported_from(module, package)
    ]

    assert wrong == []


def test_nothing_but_local_commands_and_tests_knows_the_sandbox() -> None:
    users = {
        module.room if module in PACKAGE else module.name.split(".")[0]
        for module in [*OURS, *TESTS]
        for name, _ in module.imports()
        if name.startswith("kabar.sandbox")
    }

    assert users <= {"sandbox", "local", "tests"}


def test_the_sandbox_knows_nothing_of_the_house_but_how_to_read_and_where_things_are() -> None:
    known = {
        name.split(".")[1]
        for module in PACKAGE
        if module.room == "sandbox"
        for name, _ in module.imports()
        if name.startswith("kabar.")
    }

    assert known == {"sandbox", "errors", "settings", "frozen"}


def test_dags_and_the_plugin_file_call_and_do_not_compute() -> None:
    known = {
        module.name: {name.split(".")[1] for name, _ in module.imports() if name.startswith("kabar.")}
        for module in [*DAGS, PLUGIN_FILE]
    }

    assert all(rooms <= {"orchestration", "settings"} for name, rooms in known.items() if "dags" in name)
    assert known["kabar_plugin"] == {"orchestration", "desk"}


def test_only_the_migrations_use_alembics_operations() -> None:
    users = {module.name for module in [*PACKAGE, *MIGRATIONS] if imported_from(module, "alembic")}

    assert users == {
        "kabar.store.migrate",
        "kabar.store.migrations.env",
        "kabar.store.migrations.versions.m0001_main_road",
        "kabar.store.migrations.versions.m0002_chained_history",
        "kabar.store.migrations.versions.m0003_account_check",
        "kabar.store.migrations.versions.m0004_pictures_and_handles",
        "kabar.store.migrations.versions.m0005_amendment",
        "kabar.store.migrations.versions.m0006_withdrawal_and_correction",
        "kabar.store.migrations.versions.m0007_cards_and_cooldowns",
    }


BLOCKED = """
import importlib, json, sys

class Blocked(ImportError):
    pass

class NoAirflow:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "airflow":
            raise Blocked(name)

sys.meta_path.insert(0, NoAirflow())
refused = []
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except Blocked:
        refused.append(name)
print(json.dumps(refused))
"""


def test_everything_but_orchestration_and_the_desks_login_is_imported_without_airflow() -> None:
    names = [module.name for module in PACKAGE]
    answer = subprocess.run(
        [sys.executable, "-c", BLOCKED],
        input=json.dumps(names),
        env=os.environ | {"PYTHONPATH": str(PLUGINS)},
        capture_output=True,
        text=True,
        check=True,
    )

    refused = set(json.loads(answer.stdout))
    orchestration = {name for name in names if name.startswith("kabar.orchestration")}
    assert {"kabar.orchestration.timetable", "kabar.orchestration.operators"} | DESK_GLUE <= refused
    assert refused <= orchestration - WITHOUT_AIRFLOW | DESK_GLUE | BEHIND_THE_LOGIN
