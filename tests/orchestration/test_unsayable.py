"""An hour that comes too late is a visible mistake of `include/`, and breaks no other message."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kabar.errors import InputError
from kabar.orchestration.tables import check_include
from kabar.settings import REPOSITORY, Settings


def test_an_hour_after_the_tps_have_closed_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "include"
    shutil.copytree(REPOSITORY / "include", folder)
    monkeypatch.setenv("KABAR_INCLUDE", str(folder))
    settings = Settings.from_environment()
    check_include(settings)
    file = folder / "tonggak.yaml"
    text = file.read_text(encoding="utf-8")
    late = text.replace("jam: '12:00', isi: 'pemilih DPK", "jam: '13:30', isi: 'pemilih DPK")
    assert late != text
    file.write_text(late, encoding="utf-8")

    with pytest.raises(
        InputError, match=r"13\.30 is too late for `H\.1330` of pemungutan-suara in pemilu-2024"
    ):
        check_include(settings)
