"""Who may write, approve or watch: roles and their scope, never names of people."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from pydantic import Field

from kabar.csv_file import read_csv
from kabar.frozen import Frozen
from kabar.reading import Line
from kabar.satker import Satker

Role = Literal["penyusun", "penyetuju", "pengawas", "admin"]

COLUMNS = ("nama_pengguna", "jabatan", "peran", "lingkup")
LOGIN = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
NATION = "nasional"


class Officer(Frozen):
    """One login of Meja Humas and what it may decide over."""

    username: Line = Field(alias="nama_pengguna")
    #: The office, in Bahasa Indonesia; it stands beside every decision.
    title: Line = Field(alias="jabatan")
    role: Role = Field(alias="peran")
    #: `nasional`, `provinsi:32` (the province and all below it) or `satker:3204` (that one alone).
    scope: Line = Field(alias="lingkup")

    def covers(self, satker: Satker) -> bool:
        """Return whether the satker lies in this officer's scope; KPU RI lies in the nation's alone."""
        level, _, code = self.scope.partition(":")
        if level == NATION:
            return True
        return code == (satker.province_code if level == "provinsi" else satker.code)


def read_officers(path: Path, satker: Collection[Satker]) -> tuple[Officer, ...]:
    """Return all officers in the order of the file.

    Raises:
        InputError: a login that stands twice, a role or a scope that does not exist.
    """
    scopes = {NATION} | {f"satker:{one.code}" for one in satker}
    scopes |= {f"provinsi:{one.code}" for one in satker if one.kind == "provinsi"}
    officers: dict[str, Officer] = {}
    for row in read_csv(path, COLUMNS):
        officer = row.read_as(Officer)
        if not LOGIN.fullmatch(officer.username):
            problem = f"`{officer.username}` is not a login."
            raise row.error(
                ("nama_pengguna",), problem, "Use small letters, digits and single `_`, `.` or `-`."
            )
        if officer.username in officers:
            problem = f"`{officer.username}` stands twice."
            raise row.error(("nama_pengguna",), problem, "Give each officer one row.")
        if officer.scope not in scopes:
            remedy = "Write `nasional`, `provinsi:` with two digits or `satker:` with a code."
            raise row.error(("lingkup",), f"`{officer.scope}` is not a scope.", remedy)
        officers[officer.username] = officer
    return tuple(officers.values())
