"""Officers: roles and scopes that follow the tree of satker."""

from __future__ import annotations

from pathlib import Path

import pytest
from shipped_tables import INCLUDE

from kabar.errors import InputError
from kabar.officers import COLUMNS, Officer, read_officers
from kabar.satker import Satker

ROW = "humas_32,Humas KPU Provinsi Jawa Barat,penyetuju,provinsi:32"


def table(folder: Path, *rows: str) -> Path:
    path = folder / "officers.csv"
    path.write_text("\n".join((",".join(COLUMNS), *rows, "")), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        pytest.param("nasional", ["00", "32", "3204", "3304"], id="the nation covers all"),
        pytest.param("provinsi:32", ["32", "3204"], id="a province covers itself and those below it"),
        pytest.param("satker:3204", ["3204"], id="a satker covers itself"),
        pytest.param("satker:32", ["32"], id="a province as satker covers not those below it"),
        pytest.param("satker:00", ["00"], id="KPU RI as satker covers itself"),
    ],
)
def test_a_scope_follows_the_tree(by_code: dict[str, Satker], scope: str, covered: list[str]) -> None:
    officer = Officer(username="uji", title="Humas", role="penyetuju", scope=scope)
    codes = ("00", "32", "3204", "3304")
    assert [code for code in codes if officer.covers(by_code[code])] == covered


def test_the_shipped_officers_are_roles_at_every_level(satker: tuple[Satker, ...]) -> None:
    officers = read_officers(INCLUDE / "officers.csv", satker)
    assert {officer.role for officer in officers} >= {"penyusun", "penyetuju", "pengawas"}
    assert {officer.scope.partition(":")[0] for officer in officers} == {"nasional", "provinsi", "satker"}


@pytest.mark.parametrize(
    ("row", "key", "says"),
    [
        pytest.param(ROW.replace("penyetuju", "penyetujui"), "peran", "`penyetuju`", id="typo in the role"),
        pytest.param(ROW.replace(":32", ":99"), "lingkup", "is not a scope", id="no such province"),
        pytest.param(ROW.replace(":32", ":3204"), "lingkup", "is not a scope", id="a kabupaten as province"),
        pytest.param(ROW.replace("provinsi:32", "jabar"), "lingkup", "`provinsi:`", id="a scope in words"),
        pytest.param(
            ROW.replace("humas_32", "Humas 32"), "nama_pengguna", "small letters", id="a login with a blank"
        ),
        pytest.param(ROW.replace("Humas KPU Provinsi Jawa Barat", ""), "jabatan", "is empty", id="no office"),
    ],
)
def test_a_wrong_officer_is_named_with_its_line(
    tmp_path: Path, satker: tuple[Satker, ...], row: str, key: str, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_officers(table(tmp_path, row), satker)
    assert (caught.value.line, caught.value.key) == (2, key)
    assert says in str(caught.value)


def test_a_login_stands_once(tmp_path: Path, satker: tuple[Satker, ...]) -> None:
    with pytest.raises(InputError, match="stands twice") as caught:
        read_officers(table(tmp_path, ROW, ROW), satker)
    assert caught.value.line == 3
