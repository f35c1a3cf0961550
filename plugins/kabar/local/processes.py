"""What the kernel tells about processes, and the two ties by which it keeps children from being orphaned."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

# From <linux/prctl.h>; Python has no names for them.
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_PROC = Path("/proc")


class Process(NamedTuple):
    """One line of the process table."""

    pid: int
    parent: int
    session: int
    state: str
    #: The folder it works in; None when it has ended or belongs to somebody else.
    directory: Path | None


def processes() -> tuple[Process, ...]:
    """Return every running process; nothing on a system without `/proc`."""
    found = (_read(int(entry.name)) for entry in _PROC.glob("[0-9]*"))
    return tuple(process for process in found if process is not None)


def _read(pid: int) -> Process | None:
    try:
        # The command name stands in brackets and may itself hold spaces and brackets.
        state, parent, _group, session = (
            (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[:4]
        )
    except OSError:
        return None
    try:
        directory = (_PROC / str(pid) / "cwd").readlink()
    except OSError:
        directory = None
    return Process(pid, int(parent), int(session), state, directory)


def is_running(pid: int) -> bool:
    """Tell whether the process exists and has not ended (a zombie has)."""
    process = _read(pid)
    return process is not None and process.state != "Z"


def children_of(pid: int) -> tuple[int, ...]:
    """Return the direct children that have not ended."""
    return tuple(process.pid for process in processes() if process.parent == pid and process.state != "Z")


def descendants_of(pid: int) -> tuple[int, ...]:
    """Return all that `pid` has started and that still runs, nearest first."""
    by_parent: dict[int, list[int]] = {}
    for process in processes():
        if process.state != "Z":
            by_parent.setdefault(process.parent, []).append(process.pid)
    found: list[int] = []
    waiting = [pid]
    while waiting:
        born = by_parent.get(waiting.pop(0), [])
        found += born
        waiting += born
    return tuple(found)


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to each process; one that has ended meanwhile is what we wanted."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def end(pids: Iterable[int], *, polite_seconds: float) -> None:
    """End the processes, with SIGTERM first and SIGKILL for those that are still there afterwards."""
    left = tuple(pids)
    send(left, signal.SIGTERM)
    deadline = time.monotonic() + polite_seconds
    while (left := tuple(pid for pid in left if is_running(pid))) and time.monotonic() < deadline:
        time.sleep(0.05)
    send(left, signal.SIGKILL)


def die_with_parent(number: signal.Signals, *, parent: int) -> None:
    """Have the kernel send us `number` when the thread that started us ends, even by SIGKILL.

    Raises ProcessLookupError when `parent` was gone before the kernel took the order.
    """
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        raise ProcessLookupError(f"The process {parent} that started this one has already ended.")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none escapes us."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
