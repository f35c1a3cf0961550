"""Guarded components: restarted when they fall, ended with all that they started, and never orphaned."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kabar.errors import KabarError, RefusedError, UnreachableError
from kabar.local.components import Component, RunningComponents, running_components
from kabar.local.guard import Status
from kabar.local.processes import is_running

Eventually = Callable[[Callable[[], bool]], None]


def sleeper(name: str = "sleeper", *, ask: Callable[[], str | None] | None = None) -> Component:
    return Component(name=name, command=("sleep", "300"), environment=dict(os.environ), ask=ask)


def family(name: str = "family") -> Component:
    command = ("bash", "-c", "sleep 300 & sleep 300 & wait")
    return Component(name=name, command=command, environment=dict(os.environ))


def pid_of(running: RunningComponents, name: str) -> int:
    pid = running.status(name).pid
    assert pid is not None
    return pid


def started(running: RunningComponents, name: str) -> bool:
    return running.status(name).pid is not None


def working_in(folder: Path) -> set[int]:
    """Every living process whose working folder lies under `folder`."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            directory = (entry / "cwd").readlink()
        except OSError:
            continue
        if directory.is_relative_to(folder) and is_running(int(entry.name)):
            found.add(int(entry.name))
    return found


def test_a_killed_component_is_started_again_and_its_fall_is_told(
    tmp_path: Path, eventually: Eventually
) -> None:
    with running_components(tmp_path, [sleeper()]) as running:
        eventually(lambda: started(running, "sleeper"))
        first = pid_of(running, "sleeper")
        os.kill(first, signal.SIGKILL)
        eventually(lambda: running.status("sleeper").starts == 2)
        assert pid_of(running, "sleeper") != first
        assert running.status("sleeper").last_exit == -signal.SIGKILL
        assert "ended with status -9; starting it again" in running.log("sleeper").read_text()


def test_what_a_killed_component_leaves_idle_is_ended_and_what_works_may_finish(
    tmp_path: Path, eventually: Eventually
) -> None:
    command = "sleep 300 & bash -c 'sleep 4; echo finished; true' & wait"
    component = Component(name="family", command=("bash", "-c", command), environment=dict(os.environ))
    with running_components(tmp_path, [component]) as running:
        eventually(lambda: len(working_in(tmp_path)) == 5)
        old = working_in(tmp_path)
        os.kill(pid_of(running, "family"), signal.SIGKILL)
        eventually(lambda: running.status("family").starts == 2)
        eventually(lambda: "finished" in running.log("family").read_text())
        eventually(lambda: len(working_in(tmp_path) & old) == 1)


def test_at_the_end_nothing_of_the_family_is_left(tmp_path: Path, eventually: Eventually) -> None:
    with running_components(tmp_path, [sleeper(), family()]) as running:
        eventually(lambda: len(working_in(tmp_path)) >= 6)
        assert started(running, "family")
    assert working_in(tmp_path) == set()


def test_a_component_that_ignores_every_polite_word_is_ended_all_the_same(
    tmp_path: Path, eventually: Eventually
) -> None:
    command = ("bash", "-c", "trap '' INT TERM; echo deaf; while true; do sleep 1; done")
    component = Component(name="deaf", command=command, environment=dict(os.environ), patience_seconds=0.3)
    with running_components(tmp_path, [component]) as running:
        eventually(lambda: "deaf" in running.log("deaf").read_text())
    assert working_in(tmp_path) == set()


PROGRAM = """
import os, sys, time
from pathlib import Path
from kabar.local.components import Component, running_components
command = ("bash", "-c", "sleep 300 & sleep 300 & wait")
component = Component(name="family", command=command, environment=dict(os.environ))
with running_components(Path(sys.argv[1]), [component]):
    time.sleep(300)
"""


def supervised(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)], env={**os.environ, "PYTHONPATH": "plugins"}
    )


def test_a_supervisor_killed_with_9_leaves_no_orphan(tmp_path: Path, eventually: Eventually) -> None:
    with supervised(tmp_path) as supervisor:
        eventually(lambda: len(working_in(tmp_path)) == 4)
        supervisor.kill()
    eventually(lambda: working_in(tmp_path) == set())


def test_what_outlived_supervisor_and_guard_is_ended_by_the_next_start(
    tmp_path: Path, eventually: Eventually
) -> None:
    with supervised(tmp_path) as supervisor:
        eventually(lambda: len(working_in(tmp_path)) == 4)
        guard = Status.read(tmp_path / "run" / "family.json").guard
        assert guard is not None
        os.kill(guard, signal.SIGKILL)
        supervisor.kill()
    eventually(lambda: len(working_in(tmp_path)) == 2)
    orphans = working_in(tmp_path)
    with running_components(tmp_path, [family()]):
        assert not orphans & working_in(tmp_path)


def test_waiting_ends_when_every_component_works(tmp_path: Path) -> None:
    answers = iter(["not yet", None])
    with running_components(tmp_path, [sleeper(ask=lambda: next(answers))]) as running:
        running.wait_until_healthy(10)
        assert next(answers, "both were used") == "both were used"


def test_a_component_that_never_works_is_named_with_its_complaint(tmp_path: Path) -> None:
    def ask() -> str | None:
        raise UnreachableError("connection refused")

    with (
        running_components(tmp_path, [sleeper(ask=ask)]) as running,
        pytest.raises(KabarError, match=r"within 0\.5 s: sleeper does not answer yet \(connection refused\)"),
    ):
        running.wait_until_healthy(0.5)


def test_a_component_that_falls_again_and_again_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    component = Component(
        name="broken",
        command=("bash", "-c", "echo the disk is full; exit 3"),
        environment=dict(os.environ),
        ask=lambda: "not up",
    )
    with (
        running_components(tmp_path, [component]) as running,
        pytest.raises(KabarError, match=r"broken does not stay up(?s:.*)the disk is full"),
    ):
        running.wait_until_healthy(30)


def test_a_second_supervisor_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (
        running_components(tmp_path, [sleeper()]),
        pytest.raises(RefusedError, match=r"already runs from .*Ctrl-C"),
        running_components(tmp_path, [sleeper()]),
    ):
        pytest.fail("two supervisors on one folder")


def test_the_status_file_is_whole_at_every_moment(tmp_path: Path) -> None:
    with running_components(tmp_path, [sleeper()]) as running:
        while not started(running, "sleeper"):
            pass
        told = json.loads((tmp_path / "run" / "sleeper.json").read_text())
        assert set(told) == {"pid", "starts", "last_exit", "session", "guard"}
