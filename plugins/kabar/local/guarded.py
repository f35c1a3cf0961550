"""The handle on one guarded command: start it, ask how it is, take it down; claim the state folder first."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kabar.errors import RefusedError
from kabar.local import processes
from kabar.local.guard import Status
from kabar.settings import REPOSITORY

#: What a guard needs beyond its patience with the command; after that it is killed with all that it guards.
_GUARD_SECONDS = 10.0
_TAIL_LINES = 15


@contextmanager
def claimed(folder: Path, what: str) -> Iterator[None]:
    """Hold `folder` for one starter of `what`; whatever still runs under this claim afterwards is an orphan.

    Raises RefusedError when another living process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / f"{what}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise RefusedError(
                f"Kabar Tahapan ({what}) already runs from {folder}, started by process {holder}. "
                f"Stop that one with Ctrl-C or `kill {holder}`, or use another folder with KABAR_STATE=…"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@dataclass(slots=True)
class Guarded:
    """One command that is kept running; its files under `folder`: `run/<name>.json`, `logs/<name>.log`."""

    name: str
    folder: Path
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    #: Where the command runs; a folder of its own if not given.
    directory: Path | None = None
    user: str | None = None
    #: How long the command may take to end after SIGINT, and once more after SIGTERM, before it is killed.
    patience_seconds: float = 15.0
    _guard: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """The file with all that the command and its guard say."""
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def status(self) -> Status:
        """What the guard last reported."""
        return Status.read(self._status_file)

    @property
    def _status_file(self) -> Path:
        return self.folder / "run" / f"{self.name}.json"

    @property
    def _place(self) -> Path:
        return self.directory or self.folder / "run" / self.name

    def start(self) -> None:
        """Start the guard, which starts the command.

        Both end with the thread that calls this, so call it from one that lives long enough.
        """
        self.end_orphans()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._status_file.parent.mkdir(parents=True, exist_ok=True)
        self._place.mkdir(parents=True, exist_ok=True)
        self._status_file.unlink(missing_ok=True)
        arguments = ["--name", self.name, "--parent", str(os.getpid())]
        arguments += ["--status", str(self._status_file), "--directory", str(self._place)]
        arguments += ["--patience", str(self.patience_seconds)]
        if self.user is not None:
            arguments += ["--user", self.user]
        with self.log.open("ab") as log:
            self._guard = subprocess.Popen(  # noqa: S603 -- our own guard with arguments written above.
                [sys.executable, "-m", "kabar.local.guard", *arguments, "--", *self.command],
                cwd=self._place,
                env={**self.environment, "PYTHONPATH": str(REPOSITORY / "plugins")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is for the program that started us; it decides the order of the end.
                start_new_session=True,
            )

    def ask_to_stop(self) -> None:
        """Tell the guard to take the command down, without waiting for it."""
        if self._guard is not None and self._guard.poll() is None:
            self._guard.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Take the command down and wait until all that it started has ended."""
        if self._guard is None:
            return
        self.ask_to_stop()
        try:
            self._guard.wait(2 * self.patience_seconds + _GUARD_SECONDS)
        except subprocess.TimeoutExpired:
            family = (*processes.descendants_of(self._guard.pid), self._guard.pid)
            processes.send(family, signal.SIGKILL)
            self._guard.wait()
        self._guard = None

    def end_orphans(self) -> None:
        """End what an earlier starter left running here; call it only while holding the folder's claim."""
        sessions = {self.status.session, self.status.guard} - {None}
        left = [
            process.pid
            for process in processes.processes()
            if process.session in sessions and process.directory == self._place and process.state != "Z"
        ]
        processes.end(left, polite_seconds=self.patience_seconds)

    def tail(self) -> str:
        """Return the last lines of the log, for an error message."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
