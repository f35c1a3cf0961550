"""Airflow's REST API and Meja Humas' HTTP interface, as a person's browser or a command would use them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from kabar.errors import RefusedError, UnreachableError
from kabar.settings import Settings

ANSWER_SECONDS = 60.0
#: Written by `make demo` beside its logs, so that `kabar rehearse` finds the running Airflow.
LOGIN_FILE = "login.json"


@dataclass(frozen=True, slots=True)
class Login:
    """Where Airflow is and who asks."""

    address: str
    user: str
    password: str = field(repr=False)

    @classmethod
    def from_environment(cls, settings: Settings) -> Login:
        """Read `KABAR_AIRFLOW_URL`, `_USER` and `_PASSWORD`, or what a running demo has written.

        Raises:
            RefusedError: Neither is there.
        """
        names = ("KABAR_AIRFLOW_URL", "KABAR_AIRFLOW_USER", "KABAR_AIRFLOW_PASSWORD")
        if all(name in os.environ for name in names):
            return cls(*(os.environ[name] for name in names))
        file = settings.state / LOGIN_FILE
        if not file.exists():
            raise RefusedError(f"No Airflow is known: start `make demo`, or set {', '.join(names)}.")
        return cls(**json.loads(file.read_text(encoding="utf-8")))


class AirflowAPI:
    """One logged-in user of Airflow and of the pages inside it."""

    def __init__(self, login: Login) -> None:
        self.address = login.address.rstrip("/")
        # Straight to the address: a proxy of the environment knows nothing of this machine.
        self._client = httpx.Client(base_url=self.address, timeout=ANSWER_SECONDS, trust_env=False)
        answer = self.ask("POST", "/auth/token", json={"username": login.user, "password": login.password})
        self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def ask(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 -- JSON.
        """One request; gives the JSON of a successful answer.

        Raises:
            UnreachableError: Nobody answers at the address.
            RefusedError: Airflow or Meja Humas said no, in their own words.
        """
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise UnreachableError(f"{self.address} does not answer: {error}.") from error
        if answer.is_error:
            raise RefusedError(f"{method} {path} was answered with {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    def trigger(
        self,
        dag_id: str,
        *,
        conf: Mapping[str, Any] | None = None,
        partition_key: str | None = None,
        run_id: str | None = None,
    ) -> str:
        """Start a run by hand and give its id."""
        body: dict[str, Any] = {"logical_date": None, "conf": dict(conf or {})}
        optional = {"partition_key": partition_key, "dag_run_id": run_id}
        body |= {name: value for name, value in optional.items() if value is not None}
        answer = self.ask("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body)
        return str(answer["dag_run_id"])

    def has_run(self, dag_id: str, run_id: str) -> bool:
        """Whether a run of this id exists."""
        answer = self.ask("GET", f"/api/v2/dags/{dag_id}/dagRuns", params={"run_id_pattern": run_id})
        return any(run["dag_run_id"] == run_id for run in answer["dag_runs"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """The state of a run: queued, running, success or failed."""
        return str(self.ask("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The tasks of a run with state, start and end."""
        answer = self.ask("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100")
        found: list[dict[str, Any]] = answer["task_instances"]
        return found

    def dag_count(self, pattern: str) -> int:
        """How many DAGs Airflow has read whose id is like `pattern`."""
        answer = self.ask("GET", "/api/v2/dags", params={"dag_id_pattern": pattern, "limit": 1})
        return int(answer["total_entries"])

    def import_errors(self) -> list[str]:
        """What Airflow could not read, each with its file."""
        answer = self.ask("GET", "/api/v2/importErrors?limit=100")
        return [f"{one['filename']}: {one['stack_trace']}" for one in answer["import_errors"]]

    def has_dag(self, dag_id: str) -> bool:
        """Whether Airflow has read the DAG already."""
        return bool(self.dag_count(dag_id))
