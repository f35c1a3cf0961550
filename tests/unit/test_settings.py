"""What the environment decides: a wrong value is named, a secret is not."""

from __future__ import annotations

import pytest

from kabar.errors import RefusedError
from kabar.settings import Settings
from kabar.store.database import database


@pytest.mark.parametrize("text", ["", "soon", "0", "-3", "nan", "inf"])
def test_a_pace_that_is_no_positive_number_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("KABAR_LEASE_SECONDS", text)

    with pytest.raises(RefusedError, match="KABAR_LEASE_SECONDS"):
        Settings.from_environment()


def test_an_address_that_cannot_be_read_is_refused_without_its_password() -> None:
    with (
        pytest.raises(RefusedError, match="percent-encoded") as refusal,
        database("postgresql://kabar:sa%zzlt@/x"),
    ):
        pass

    assert "sa%zzlt" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    "text", ["gambar.example", "ftp://gambar.example", "https://", "https://a.example/?x=1"]
)
def test_an_address_of_pictures_that_no_platform_could_fetch_is_named(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("KABAR_PICTURES_URL", text)

    with pytest.raises(RefusedError, match="KABAR_PICTURES_URL"):
        Settings.from_environment()


def test_the_address_of_pictures_ends_without_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_PICTURES_URL", "https://gambar.example/posting/")

    assert Settings.from_environment().pictures_url == "https://gambar.example/posting"


def test_pictures_lie_below_the_state_folder_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_STATE", "/keadaan")
    monkeypatch.delenv("KABAR_PICTURES", raising=False)

    assert str(Settings.from_environment().pictures) == "/keadaan/pictures"


def test_spread_and_gap_may_be_switched_off_but_not_turned_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_SPREAD_SECONDS", "0")
    assert Settings.from_environment().pace.spread_seconds == 0

    monkeypatch.setenv("KABAR_PAGE_GAP_SECONDS", "-1")
    with pytest.raises(RefusedError, match="KABAR_PAGE_GAP_SECONDS"):
        Settings.from_environment()
