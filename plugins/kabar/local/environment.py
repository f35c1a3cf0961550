"""The environment in which Airflow's components run on one machine."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kabar.errors import InputError
from kabar.local.ports import HOST, free_port
from kabar.settings import REPOSITORY

#: How we run Airflow everywhere: `compose.yaml` sets the same, and a test compares.
HOUSE_OPTIONS: Mapping[str, str] = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    # A DAG file in this repository is a decision to run it; nobody should have to press a switch as well.
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__PARALLELISM": "8",
    # Idle, the scheduler looks for work five times a second instead of once: from a decision to the running
    # publish task it takes 2.7 s at the median instead of 4.3 s, for a tenth of one core.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    # A task whose process was lost is noticed within about a minute (Airflow's own choice is five).
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    # Tasks queued by a scheduler that was killed go back to a living one within a minute.
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "120",
    # An amended calendar becomes visible within half a minute; parsing costs under two seconds.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
    "AIRFLOW__API__INSTANCE_NAME": "Kabar Tahapan",
}


class User(NamedTuple):
    """A login of Airflow's SimpleAuthManager."""

    #: One of viewer, user, op, admin.
    role: str
    password: str


def airflow_environment(
    folder: Path,
    *,
    database_url: str,
    api_port: int,
    users: Mapping[str, User],
    connections: Mapping[str, Mapping[str, object]],
    extra: Mapping[str, str],
) -> dict[str, str]:
    """Return the complete environment of Airflow's components whose files stand under `folder`.

    `connections` maps an Airflow connection id to its fields (`conn_type`, `host`, `port`, `password`, …),
    `extra` holds what else the components should see. Passwords and keys are written to files that only their
    owner reads; keys are made once and kept. Raises InputError when the file of keys is damaged.
    """
    home = folder / "airflow"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = _keys(home / "keys.json")
    passwords = home / "passwords.json"
    write_private(passwords, json.dumps({name: user.password for name, user in users.items()}))
    address = f"http://{HOST}:{api_port}"
    return {
        **_inherited(),
        **HOUSE_OPTIONS,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        # The log servers are asked under this name; the machine's own name need not resolve.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "kabar.local.ports.this_host",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{u.role}" for name, u in users.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sqlalchemy_url(database_url),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(api_port),
        "AIRFLOW__API__BASE_URL": address,
        **keys,
        **{f"AIRFLOW_CONN_{name.upper()}": json.dumps(fields) for name, fields in connections.items()},
        **extra,
    }


def sqlalchemy_url(database_url: str) -> str:
    """Return the same database for Airflow's metadata, which needs the driver in the URL."""
    _scheme, separator, rest = database_url.partition("://")
    return f"postgresql+psycopg2{separator}{rest}"


def write_private(file: Path, text: str) -> None:
    """Write `text` in one step to a file that nobody but its owner may read."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    partial.replace(file)


def _inherited() -> dict[str, str]:
    """The caller's environment without what would steer another Airflow, and without Python's brakes."""
    ours = {
        name: value
        for name, value in os.environ.items()
        # Bytecode halves the start of every component, so a machine-wide ban on writing it is lifted here.
        if not name.startswith("AIRFLOW")
        and name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME"}
    }
    tools = str(Path(sys.executable).parent)
    return {
        **ours,
        "PATH": os.pathsep.join([tools, ours.get("PATH", os.defpath)]),
        "PYTHONPATH": str(REPOSITORY / "plugins"),
        # Everything that the components ask stands on this machine; a proxy would swallow it.
        "NO_PROXY": f"{HOST},localhost",
        "no_proxy": f"{HOST},localhost",
    }


def _keys(file: Path) -> dict[str, str]:
    """Read the keys of this installation or make them; without the old ones stored secrets are unreadable."""
    names = ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET")
    if not file.exists():
        # All three may be what Fernet demands: 32 bytes in URL-safe base64.
        made = {name: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for name in names}
        write_private(file, json.dumps(made))
    remedy = "Delete the file to have new keys made; logins and stored connections end with the old ones."
    try:
        keys = json.loads(file.read_text())
    except json.JSONDecodeError as error:
        raise InputError(
            "This is not JSON.", file=file, line=error.lineno, key="keys", remedy=remedy
        ) from error
    for name in names:
        if not isinstance(keys, dict) or not isinstance(keys.get(name), str):
            raise InputError("The key is missing.", file=file, line=None, key=name, remedy=remedy)
    return {name: keys[name] for name in names}
