"""The 553 offices (satuan kerja, satker) of KPU: their names, superiors, zones and elections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from kabar.csv_file import read_csv
from kabar.errors import InputError
from kabar.frozen import Frozen
from kabar.reading import Document, Line

Kind = Literal["ri", "provinsi", "kabupaten", "kota"]
Zone = Literal["WIT", "WITA", "WIB"]
Election = Literal["gubernur", "bupati", "walikota"]

#: East first: the order in which one local hour arrives, hence the order of the waves.
ZONES: Mapping[str, str] = {"WIT": "Asia/Jayapura", "WITA": "Asia/Makassar", "WIB": "Asia/Jakarta"}
_TIMEZONES = {zone: ZoneInfo(name) for zone, name in ZONES.items()}

COLUMNS = (
    "kode",
    "nama_resmi",
    "nama_pendek",
    "jenis",
    "kode_induk",
    "provinsi",
    "zona_waktu",
    "pemilihan_2024",
    "bahasa_daerah",
    "pemilihan_di_wilayah",
    "status_daerah",
    "nama_wilayah",
    "kode_kemendagri",
    "zona_singkat",
    "alias",
    "catatan",
)
#: Kepmendagri 300.2.2-2138/2025: 38 provinces, 416 kabupaten, 98 kota.
KINDS = {"ri": 1, "provinsi": 38, "kabupaten": 416, "kota": 98}
#: Elections of 27 November 2024: no gubernur in DIY, no bupati or walikota in the six units of DKI Jakarta.
ELECTIONS = {"gubernur": 37, "bupati": 415, "walikota": 93, "none": 8}
#: Below KPU RI, which itself lives in WIB.
SATKER_IN_ZONE = {"WIB": 319, "WITA": 162, "WIT": 71}
ELECTION_OF_KIND = {"ri": "none", "provinsi": "gubernur", "kabupaten": "bupati", "kota": "walikota"}
ACEH = "11"


class Satker(Frozen):
    """One office of KPU; equal codes are the same office."""

    #: `00` KPU RI, two digits a province, four digits a kabupaten or kota (Kemendagri without dots).
    code: str = Field(alias="kode")
    official_name: Line = Field(alias="nama_resmi")
    short_name: Line = Field(alias="nama_pendek")
    kind: Kind = Field(alias="jenis")
    #: Code of the superior office; None for KPU RI.
    parent: str | None = Field(alias="kode_induk")
    #: Name of the province; empty for KPU RI.
    province: str = Field(alias="provinsi")
    zone: Zone = Field(alias="zona_singkat")
    #: The election of 2024 that this satker itself ran.
    own_election: Election | Literal["none"] = Field(alias="pemilihan_2024")
    #: What the residents of its area voted for in 2024, whoever ran it.
    elections_in_area: tuple[Election, ...] = Field(alias="pemilihan_di_wilayah")
    area_name: Line = Field(alias="nama_wilayah")
    area_status: Literal["nasional", "otonom", "administrasi"] = Field(alias="status_daerah")
    aliases: tuple[Line, ...] = Field(alias="alias", default=())
    #: ISO 639 code, a hint that the satker must confirm; never a reason to translate by machine.
    regional_language: str = Field(alias="bahasa_daerah", default="")
    note: str = Field(alias="catatan", default="")

    def __hash__(self) -> int:
        return hash(self.code)

    @property
    def timezone(self) -> ZoneInfo:
        """The IANA zone in which this satker's hours are meant."""
        return _TIMEZONES[self.zone]

    @property
    def is_kip(self) -> bool:
        """Whether the office bears Aceh's name, Komisi Independen Pemilihan."""
        return self.province_code == ACEH

    @property
    def province_code(self) -> str:
        """The two digits of the province; `00` for KPU RI."""
        return self.code[:2]


def read_satker(path: Path) -> tuple[Satker, ...]:
    """Return all 553 satker in the order of their codes.

    Raises:
        InputError: a row that is wrong in itself, that disagrees with its superior office, a doubled code
            or name, or a table whose counts are not those of the law.
    """
    rows = read_csv(path, COLUMNS)
    found: dict[str, Satker] = {}
    names: dict[str, str] = {}
    for row in rows:
        one = _satker(row)
        _check_order(row, one, found)
        _check_superior(row, one, found)
        for column, name in (("nama_resmi", one.official_name), ("nama_pendek", one.short_name)):
            if (other := names.setdefault(f"{column} {name}", one.code)) != one.code:
                raise row.error(
                    (column,), f"`{name}` is already the name of {other}.", "Give each its own name."
                )
        found[one.code] = one
    _check_counts(path, tuple(found.values()))
    return tuple(found.values())


def _satker(row: Document) -> Satker:
    cells = row.cells
    _check_code(row, cells)
    zone, name = cells["zona_singkat"], cells["zona_waktu"]
    if zone not in ZONES:
        raise row.unknown(("zona_singkat",), zone, ZONES)
    if ZONES[zone] != name:
        raise row.error(("zona_waktu",), f"`{name}` is not {zone}.", f"{zone} is {ZONES[zone]}.")
    values: dict[str, object] = {
        key: text for key, text in cells.items() if key not in {"zona_waktu", "kode_kemendagri"}
    }
    values["kode_induk"] = cells["kode_induk"] or None
    for column in ("pemilihan_di_wilayah", "alias"):
        values[column] = tuple(cells[column].split(";")) if cells[column] else ()
    one = row.holding(values).read_as(Satker)
    _check_election(row, one)
    return one


def _check_code(row: Document, cells: Mapping[str, str]) -> None:
    code, kind = cells["kode"], cells["jenis"]
    digits = {"ri": 2, "provinsi": 2, "kabupaten": 4, "kota": 4}.get(kind)
    if digits is None:
        raise row.unknown(("jenis",), kind, KINDS)
    if not (code.isascii() and code.isdigit()):
        raise row.error(("kode",), f"`{code}` is not a code.", f"A {kind} has {digits} digits.")
    if len(code) != digits:
        zero = f"Write `{code.zfill(digits)}`; " if len(code) < digits else ""
        remedy = f"{zero}a {kind} has {digits} digits; format the column as text, or Excel drops the zero."
        raise row.error(("kode",), f"`{code}` has {len(code)} digits.", remedy)
    if cells["kode_kemendagri"].replace(".", "") != ("" if kind == "ri" else code):
        written = "" if kind == "ri" else f"{code[:2]}.{code[2:]}".rstrip(".")
        problem = f"`{cells['kode_kemendagri']}` is not the code {code}."
        raise row.error(("kode_kemendagri",), problem, f"Write `{written}`, as text.")


def _check_election(row: Document, one: Satker) -> None:
    allowed = ELECTION_OF_KIND[one.kind]
    if one.own_election not in {"none", allowed}:
        problem = f"a {one.kind} does not run the election of a {one.own_election}."
        raise row.error(("pemilihan_2024",), problem, f"Write `{allowed}` or `none`.")
    if one.own_election != "none" and one.own_election not in one.elections_in_area:
        problem = f"the satker's own election ({one.own_election}) is not among those of its area."
        raise row.error(("pemilihan_di_wilayah",), problem, "Name it there, with `;` between several.")
    if not one.official_name.startswith(
        "Komisi Independen Pemilihan" if one.is_kip else "Komisi Pemilihan Umum"
    ):
        remedy = "In Aceh it is Komisi Independen Pemilihan, elsewhere Komisi Pemilihan Umum."
        raise row.error(("nama_resmi",), "the official name begins wrongly.", remedy)


def _check_order(row: Document, one: Satker, found: dict[str, Satker]) -> None:
    if one.code in found:
        raise row.error(("kode",), f"`{one.code}` stands twice in this table.", "Keep one row a code.")
    # Text order puts a province before its kabupaten and kota, so each row finds its superior above it.
    if found and one.code < next(reversed(found)):
        raise row.error(("kode",), f"`{one.code}` stands out of order.", "Sort the rows by code, as text.")


def _check_superior(row: Document, one: Satker, found: Mapping[str, Satker]) -> None:
    expected = {"ri": None, "provinsi": "00"}.get(one.kind, one.province_code)
    if one.parent != expected:
        problem = f"`{one.parent or ''}` is not the superior office of {one.code}."
        raise row.error(("kode_induk",), problem, f"Write `{expected or ''}`.")
    if expected is not None and expected not in found:
        raise row.error(("kode_induk",), f"there is no row `{expected}` above.", "Restore that row.")
    above = found.get(one.province_code) if len(one.code) > len(ACEH) else None
    if above and one.zone != above.zone:
        problem = f"{one.zone} is not the zone of its province ({above.zone})."
        raise row.error(("zona_singkat",), problem, f"Write `{above.zone}` and `{ZONES[above.zone]}`.")
    if above and one.province != above.province:
        problem = f"`{one.province}` is not the province {above.code}."
        raise row.error(("provinsi",), problem, f"Write `{above.province}`.")


def _check_counts(path: Path, satker: tuple[Satker, ...]) -> None:
    for column, expected, counted in (
        ("jenis", KINDS, Counter(str(one.kind) for one in satker)),
        ("pemilihan_2024", ELECTIONS, Counter(str(one.own_election) for one in satker)),
        ("zona_singkat", SATKER_IN_ZONE, Counter(str(one.zone) for one in satker if one.kind != "ri")),
    ):
        for value, number in expected.items():
            if counted[value] != number:
                raise InputError(
                    f"{counted[value]} satker have `{value}`, but {number} are known.",
                    file=path,
                    line=None,
                    key=column,
                    remedy="Restore the missing row or the changed value from the last version.",
                )
