"""The whole stack, real Airflow included, with the publishing process killed in the middle of its wave."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kabar.local.ports import free_port
from kabar.settings import REPOSITORY

MINUTES_AT_MOST = 9


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The environment of a demo with files and ports of its own, forgotten afterwards."""
    # A database that the developer has named is not the one to kill and to forget.
    inherited = {name: value for name, value in os.environ.items() if name != "KABAR_DATABASE_URL"}
    environment = inherited | {
        "PYTHONPATH": str(REPOSITORY / "plugins"),
        "KABAR_STATE": str(tmp_path / "state"),
        "KABAR_PORT_AIRFLOW": str(free_port()),
        "KABAR_PORT_SANDBOX": str(free_port()),
        "KABAR_PORT_POSTGRES": str(free_port()),
        "KABAR_DEMO_FIRST_WAVE": "0.5",
        "KABAR_DEMO_BETWEEN": "0.1",
        "KABAR_CALL_SECONDS": "5",
        "KABAR_LEASE_SECONDS": "15",
        "KABAR_SETTLE_SECONDS": "5",
        "KABAR_LOOK_GAP_SECONDS": "2",
        "KEEP": "0",
    }
    yield environment
    subprocess.run([sys.executable, "-m", "kabar.local.clean"], env=environment, check=True)


def test_a_killed_publisher_loses_no_post_and_doubles_none(stack: Mapping[str, str]) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "kabar.local.demo"]

    ended = subprocess.run(
        command,
        env=stack | {"KILL": "1"},
        capture_output=True,
        text=True,
        timeout=MINUTES_AT_MOST * 60,
        check=False,
    )

    assert "kill -9" in ended.stdout, ended.stdout
    assert ended.returncode == 0, ended.stdout + ended.stderr
