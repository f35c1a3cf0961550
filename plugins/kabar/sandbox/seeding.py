"""One Page per satker, from the registry that the house keeps, without inventing anything about them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from kabar.errors import InputError

COLUMNS = ("kode", "nama_pendek", "provinsi", "zona_waktu")


class SatkerRow(NamedTuple):
    """What the sandbox needs to know of a satker: its code, official short name, province and time zone."""

    kode: str
    nama_pendek: str
    provinsi: str
    zona_waktu: str

    @property
    def has_all_channels(self) -> bool:
        """Whether the other platforms know it too: KPU RI and the provinces, as many as a demo needs."""
        return len(self.kode) <= len("32")


def read_satker(file: Path) -> tuple[SatkerRow, ...]:
    """Read the satker of a registry such as `include/satker.csv`, in its order.

    Raises InputError when the file is missing or lacks one of the four columns.
    """
    remedy = "Give --satker a CSV file with the columns " + ", ".join(COLUMNS) + "."
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise InputError("The column is missing.", file=file, line=1, key=missing[0], remedy=remedy)
            return tuple(SatkerRow(*(row[column] for column in COLUMNS)) for row in reader)
    except FileNotFoundError as error:
        raise InputError(
            "There is no such file.", file=file, line=None, key="satker", remedy=remedy
        ) from error


def page_id(kode: str) -> str:
    """The 15-digit Page id of a satker: `10`, then its code padded with zeros."""
    return "10" + kode.zfill(13)
