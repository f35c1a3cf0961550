"""Few satker in the place of all: of those that differ in nothing but their names, the longest."""

from __future__ import annotations

from collections.abc import Sequence

from kabar.satker import Satker

#: Up to here all are taken: so few are named one by one in a calendar, for reasons that no column tells.
ALL_OF = 60


def contrasting(satker: Sequence[Satker]) -> tuple[Satker, ...]:
    """Choose of each kind, name for a commission, zone and election the satker with the longest names.

    These are the columns that a template can ask for; satker that share them get messages which differ in
    their names alone, and what fits the longest name fits every one.
    """
    if len(satker) <= ALL_OF:
        return tuple(satker)
    longest: dict[tuple[object, ...], Satker] = {}
    for one in satker:
        shape = (one.kind, one.is_kip, one.zone, one.own_election, bool(one.elections_in_area))
        if shape not in longest or _letters(one) > _letters(longest[shape]):
            longest[shape] = one
    return tuple(longest.values())


def _letters(satker: Satker) -> int:
    return len(satker.short_name) + len(satker.area_name)
