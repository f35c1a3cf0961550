"""Keeps one command running: `python -m kabar.local.guard --name … --status … --directory … -- command`.

The guard starts the command, starts it again (with growing pauses) when it ends, and takes it down with
everything that it started when the guard is told to stop or when the guard's own parent dies. What a killed
command leaves behind is adopted: a leftover that is still at work (it has a child) may finish, an idle one is
ended. So Airflow's LocalExecutor workers neither survive for ever nor lose a task because a scheduler fell.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import signal
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from kabar.local import processes

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0
#: A command that lived this long had stood up; its next fall is a new one and waits the first pause again.
_SETTLED_SECONDS = 30.0
_TICK_SECONDS = 1.0
_LEFTOVER_SECONDS = 1.0
_SIGNALS = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


@dataclass(frozen=True, slots=True)
class Status:
    """What a guard reports in its status file."""

    #: The command's process; None while it is down.
    pid: int | None
    #: How often the command was started by this guard.
    starts: int
    #: Exit status of the last fall, negative for a signal; None before the first.
    last_exit: int | None
    #: The session in which the command and all that it started live; it outlasts the command.
    session: int | None
    #: The guard's own process, which leads a session as well.
    guard: int | None

    @classmethod
    def read(cls, file: Path) -> Status:
        """Read what the guard wrote last; a guard that has not written yet has started nothing."""
        try:
            return cls(**json.loads(file.read_text()))
        except FileNotFoundError:
            return cls(pid=None, starts=0, last_exit=None, session=None, guard=None)

    def write(self, file: Path) -> None:
        """Replace the file in one step, so that a reader never sees half of it."""
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)))
        partial.replace(file)


@dataclass(slots=True)
class Guard:
    """One command under guard."""

    name: str
    status_file: Path
    directory: Path
    user: str | None
    #: How long the command may take to end after SIGINT, and once more after SIGTERM.
    patience_seconds: float
    command: list[str]
    starts: int = 0
    last_exit: int | None = None
    session: int | None = None

    def run(self) -> int:
        """Keep the command running until a signal asks us to stop; returns the guard's exit status."""
        pause_seconds = _FIRST_PAUSE_SECONDS
        while True:
            begun = time.monotonic()
            pid = self._start()
            self._report(pid)
            exit_status = self._watch(pid)
            if exit_status is None:
                self._stop(pid)
                return 0
            self.last_exit = exit_status
            self._report(None)
            if time.monotonic() - begun >= _SETTLED_SECONDS:
                pause_seconds = _FIRST_PAUSE_SECONDS
            self._say(f"ended with status {exit_status}; starting it again in {pause_seconds:g} s")
            if self._pause(pause_seconds):
                self._stop(None)
                return 0
            pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)

    def _start(self) -> int:
        self.starts += 1
        guard = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        try:
            self._become_command(guard)
        except OSError as error:
            sys.stderr.write(f"guard of {self.name}: {self.command[0]} cannot be started: {error}\n")
            sys.stderr.flush()
        os._exit(127)

    def _become_command(self, guard: int) -> None:
        os.setsid()
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
        os.chdir(self.directory)
        # After the change of user, because that change makes the kernel forget the order.
        processes.die_with_parent(signal.SIGKILL, parent=guard)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.execvp(self.command[0], self.command)  # noqa: S606 -- the whole purpose; there is no shell to start.

    def _watch(self, pid: int) -> int | None:
        """Wait until the command ends (its exit status) or a signal asks us to stop (None)."""
        tried: set[int] = set()
        while True:
            received = signal.sigtimedwait(_SIGNALS, _TICK_SECONDS)
            if received is not None and received.si_signo != signal.SIGCHLD:
                return None
            exit_status = _reap(pid)
            if exit_status is not None:
                return exit_status
            tried |= _end_idle_leftovers(pid, tried)

    def _pause(self, seconds: float) -> bool:
        """Wait; True when a signal asked us to stop meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            received = signal.sigtimedwait(_SIGNALS, left)
            if received is not None and received.si_signo != signal.SIGCHLD:
                return True
            _reap(None)
        return False

    def _stop(self, pid: int | None) -> None:
        if pid is not None:
            processes.send([pid], signal.SIGINT)
            if not _gone(pid, self.patience_seconds):
                processes.send([pid], signal.SIGTERM)
                _gone(pid, self.patience_seconds)
        processes.end(processes.descendants_of(os.getpid()), polite_seconds=_LEFTOVER_SECONDS)
        # What was born while we counted is found in the next round; nobody waits for one stuck in its disk.
        deadline = time.monotonic() + _LEFTOVER_SECONDS
        while (left := processes.descendants_of(os.getpid())) and time.monotonic() < deadline:
            processes.send(left, signal.SIGKILL)
            _reap(None)
            time.sleep(0.01)
        self._report(None)

    def _report(self, pid: int | None) -> None:
        self.session = pid or self.session
        Status(
            pid=pid, starts=self.starts, last_exit=self.last_exit, session=self.session, guard=os.getpid()
        ).write(self.status_file)

    def _say(self, sentence: str) -> None:
        sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} guard of {self.name}: {sentence}\n")
        sys.stdout.flush()


def _reap(pid: int | None) -> int | None:
    """Bury every ended child; the exit status when `pid` is among them."""
    found = None
    while True:
        try:
            ended, wait_status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if ended == 0:
            return found
        if ended == pid:
            found = os.waitstatus_to_exitcode(wait_status)


def _gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if _reap(pid) is not None or not processes.is_running(pid):
            return True
        time.sleep(0.02)
    return False


def _end_idle_leftovers(pid: int, tried: set[int]) -> set[int]:
    """Ask adopted processes without a child to end; kill those asked before. Returns who was asked."""
    idle = {
        adopted
        for adopted in processes.children_of(os.getpid())
        if adopted != pid and not processes.children_of(adopted)
    }
    processes.send(idle & tried, signal.SIGKILL)
    processes.send(idle - tried, signal.SIGTERM)
    return idle


def main() -> int:
    """Run one guard; the arguments are written by `kabar.local`, not by people."""
    parser = argparse.ArgumentParser(prog="python -m kabar.local.guard", description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument(
        "--status", required=True, type=Path, help="file that tells process and number of starts"
    )
    parser.add_argument("--directory", required=True, type=Path, help="folder in which the command runs")
    parser.add_argument("--user", help="run the command as this user")
    parser.add_argument(
        "--patience", required=True, type=float, help="seconds to end after each polite signal"
    )
    parser.add_argument("--parent", required=True, type=int, help="process whose end also ends the guard")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    processes.adopt_orphans()
    processes.die_with_parent(signal.SIGTERM, parent=arguments.parent)
    return Guard(
        name=arguments.name,
        status_file=arguments.status,
        directory=arguments.directory,
        user=arguments.user,
        patience_seconds=arguments.patience,
        command=arguments.command,
    ).run()


if __name__ == "__main__":
    sys.exit(main())
