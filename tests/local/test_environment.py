"""The environment of Airflow's components: complete, private, and its own."""

import importlib.util
import json
import stat
from pathlib import Path

import pytest
import yaml

from kabar.errors import InputError
from kabar.local.environment import User, airflow_environment

USERS = {"humas": User("user", "rahasia-humas"), "data": User("admin", "rahasia-data")}
URL = "postgresql://kabar:secret@127.0.0.1:5499/kabar"


def made(folder: Path, **extra: str) -> dict[str, str]:
    return airflow_environment(
        folder,
        database_url=URL,
        api_port=8123,
        users=USERS,
        connections={"kabar_facebook": {"conn_type": "http", "host": "127.0.0.1", "password": "EAA:/?#%"}},
        extra=extra,
    )


def test_the_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    first, second, other = made(tmp_path / "a"), made(tmp_path / "a"), made(tmp_path / "b")
    for name in ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET"):
        assert first[name] == second[name] != other[name]


def test_what_is_secret_lies_in_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    made(tmp_path)
    files = [file for file in (tmp_path / "airflow").rglob("*") if file.is_file()]
    assert len(files) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_damaged_file_of_keys_is_named_with_the_remedy(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "airflow" / "keys.json").write_text('{"AIRFLOW__CORE__FERNET_KEY": 7}')
    with pytest.raises(InputError, match=r"keys\.json: AIRFLOW__CORE__FERNET_KEY: .* Delete the file"):
        made(tmp_path)


def test_every_login_has_its_role_and_its_password(tmp_path: Path) -> None:
    environment = made(tmp_path)
    assert environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == "humas:user,data:admin"
    passwords = Path(environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    assert json.loads(passwords.read_text()) == {"humas": "rahasia-humas", "data": "rahasia-data"}


def test_a_connection_carries_any_character_of_a_token(tmp_path: Path) -> None:
    assert json.loads(made(tmp_path)["AIRFLOW_CONN_KABAR_FACEBOOK"])["password"] == "EAA:/?#%"


def test_the_metadata_live_in_the_given_database(tmp_path: Path) -> None:
    url = made(tmp_path)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert url == "postgresql+psycopg2://kabar:secret@127.0.0.1:5499/kabar"


def test_another_airflow_of_the_caller_does_not_leak_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "of another installation")
    monkeypatch.setenv("AIRFLOW_CONN_PRODUCTION", "postgresql://elsewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = made(tmp_path)
    assert environment["AIRFLOW__CORE__FERNET_KEY"] != "of another installation"
    assert "AIRFLOW_CONN_PRODUCTION" not in environment
    assert "PYTHONDONTWRITEBYTECODE" not in environment


def test_what_the_caller_adds_reaches_the_components(tmp_path: Path) -> None:
    assert made(tmp_path, KABAR_STATE="/elsewhere")["KABAR_STATE"] == "/elsewhere"


def test_every_airflow_option_is_one_that_this_airflow_knows(tmp_path: Path) -> None:
    package = importlib.util.find_spec("airflow")
    assert package is not None
    assert package.origin is not None
    sections = yaml.safe_load((Path(package.origin).parent / "config_templates" / "config.yml").read_text())
    for name in made(tmp_path):
        if name.startswith("AIRFLOW__"):
            _, section, option = name.lower().split("__")
            assert option in sections[section]["options"], name
