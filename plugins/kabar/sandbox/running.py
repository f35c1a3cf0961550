"""A sandbox in a process of its own for the length of a `with`, for tests, benchmarks and rehearsals."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

from kabar.sandbox.seeding import page_id
from kabar.settings import REPOSITORY

START_SECONDS = 30
STOP_SECONDS = 5


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """Where it listens, and the credentials of its seeded app."""

    url: str
    app_id: str
    app_secret: str = field(repr=False)
    user_token: str = field(repr=False)
    process: subprocess.Popen[str] = field(repr=False)

    def page_id(self, kode: str) -> str:
        """The Page id of a satker."""
        return page_id(kode)

    def control(
        self, path: str, body: Mapping[str, object] | None = None, *, method: str | None = None
    ) -> dict[str, object]:
        """Ask `/_sandbox/{path}`: GET without a body, POST with one, or the method given; the JSON answer."""
        data = None if body is None else json.dumps(body).encode()
        verb = method or ("GET" if body is None else "POST")
        request = Request(f"{self.url}/_sandbox/{path}", data=data, method=verb)  # noqa: S310 - Our own server.
        with urlopen(request, timeout=START_SECONDS) as answer:  # noqa: S310 - As above.
            found: dict[str, object] = json.load(answer)
        return found

    def plant(self, kind: str, **members: object) -> None:
        """Plant a fault; its members are those of `kabar.sandbox.faults.Fault`."""
        self.control("faults", {"kind": kind, **members})

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_sandbox(
    state_path: Path | str = ":memory:",
    satker_csv: Path | None = None,
    *,
    port: int = 0,
    pictures: Path | None = None,
    **dials: object,
) -> Iterator[RunningSandbox]:
    """Start a sandbox, yield it when it answers, stop it at the end.

    `satker_csv` and `pictures` None take those of this installation. `dials` are members of
    `GraphSettings`, such as `latency_ms=400` or `refuse_duplicates=False`. Raises RuntimeError with the
    process's own words when it does not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        credentials = Path(folder) / "credentials.json"
        command = [sys.executable, "-m", "kabar.sandbox", "--port", str(port), "--state", str(state_path)]
        command += ["--credentials-file", str(credentials)]
        if satker_csv is not None:
            command += ["--satker", str(satker_csv)]
        if pictures is not None:
            command += ["--pictures", str(pictures)]
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "plugins")}
        # stderr goes where ours goes, so that a traceback of the sandbox is seen and its pipe never fills.
        process = subprocess.Popen(  # noqa: S603 - Our own module, no shell.
            command, stdout=subprocess.PIPE, text=True, env=environment
        )
        try:
            _await_ready(process)
            sandbox = RunningSandbox(**json.loads(credentials.read_text(encoding="utf-8")), process=process)
            if dials:
                sandbox.control("settings", dials)
            yield sandbox
        finally:
            _stop(process)


def _await_ready(process: subprocess.Popen[str]) -> None:
    if process.stdout is None:
        raise RuntimeError("The sandbox was started without its output.")
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    if not readable or not process.stdout.readline():
        raise RuntimeError("The sandbox did not start; its reason stands on standard error.")


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
