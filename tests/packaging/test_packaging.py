"""Dockerfile and compose.yaml hold to what `make demo` runs. Nobody has run them: no engine was at hand."""

import importlib.metadata
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kabar.local.components import AIRFLOW_COMPONENTS, MIGRATIONS, sandbox_component
from kabar.local.environment import HOUSE_OPTIONS, User, airflow_environment
from kabar.settings import REPOSITORY

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
COMPOSE_TEXT = (REPOSITORY / "compose.yaml").read_text()
LOCK = (REPOSITORY / "requirements.lock").read_text()

#: Options that the demo needs because everything shares one machine.
ONE_MACHINE_ONLY = {
    "AIRFLOW__CORE__HOSTNAME_CALLABLE",
    "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT",
    "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
    return loaded


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return airflow_environment(
        tmp_path_factory.mktemp("state"),
        database_url="postgresql://kabar:secret@127.0.0.1:5432/kabar",
        api_port=8080,
        users={"admin": User("admin", "secret")},
        connections={},
        extra={},
    )


def locked(package: str) -> str:
    found = re.search(rf"^{re.escape(package)}==(\S+)", LOCK, re.MULTILINE)
    assert found is not None
    return found[1]


def known_options() -> dict[str, set[str]]:
    """Every option of Airflow and of its Celery provider, by section."""
    found: dict[str, set[str]] = {}
    core = importlib.util.find_spec("airflow")
    assert core is not None
    assert core.origin is not None
    sections = yaml.safe_load((Path(core.origin).parent / "config_templates" / "config.yml").read_text())
    (provider,) = (
        entry
        for entry in importlib.metadata.entry_points(group="apache_airflow_provider")
        if entry.module.startswith("airflow.providers.celery")
    )
    for section, content in [*sections.items(), *provider.load()()["config"].items()]:
        found.setdefault(section, set()).update(content["options"])
    return found


def test_hadolint_has_nothing_to_say() -> None:
    tool = Path(sys.executable).parent / "hadolint"
    answer = subprocess.run([tool, REPOSITORY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.returncode) == ("", 0)


def test_the_image_is_the_airflow_of_the_lock_pinned_by_its_tag() -> None:
    (base,) = re.findall(r"^FROM (\S+)$", DOCKERFILE, re.MULTILINE)
    assert base == f"apache/airflow:{locked('apache-airflow')}-python3.11"


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users
    assert not {"root", "0"} & set(users)


def test_the_image_installs_by_the_hashes_of_the_lock() -> None:
    commands = re.findall(r"pip install[^&]*", DOCKERFILE)
    assert len(commands) == 2
    assert all("--require-hashes" in command for command in commands)
    assert "--constraint requirements.lock -r pyproject.toml" in DOCKERFILE


def test_the_image_holds_the_tree_as_the_repository_has_it() -> None:
    assert "WORKDIR /opt/airflow" in DOCKERFILE
    copied = re.findall(r"^COPY --chown=\S+ (\S+) (\S+)$", DOCKERFILE, re.MULTILINE)
    assert {(folder, folder) for folder in ("dags", "plugins", "include")} <= set(copied)
    let_through = (REPOSITORY / ".dockerignore").read_text().split()
    assert {"!dags", "!plugins", "!include", "!pyproject.toml", "!requirements.lock"} <= set(let_through)


def test_compose_runs_the_components_of_the_demo_and_a_worker(services: dict[str, Any]) -> None:
    assert set(services) == {"postgres", "redis", "migrate", "worker", "sandbox", *AIRFLOW_COMPONENTS}
    for name in AIRFLOW_COMPONENTS:
        assert services[name]["command"] == name


def test_compose_migrates_as_the_demo_does_before_anything_starts(services: dict[str, Any]) -> None:
    assert services["migrate"]["command"][-1] == " && ".join(map(shlex.join, MIGRATIONS))
    for name in (*AIRFLOW_COMPONENTS, "worker"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_compose_starts_the_sandbox_as_the_demo_does_but_only_on_request(services: dict[str, Any]) -> None:
    there = sandbox_component(
        host="h", port=1, state=Path("s"), satker=Path("t"), token_file=Path("u"), environment={}
    )
    here = shlex.split(services["sandbox"]["command"])
    assert here[1:3] == list(there.command[1:3])
    assert [word for word in here if word.startswith("--")] == [
        word for word in there.command if word.startswith("--")
    ]
    assert services["sandbox"]["profiles"] == ["sandbox"]


def test_compose_sets_the_house_options_to_the_same_values(services: dict[str, Any]) -> None:
    for name in (*AIRFLOW_COMPONENTS, "worker", "migrate"):
        environment = services[name]["environment"]
        assert {option: environment[option] for option in HOUSE_OPTIONS} == dict(HOUSE_OPTIONS)


def test_compose_leaves_no_option_of_the_demo_to_chance(
    services: dict[str, Any], demo: dict[str, str]
) -> None:
    needed = {name for name in demo if name.startswith("AIRFLOW__")} - ONE_MACHINE_ONLY
    assert needed - set(services["api-server"]["environment"]) == set()


def test_compose_sets_no_airflow_option_that_does_not_exist(services: dict[str, Any]) -> None:
    known = known_options()
    for service in services.values():
        for name in service.get("environment", {}):
            if name.startswith("AIRFLOW__"):
                _, section, option = name.lower().split("__")
                assert option in known[section], name


def test_compose_sets_no_variable_of_ours_that_nobody_reads(services: dict[str, Any]) -> None:
    read = (REPOSITORY / "plugins" / "kabar" / "settings.py").read_text()
    for service in services.values():
        for name in service.get("environment", {}):
            assert not name.startswith("KABAR_") or f'"{name}"' in read, name


def test_what_lasts_is_restarted_and_watched(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if name != "migrate":
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name


def test_no_secret_stands_in_the_files_and_the_example_names_all_that_are_asked_for() -> None:
    asked = set(re.findall(r"\$\{(\w+):[-?]", COMPOSE_TEXT)) | {"SANDBOX_TOKEN"}
    offered = dict(re.findall(r"^(\w+)=(.*)$", (REPOSITORY / ".env.example").read_text(), re.MULTILINE))
    assert set(offered) == asked
    assert set(offered.values()) == {""}


def test_every_password_and_key_comes_from_outside(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD$|KEY$|SECRET$|AUTH$|BROKER_URL$|RESULT_BACKEND$|SQL_ALCHEMY_CONN$", name):
                assert re.search(r"\$\{\w+:\?", value), name


def test_volumes_are_declared_and_the_words_are_mounted_for_reading_only(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    mounted = [volume for service in services.values() for volume in service.get("volumes", [])]
    named = {volume.split(":")[0] for volume in mounted if not volume.startswith(".")}
    assert named == set(compose["volumes"])
    assert "./include:/opt/airflow/include:ro" in services["scheduler"]["volumes"]
