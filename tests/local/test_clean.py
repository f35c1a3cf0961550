"""`make clean`: everything goes, but nothing from under the feet of a running demo."""

from pathlib import Path

import pytest

from kabar.errors import RefusedError
from kabar.local.clean import clean
from kabar.local.ports import free_port
from kabar.local.postgres import data_folder, embedded_postgres


def test_state_and_database_are_gone_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with embedded_postgres(folder, port=free_port()):
        assert data_folder(folder).exists()
    clean(folder)
    assert not data_folder(folder).exists()
    assert not folder.exists()


def test_a_running_database_is_not_cleaned_away(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with embedded_postgres(folder, port=free_port()):
        with pytest.raises(RefusedError, match="already runs"):
            clean(folder)
        assert data_folder(folder).exists()
    clean(folder)
