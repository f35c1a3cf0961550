"""The registry of accounts: official by decree, one a satker and channel, never guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from shipped_tables import INCLUDE

from kabar.accounts import COLUMNS, read_accounts, write_accounts
from kabar.errors import InputError
from kabar.satker import Satker

ROW = "3204,facebook,101,Halaman uji,gladi,facebook_uji,,,ya"
REAL = "3204,facebook,102,Halaman uji,nyata,facebook_uji,1/TEST/2024,2024-01-02,ya"


def registry(folder: Path, *rows: str) -> Path:
    path = folder / "accounts.csv"
    path.write_text("\n".join((",".join(COLUMNS), *rows, "")), encoding="utf-8")
    return path


def test_the_shipped_registry_is_empty_because_no_account_is_invented(satker: tuple[Satker, ...]) -> None:
    assert read_accounts(INCLUDE / "accounts.csv", satker) == ()


def test_an_account_is_read_with_its_decree(tmp_path: Path, satker: tuple[Satker, ...]) -> None:
    (account,) = read_accounts(registry(tmp_path, REAL), satker)
    assert (account.decree, account.decree_on, account.is_active) == ("1/TEST/2024", date(2024, 1, 2), True)


def test_a_rehearsal_account_needs_no_decree_and_stands_beside_the_real_one(
    tmp_path: Path, satker: tuple[Satker, ...]
) -> None:
    accounts = read_accounts(registry(tmp_path, REAL, ROW), satker)
    assert [(account.use, account.decree) for account in accounts] == [
        ("nyata", "1/TEST/2024"),
        ("gladi", None),
    ]


@pytest.mark.parametrize(
    ("row", "key", "says"),
    [
        pytest.param(ROW.replace("3204", "3299"), "kode_satker", "`3299` is not known", id="unknown satker"),
        pytest.param(ROW.replace("facebook,", "facebok,"), "kanal", "`facebook`", id="typo in the channel"),
        pytest.param(ROW.replace("101", ""), "id_akun", "is empty", id="no account id"),
        pytest.param(ROW.replace("gladi", "glady"), "pemakaian", "`gladi`", id="typo in the use"),
        pytest.param(ROW.replace(",ya", ",Ya"), "aktif", "`ya` or `tidak`", id="capital yes"),
        pytest.param(ROW.replace(",,,", ",1/TEST,,"), "tanggal_sk", "neither", id="decree without a date"),
        pytest.param(
            REAL.replace("2024-01-02", "02/01/2024"), "tanggal_sk", "2024-11-27", id="date by slashes"
        ),
        pytest.param(
            REAL.replace("1/TEST/2024,2024-01-02", ","), "aktif", "without its decree", id="real and bare"
        ),
    ],
)
def test_a_wrong_account_is_named_with_its_line(
    tmp_path: Path, satker: tuple[Satker, ...], row: str, key: str, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_accounts(registry(tmp_path, row), satker)
    assert (caught.value.line, caught.value.key) == (2, key)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("second", "key"),
    [
        pytest.param(ROW.replace("101", "103"), "kanal", id="two accounts of a satker for one use"),
        pytest.param(ROW.replace("3204", "3205"), "id_akun", id="one account of two satker"),
        pytest.param(
            "3204,facebook,101,Halaman uji,nyata,k,1/T,2024-01-02,ya",
            "id_akun",
            id="a rehearsal on a real Page",
        ),
    ],
)
def test_no_account_stands_twice(tmp_path: Path, satker: tuple[Satker, ...], second: str, key: str) -> None:
    with pytest.raises(InputError) as caught:
        read_accounts(registry(tmp_path, ROW, second), satker)
    assert (caught.value.line, caught.value.key) == (3, key)


def test_a_code_that_lost_its_zero_is_recognised(tmp_path: Path, satker: tuple[Satker, ...]) -> None:
    with pytest.raises(InputError, match=r"Excel|with the zero"):
        read_accounts(registry(tmp_path, ROW.replace("3204", "0")), satker)


def test_a_written_registry_reads_as_what_was_written(tmp_path: Path, satker: tuple[Satker, ...]) -> None:
    accounts = read_accounts(registry(tmp_path, REAL, ROW), satker)

    write_accounts(tmp_path / "baru.csv", accounts, satker)

    assert read_accounts(tmp_path / "baru.csv", satker) == accounts
    assert (tmp_path / "baru.csv").read_text() == (tmp_path / "accounts.csv").read_text()


def test_a_registry_that_could_not_be_read_again_is_not_written(
    tmp_path: Path, satker: tuple[Satker, ...]
) -> None:
    path = registry(tmp_path, REAL)
    (account,) = read_accounts(path, satker)
    twice = account.model_copy(update={"account_id": "103"})

    with pytest.raises(InputError, match="or another for the same use"):
        write_accounts(path, [account, twice], satker)

    assert read_accounts(path, satker) == (account,)
    assert [file.name for file in tmp_path.iterdir()] == ["accounts.csv"]
