"""A PostgreSQL that a test may stop, fill up or make read-only, without anybody who starts it again."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from kabar.local.binaries import run, runnable_binaries
from kabar.local.ports import free_port
from kabar.local.postgres import data_folder, embedded_postgres

#: Throw-away as to the machine, but not as to the server: a commit that was answered survives its death.
_OPTIONS = ("fsync=off", "max_connections=200")


@dataclass(frozen=True)
class Server:
    """One server that the test rules."""

    url: str
    folder: Path
    port: int

    @property
    def _user(self) -> str | None:
        return "nobody" if os.geteuid() == 0 else None

    def at(self, name: str) -> str:
        """Address of one of its databases."""
        return f"{self.url.rsplit('/', 1)[0]}/{name}"

    def start(self) -> None:
        """Start it and wait until it answers; whoever stopped it at once sees it recover first."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories=''"
        options += "".join(f" -c {option}" for option in _OPTIONS)
        self._control("start", "-w", "-o", options, "-l", str(data_folder(self.folder) / "log"))

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; *immediate* is what a crash looks like from outside."""
        self._control("stop", "-m", mode)

    def say(self, statement: str) -> None:
        """One statement of a superuser, outside any transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for one in statement.split(";"):
                connection.execute(one)  # type: ignore[call-overload]

    def _control(self, order: str, *arguments: str) -> None:
        program = runnable_binaries(self._user) / "pg_ctl"
        data = data_folder(self.folder) / "data"
        command = [str(program), order, "-D", str(data), "-s", *arguments]
        run(command, user=self._user, directory=data, problem=f"PostgreSQL did not {order}")


@contextmanager
def server_of_ones_own() -> Iterator[Server]:
    """A running, empty server; it leaves nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="kabar-postgres-"))
    port = free_port()
    try:
        with embedded_postgres(folder, port=port, options=_OPTIONS) as url:
            pass
        server = Server(url, folder, port)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(data_folder(folder), ignore_errors=True)
        shutil.rmtree(folder)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk of its own for PostgreSQL's files; needs the right to mount.

    Raises:
        PermissionError: Only root may mount.
    """
    if os.geteuid() != 0:
        raise PermissionError("Only root may mount a disk of a few megabytes.")
    place = Path(tempfile.mkdtemp(prefix="kabar-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, check=False)
    try:
        if done.returncode:
            raise PermissionError(f"A disk of a few megabytes cannot be mounted: {done.stderr.decode()}")
        account = pwd.getpwnam("nobody")
        os.chown(place, account.pw_uid, account.pw_gid)
        yield place
    finally:
        if place.is_mount():
            subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()
