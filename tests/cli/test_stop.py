"""`kabar stop` as an operator types it, in a hurry."""

from __future__ import annotations

from pathlib import Path

import pytest

from kabar.cli import main
from kabar.store.database import Database
from kabar.store.stops import standing_stops

RAISE = ("stop", "raise", "--reason", "Situs KPU terganggu", "--by", "humas_ri")


@pytest.fixture
def running(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo that has written the address of its database, and nothing about it in the environment."""
    monkeypatch.delenv("KABAR_DATABASE_URL", raising=False)
    monkeypatch.setenv("KABAR_STATE", str(tmp_path))
    (tmp_path / "database-url").write_text(database_url, encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("running")
def test_a_stop_finds_the_database_of_the_running_demo(db: Database) -> None:
    scope = ("--province", "32", "--calendar", "pilkada-2024", "--stage", "kampanye", "--channel", "facebook")

    assert main([*RAISE, *scope]) == 0

    with db.connection() as connection:
        (stop,) = standing_stops(connection)
    assert (stop["province_code"], stop["calendar"], stop["stage"]) == ("32", "pilkada-2024", "kampanye")
    assert (stop["satker_code"], stop["ends_at"]) == (None, None)


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("part", "word", "remedy"),
    [
        ("--province", "3", "--province 3: there is none"),
        ("--province", "3204", "--province 3204: there is none"),
        ("--satker", "Jawa Barat", "--satker Jawa Barat: there is none"),
        ("--channel", "Facebook", "Did you mean `facebook`?"),
        ("--calendar", "pilkada-2025", "Did you mean `pilkada-2024`?"),
        ("--stage", "kampanyee", "Did you mean `kampanye`?"),
        ("--until", "2026-11-24T13:00", "--until needs a zone"),
    ],
)
def test_a_stop_that_would_stop_nobody_is_refused(
    db: Database, capsys: pytest.CaptureFixture[str], part: str, word: str, remedy: str
) -> None:
    assert main([*RAISE, part, word]) == 1

    assert remedy in capsys.readouterr().err
    with db.connection() as connection:
        assert standing_stops(connection) == []


def test_without_any_database_the_remedy_is_named(running: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (running / "database-url").unlink()

    assert main(["stop", "list"]) == 1
    assert "start `make demo`" in capsys.readouterr().err
