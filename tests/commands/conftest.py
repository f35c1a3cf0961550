from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from commanding import Edit, Run

from kabar.cli import main
from kabar.settings import REPOSITORY


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor's own copy of `include/`."""
    copy = tmp_path / "include"
    shutil.copytree(REPOSITORY / "include", copy)
    monkeypatch.setenv("KABAR_INCLUDE", str(copy))
    monkeypatch.chdir(tmp_path)
    return copy


@pytest.fixture
def edit(include: Path) -> Edit:
    """Replace words in a file of the copy; gives the line on which the new words stand."""

    def replace(name: str, old: str, new: str) -> int:
        file = include / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace


@pytest.fixture
def run(include: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the copy; gives its exit status and what it says."""
    assert include.is_dir()

    def command(*arguments: str) -> tuple[int, str]:
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out + said.err

    return command
