"""`make demo`: a whole Kabar Tahapan on one machine, with a rehearsal of a real stage.

Starts the embedded PostgreSQL (or takes `KABAR_DATABASE_URL`), the sandbox platform server and Airflow, plays
the stage for every satker it binds, and prints what happened and where to look. A second start goes on with
what the first one left.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kabar.errors import KabarError
from kabar.local.airflow_api import LOGIN_FILE, AirflowAPI, Login
from kabar.local.components import airflow_components, migrate, running_components, sandbox_component
from kabar.local.environment import User, airflow_environment, sqlalchemy_url, write_private
from kabar.local.ports import HOST, require_free_port
from kabar.local.postgres import PORT_VARIABLE, embedded_postgres
from kabar.local.progress import Progress
from kabar.local.rehearsal import Rehearsal
from kabar.local.sandbox_offices import office_connections, register_offices
from kabar.local.sandbox_pages import register_pages
from kabar.local.scene import Scene
from kabar.local.verdict import Verdict, judge
from kabar.settings import Settings, positive_number

PORTS = {"KABAR_PORT_AIRFLOW": 8080, "KABAR_PORT_SANDBOX": 8090, PORT_VARIABLE: 5439}
HEALTHY_SECONDS = 180.0
#: Written beside the logs, so that `kabar stop` finds the running database.
DATABASE_URL_FILE = "database-url"
#: Airflow's roles of the demo logins; what they may decide in Meja Humas stands in `include/officers.csv`.
ROLES = {"admin": "admin", "humas_ri": "op", "humas_32": "op", "humas_3204": "op", "penyusun_ri": "op"}


def main() -> int:
    """Run the demo; 0 only if everything was as it should be."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        # Explicitly: a shell that starts us in the background has told us to ignore SIGINT.
        signal.signal(sign, signal.default_int_handler)
    progress = Progress()
    try:
        return _demo(Settings.from_environment(), progress)
    except KabarError as error:
        progress.say(f"Stopped: {error}")
    except KeyboardInterrupt:
        progress.say("Stopped by you; everything is kept, `make demo` goes on with it.")
        return 0
    return 1


def _demo(settings: Settings, progress: Progress) -> int:
    ports = {name: round(positive_number(name, default)) for name, default in PORTS.items()}
    require_free_port(ports["KABAR_PORT_AIRFLOW"], purpose="Airflow", variable="KABAR_PORT_AIRFLOW")
    require_free_port(ports["KABAR_PORT_SANDBOX"], purpose="the sandbox", variable="KABAR_PORT_SANDBOX")
    state = settings.state
    state.mkdir(parents=True, exist_ok=True)
    token = _sandbox_token(state / "sandbox-token")
    users = _users(state / "users.json")
    sandbox_address = f"http://{HOST}:{ports['KABAR_PORT_SANDBOX']}"
    with _database(settings, port=ports[PORT_VARIABLE], progress=progress) as database_url:
        environment = airflow_environment(
            state,
            database_url=database_url,
            api_port=ports["KABAR_PORT_AIRFLOW"],
            users=users,
            connections=_connections(settings, database_url, token, sandbox_port=ports["KABAR_PORT_SANDBOX"]),
            extra={
                **_kabar_variables(settings),
                "KABAR_DATABASE_URL": database_url,
                # The sandbox stands in for the office's web server as well (`kabar.sandbox.pictures`).
                "KABAR_PICTURES_URL": f"{sandbox_address}/gambar",
            },
        )
        login = Login(environment["AIRFLOW__API__BASE_URL"], "admin", users["admin"].password)
        write_private(state / LOGIN_FILE, json.dumps(_as_json(login)))
        write_private(state / DATABASE_URL_FILE, database_url)
        with progress.step("Airflow's and our own tables"):
            migrate(state, environment)
        if not (state / "accounts.csv").exists():
            shutil.copy(settings.include / "accounts.csv", state / "accounts.csv")
        components = (
            sandbox_component(
                host=HOST,
                port=ports["KABAR_PORT_SANDBOX"],
                state=state / "sandbox.sqlite",
                satker=settings.include / "satker.csv",
                token_file=state / "sandbox-token",
                environment=environment,
            ),
            *airflow_components(environment),
        )
        with running_components(state, components) as running:
            with progress.step("Sandbox and Airflow up and healthy"):
                running.wait_until_healthy(HEALTHY_SECONDS)
                register_pages(sandbox_address, token, settings, state / "accounts.csv")
                register_offices(settings, state / "accounts.csv")
            with AirflowAPI(login) as admin:
                officer = Login(login.address, "humas_ri", users["humas_ri"].password)
                scene = Scene.from_environment(sandbox_address=sandbox_address, database_url=database_url)
                with AirflowAPI(officer) as humas:
                    verdict = judge(Rehearsal(scene, admin=admin, humas=humas, progress=progress).play())
            _conclude(progress, verdict, users=users, login=login, sandbox_address=sandbox_address)
            if os.environ.get("KEEP", "1") != "0":
                progress.say("Everything stays up. Ctrl-C stops it all.")
                threading.Event().wait()
    return 0 if verdict.is_good else 1


@contextmanager
def _database(settings: Settings, *, port: int, progress: Progress) -> Iterator[str]:
    if settings.database_url is not None:
        yield settings.database_url
        return
    with progress.step("PostgreSQL"):
        server = embedded_postgres(settings.state, port=port)
        url = server.__enter__()
    try:
        yield url
    finally:
        server.__exit__(None, None, None)


def _connections(
    settings: Settings, database_url: str, token: str, *, sandbox_port: int
) -> Mapping[str, Mapping[str, object]]:
    """The warehouse, and the sandbox in the place of the platforms: for rehearsals only."""
    graph = {"conn_type": "http", "host": HOST, "schema": "http", "port": sandbox_port, "password": token}
    return {
        "graph_rehearsal": graph,
        "kabar_warehouse": _postgres_fields(database_url),
        **office_connections(settings, host=HOST, port=sandbox_port, graph_token=token),
    }


def _postgres_fields(database_url: str) -> Mapping[str, object]:
    parts = urlsplit(sqlalchemy_url(database_url))
    return {
        "conn_type": "postgres",
        "host": parts.hostname,
        "port": parts.port,
        "login": parts.username,
        "password": unquote(parts.password or ""),
        "schema": parts.path.lstrip("/"),
    }


def _kabar_variables(settings: Settings) -> dict[str, str]:
    """What the components see of our own settings; a demo keeps its accounts beside its logs."""
    return {
        "KABAR_INCLUDE": str(settings.include),
        "KABAR_ACCOUNTS": str(settings.state / "accounts.csv"),
        "KABAR_OFFICERS": str(settings.officers_file),
        "KABAR_STATE": str(settings.state),
        "KABAR_PICTURES": str(settings.pictures),
        # The sandbox minds no crowd, and a visitor should not wait.
        "KABAR_SPREAD_SECONDS": os.environ.get("KABAR_SPREAD_SECONDS", "0"),
        "KABAR_PAGE_GAP_SECONDS": os.environ.get("KABAR_PAGE_GAP_SECONDS", "0"),
    }


def _sandbox_token(file: Path) -> str:
    if not file.exists():
        write_private(file, secrets.token_urlsafe(24))
    return file.read_text(encoding="utf-8").strip()


def _users(file: Path) -> dict[str, User]:
    """The demo's logins; passwords are made at the first start and kept."""
    if not file.exists():
        write_private(file, json.dumps({name: secrets.token_urlsafe(9) for name in ROLES}))
    passwords = json.loads(file.read_text(encoding="utf-8"))
    return {name: User(role, passwords[name]) for name, role in ROLES.items()}


def _as_json(login: Login) -> dict[str, str]:
    return {"address": login.address, "user": login.user, "password": login.password}


def _conclude(
    progress: Progress, verdict: Verdict, *, users: Mapping[str, User], login: Login, sandbox_address: str
) -> None:
    progress.say("")
    for line in verdict.table():
        progress.say(line)
    progress.say("")
    progress.say(f"Airflow      {login.address}/  (login admin / {users['admin'].password})")
    for name in ("humas_ri", "humas_32", "penyusun_ri"):
        progress.say(
            f"Meja Humas   {login.address}/plugin/meja-humas  (login {name} / {users[name].password})"
        )
    progress.say(f"Citizens see {sandbox_address}/")
    progress.say("")
    progress.say("All was as it should be." if verdict.is_good else "NOT as it should be; see above.")


if __name__ == "__main__":
    sys.exit(main())
