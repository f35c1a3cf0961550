"""The processes of one machine: the sandbox platform server and Airflow's four components.

Each runs under its own guard (`kabar.local.guard`), which restarts it: a scheduler ends by itself when
PostgreSQL is away for some seconds, and Airflow's `standalone` would leave it at that. PostgreSQL itself is
started before and stopped after all of them, see `kabar.local.postgres`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kabar.errors import KabarError, UnreachableError
from kabar.local.guard import Status
from kabar.local.guarded import Guarded, claimed
from kabar.settings import REPOSITORY

#: What brings Airflow's tables and then our own up to date; `compose.yaml` runs the same.
MIGRATIONS = (("airflow", "db", "migrate"), ("python", "-m", "kabar.cli", "db", "migrate"))
#: Airflow's components in the order of their start; `compose.yaml` runs the same.
AIRFLOW_COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
#: Their names in the answer of `/api/v2/monitor/health`.
_HEALTH_NAMES = ("metadatabase", "scheduler", "dag_processor", "triggerer")
#: A component that falls this often before it is healthy has a reason that waiting does not cure.
_FALLS_BEFORE_GIVING_UP = 3
_ANSWER_SECONDS = 5.0
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Component:
    """One process to be kept running, and how to tell that it works."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    #: Returns None when it works and otherwise what is missing; raises nothing but UnreachableError.
    ask: Callable[[], str | None] | None = None
    #: How long it may take to end after SIGINT, and once more after SIGTERM, before it is killed.
    patience_seconds: float = 15.0


@dataclass(frozen=True, slots=True)
class RunningComponents:
    """The components of one folder, all under guard."""

    components: tuple[Component, ...]
    guarded: Mapping[str, Guarded]

    def status(self, name: str) -> Status:
        """Return process, number of starts and last exit status of one component."""
        return self.guarded[name].status

    def log(self, name: str) -> Path:
        """Return the log file of one component."""
        return self.guarded[name].log

    def complaints(self) -> tuple[str, ...]:
        """Return one sentence for each component that does not work at the moment."""
        return tuple(sentence for component in self.components if (sentence := _complaint(component)))

    def wait_until_healthy(self, seconds: float) -> None:
        """Wait until every component works.

        Raises KabarError with the end of the log when one falls again and again or is not there in time.
        """
        deadline = time.monotonic() + seconds
        starts = {name: guarded.status.starts for name, guarded in self.guarded.items()}
        while complaints := self.complaints():
            for name, guarded in self.guarded.items():
                if guarded.status.starts - starts[name] > _FALLS_BEFORE_GIVING_UP:
                    raise KabarError(f"{name} does not stay up. The end of {guarded.log}:\n{guarded.tail()}")
            if time.monotonic() > deadline:
                raise KabarError(f"Not everything came up within {seconds:g} s: {' '.join(complaints)}")
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def running_components(folder: Path, components: Sequence[Component]) -> Iterator[RunningComponents]:
    """Keep `components` running while the block runs; they start in order and end in the opposite one.

    Airflow's components are asked to stop together, because each takes seconds. Nothing outlives the block,
    the calling thread or, when this process is killed, more than a few seconds. Raises RefusedError when
    another process runs components from the same folder.
    """
    with claimed(folder, "components"), ExitStack() as stops:
        guarded = {
            component.name: Guarded(
                name=component.name,
                folder=folder,
                command=component.command,
                environment=component.environment,
                patience_seconds=component.patience_seconds,
            )
            for component in components
        }
        for one in guarded.values():
            one.end_orphans()
        for one in guarded.values():
            stops.callback(one.stop)
            one.start()
        try:
            yield RunningComponents(tuple(components), guarded)
        finally:
            for name in AIRFLOW_COMPONENTS:
                if name in guarded:
                    guarded[name].ask_to_stop()


def airflow_components(environment: Mapping[str, str]) -> tuple[Component, ...]:
    """Return Airflow's components for an environment made by `airflow_environment`."""
    address = environment["AIRFLOW__API__BASE_URL"]
    return tuple(
        Component(
            name=name,
            command=(_tool("airflow"), name),
            environment=environment,
            # One question tells about all four; the api-server is the one that answers it.
            ask=(lambda: ask_airflow(address)) if name == "api-server" else None,
        )
        for name in AIRFLOW_COMPONENTS
    )


def sandbox_component(
    *, host: str, port: int, state: Path, satker: Path, token_file: Path, environment: Mapping[str, str]
) -> Component:
    """Return the sandbox platform server, which writes its token to `token_file` if that does not exist."""
    return Component(
        name="sandbox",
        command=(
            *(sys.executable, "-m", "kabar.sandbox", "--host", host, "--port", str(port)),
            *("--state", str(state), "--satker", str(satker), "--token-file", str(token_file)),
            # The platform's own guard against doubles would hide ours from the count.
            "--accept-doubles",
        ),
        environment=environment,
        ask=lambda: ask_sandbox(f"http://{host}:{port}"),
    )


def ask_airflow(address: str) -> str | None:
    """Return None when Airflow's four components are healthy, otherwise which are not."""
    health = json.loads(_get(f"{address}/api/v2/monitor/health"))
    ill = [name for name in _HEALTH_NAMES if (health.get(name) or {}).get("status") != "healthy"]
    return f"Airflow reports as not healthy: {', '.join(ill)}." if ill else None


def ask_sandbox(address: str) -> str | None:
    """Return None when the sandbox answers; raises UnreachableError as long as it does not."""
    _get(f"{address}/_sandbox/health")
    return None


def migrate(folder: Path, environment: Mapping[str, str]) -> None:
    """Bring Airflow's tables and our own up to date; twice does no harm.

    Raises KabarError with what the command said.
    """
    log = folder / "logs" / "migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    for tool, *arguments in MIGRATIONS:
        answer = subprocess.run(  # noqa: S603 -- the two commands named at the top.
            [_tool(tool), *arguments],
            cwd=REPOSITORY,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        with log.open("a") as book:
            book.write(answer.stdout)
        if answer.returncode != 0:
            end = "\n".join(answer.stdout.splitlines()[-15:])
            raise KabarError(f"`{tool} {' '.join(arguments)}` failed. The end of {log}:\n{end}")


def _complaint(component: Component) -> str | None:
    try:
        return component.ask() if component.ask is not None else None
    except UnreachableError as error:
        return f"{component.name} does not answer yet ({error})."


def _get(url: str) -> bytes:
    # Straight to this machine: a proxy of the environment would only be in the way.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_ANSWER_SECONDS) as answer:
            body: bytes = answer.read()
            return body
    except (urllib.error.URLError, OSError) as error:
        raise UnreachableError(f"{url}: {error}") from error


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)
