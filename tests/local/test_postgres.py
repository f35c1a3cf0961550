"""The embedded PostgreSQL: starts, starts again, survives kill -9, and says what is wrong."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from kabar.errors import RefusedError
from kabar.local.guard import Status
from kabar.local.ports import free_port
from kabar.local.postgres import data_folder, embedded_postgres, temporary_postgres
from kabar.local.processes import is_running

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    shutil.rmtree(data_folder(tmp_path / "state"), ignore_errors=True)


def postmaster(folder: Path) -> int:
    pid = Status.read(folder / "run" / "postgres.json").pid
    assert pid is not None
    return pid


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_a_second_start_finds_what_the_first_one_left(folder: Path) -> None:
    with embedded_postgres(folder, port=free_port()) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'Kabupaten Paniai' AS name")
    with embedded_postgres(folder, port=free_port()) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT name FROM kept").fetchone() == ("Kabupaten Paniai",)


def test_nobody_enters_without_the_password_and_only_its_owner_reads_the_password(folder: Path) -> None:
    with embedded_postgres(folder, port=free_port()) as url:
        password_file = folder / "postgres.password"
        password = password_file.read_text()
        assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(f":{password}@", ":wrong@"))


def test_a_server_killed_with_9_comes_back_with_all_that_was_committed(
    folder: Path, eventually: Eventually
) -> None:
    with embedded_postgres(folder, port=free_port()) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        killed = postmaster(folder)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: not is_running(killed))
        eventually(lambda: answers(url))
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_starter_killed_with_9_takes_the_server_along_and_the_next_start_works(
    folder: Path, eventually: Eventually
) -> None:
    program = (
        "import sys, time; from pathlib import Path; from kabar.local.postgres import embedded_postgres\n"
        "with embedded_postgres(Path(sys.argv[1]), port=int(sys.argv[2])):\n"
        "    print('up', flush=True); time.sleep(60)"
    )
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder), str(port)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "plugins"},
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        server = postmaster(folder)
        starter.kill()
    eventually(lambda: not is_running(server))
    with embedded_postgres(folder, port=port) as url:
        assert answers(url)


def test_a_busy_port_is_one_clear_sentence_with_the_remedy(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(RefusedError, match=rf"Port {port} .* PostgreSQL.* KABAR_PORT_POSTGRES="),
            embedded_postgres(folder, port=port),
        ):
            pytest.fail("two servers on one port")


def test_a_second_starter_in_the_same_folder_is_refused_and_told_who_holds_it(folder: Path) -> None:
    with (
        embedded_postgres(folder, port=free_port()) as url,
        pytest.raises(RefusedError, match=f"already runs from .* process {os.getpid()}"),
        embedded_postgres(folder, port=free_port()),
    ):
        pytest.fail(f"two servers on one folder, the first one at {url}")


def test_a_lost_password_is_refused_with_the_remedy_and_not_answered_by_an_empty_database(
    folder: Path,
) -> None:
    with embedded_postgres(folder, port=free_port()):
        (folder / "postgres.password").unlink()
    with (
        pytest.raises(RefusedError, match=r"postgres\.password is gone.*make clean"),
        embedded_postgres(folder, port=free_port()),
    ):
        pytest.fail("a database without its password")


def test_a_fresh_clone_in_the_same_place_begins_with_an_empty_database(folder: Path) -> None:
    with embedded_postgres(folder, port=free_port()) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    shutil.rmtree(folder)
    with embedded_postgres(folder, port=free_port()) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)


def test_a_temporary_server_leaves_no_process_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with temporary_postgres() as url:
        (folder,) = tmp_path.iterdir()
        server, data = postmaster(folder), data_folder(folder)
        assert answers(url)
        assert data.exists()
    assert not is_running(server)
    assert not data.exists()
    assert list(tmp_path.iterdir()) == []
