"""What lies before one officer: the part of the tree of satker, and the zone of its clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kabar.officers import Officer
from kabar.satker import Satker, Zone

#: Roles that decide; the same as `posting.approval` asks for.
DECIDERS = frozenset({"penyetuju", "admin"})
#: Roles that may write.
WRITERS = frozenset({"penyusun", "penyetuju", "admin"})


class Scope(NamedTuple):
    """A part of the tree as the store asks for it; None means every."""

    province: str | None
    satker: str | None


def scope_of(officer: Officer) -> Scope:
    """The part of the tree that this officer sees."""
    level, _, code = officer.scope.partition(":")
    if level == "provinsi":
        return Scope(province=code, satker=None)
    if level == "satker":
        return Scope(province=None, satker=code)
    return Scope(province=None, satker=None)


def scope_words(officer: Officer, satker: Mapping[str, Satker]) -> str:
    """The scope as the officer reads it: `seluruh Indonesia`, a province or one satker."""
    scope = scope_of(officer)
    if scope.province is not None:
        return f"Provinsi {satker[scope.province].province}"
    return satker[scope.satker].short_name if scope.satker is not None else "seluruh Indonesia"


def home_zone(officer: Officer, satker: Mapping[str, Satker]) -> Zone:
    """The zone in which this officer reads the clock; WIB for the nation."""
    scope = scope_of(officer)
    code = scope.province or scope.satker
    return satker[code].zone if code is not None else "WIB"
