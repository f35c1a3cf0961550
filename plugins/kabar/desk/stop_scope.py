"""What a stop is about: chosen from the form, said in words, and who may stop it."""

from __future__ import annotations

from typing import NamedTuple

from kabar.desk.refusal import PageRefusal
from kabar.desk.scope import DECIDERS, scope_of
from kabar.desk.tables import Tables
from kabar.officers import Officer
from kabar.store.stops import StopScope

EVERYWHERE = "seluruh Indonesia"


class Place(NamedTuple):
    """One choice of the form."""

    value: str
    label: str


class PlaceGroup(NamedTuple):
    """Choices under one heading; an empty heading for those that stand alone."""

    heading: str
    places: tuple[Place, ...]


def words_of(scope: StopScope, tables: Tables) -> str:
    """A scope as officers say it and type it: `Jawa Barat, Pilkada Serentak 2024, Kampanye, Facebook`."""
    if scope.satker_code is not None:
        place = tables.satker[scope.satker_code].short_name if scope.satker_code in tables.satker else ""
        parts = [place or scope.satker_code]
    elif scope.province_code is not None:
        known = tables.satker.get(scope.province_code)
        parts = [known.province or known.short_name if known else scope.province_code]
    else:
        parts = [EVERYWHERE]
    if scope.calendar is not None:
        parts.append(tables.calendar_title(scope.calendar))
    if scope.stage is not None:
        parts.append(_stage_title(scope, tables))
    if scope.channel is not None:
        parts.append(tables.channel_title(scope.channel))
    return ", ".join(parts)


def _stage_title(scope: StopScope, tables: Tables) -> str:
    for calendar in tables.calendars.values():
        for stage in calendar.stages:
            if stage.slug == scope.stage and scope.calendar in {None, calendar.code}:
                return stage.title
    return scope.stage or ""


def touches(scope: StopScope, officer: Officer, tables: Tables) -> bool:
    """Whether a stop stands over something in the officer's scope."""
    own = scope_of(officer)
    if scope.satker_code is not None:
        known = tables.satker.get(scope.satker_code)
        return known is not None and officer.covers(known)
    if scope.province_code is None or own == (None, None):
        return True
    home = own.province or tables.satker[own.satker or ""].province_code
    return scope.province_code == home


def may_stop(scope: StopScope, officer: Officer, tables: Tables) -> bool:
    """Whether the officer may raise or lift a stop: who may decide drafts, and over their own satker only."""
    if officer.role not in DECIDERS:
        return False
    own = scope_of(officer)
    if own == (None, None):
        return True
    if scope.satker_code is not None:
        return scope.satker_code in tables.satker and officer.covers(tables.satker[scope.satker_code])
    return own.province is not None and scope.province_code == own.province


def places(officer: Officer, tables: Tables) -> list[PlaceGroup]:
    """Where this officer may stop: the largest first."""
    own = scope_of(officer)
    groups = [PlaceGroup("", (Place("", "Seluruh Indonesia"),))] if own == (None, None) else []
    provinces = [one for one in tables.satker.values() if one.kind == "provinsi"]
    if own.satker is None:
        chosen = tuple(
            Place(f"provinsi:{one.code}", f"Seluruh {one.province}")
            for one in provinces
            if own.province in {None, one.code}
        )
        groups.append(PlaceGroup("Satu provinsi", chosen))
    for province in ["00", *(one.code for one in provinces)]:
        members = tuple(
            Place(f"satker:{one.code}", one.short_name)
            for one in tables.satker.values()
            if one.province_code == province and officer.covers(one)
        )
        if members:
            name = tables.satker[province].province or tables.satker[province].short_name
            groups.append(PlaceGroup(f"Satu satker: {name}", members))
    return groups


def scope_from(place: str, stage: str, channel: str, *, tables: Tables) -> StopScope:
    """Read a scope from the form's choices: `provinsi:32` or `satker:3204`, `calendar|stage`, channel.

    Raises:
        PageRefusal: One of them names nothing: nobody may rely on a stop that stops nobody.
    """
    level, _, code = place.partition(":")
    calendar, _, slug = stage.partition("|")
    known = tables.calendars.get(calendar)
    is_known = (
        (not place or (level in {"provinsi", "satker"} and code in tables.satker))
        and (not stage or known is not None)
        and (not slug or (known is not None and any(one.slug == slug for one in known.stages)))
        and (not channel or channel in tables.channels.names)
    )
    if not is_known:
        raise PageRefusal(422, "Lingkup tidak dikenal", "Pilih lagi lingkupnya. Belum ada yang dihentikan.")
    return StopScope(
        calendar=calendar or None,
        stage=slug or None,
        province_code=code if level == "provinsi" else None,
        satker_code=code if level == "satker" else None,
        channel=channel or None,
    )
