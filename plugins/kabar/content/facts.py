"""What a template may say: plain values about one obligation, under the names that editors use."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from kabar.content.templates import Plain, words_of
from kabar.content.wording import (
    clock,
    count,
    date_range,
    days_away,
    inner_case,
    long_date,
    regulation,
    short_date,
)
from kabar.election import Calendar, Stage, binds
from kabar.plan import Obligation, public_stages
from kabar.satker import Satker

#: A date or rule that nobody has confirmed is never printed as law.
_UNCONFIRMED: Final = "ingatan"
#: Kind of the calendars that elect no head of a region.
_NATIONAL: Final = "pemilu"
_OFFICES: Final = {
    "gubernur": "gubernur dan wakil gubernur",
    "bupati": "bupati dan wakil bupati",
    "walikota": "wali kota dan wakil wali kota",
}
#: UU 7/2017 Article 449: no quick counts before polling in western Indonesia has been over for two hours.
_COUNTS_MAY_APPEAR_AT: Final = time(15, 0)
_WESTERN: Final = ZoneInfo("Asia/Jakarta")


def facts_of(obligation: Obligation, calendar: Calendar) -> dict[str, Plain]:
    """Give every value that a template may print for this obligation, dates and hours already in words.

    `fase` says where the day of publication lies: belum (before the stage), mulai (its first day), berjalan,
    terakhir (its last day) or selesai; a stage without a first day is berjalan until its last.
    `masa_tenang` and `jeda_survei` are true when the rules of those days bind the message.
    """
    stage, tonggak, satker = obligation.stage, obligation.tonggak, obligation.satker
    today = tonggak.on_date
    return {
        **_who(satker, calendar),
        **_when(stage, today),
        # KPU RI speaks to three time zones at once.
        **_hours(stage, "waktu setempat" if satker.kind == "ri" else satker.zone, tonggak.at_time),
        **_next(calendar, stage, satker),
        "kalender": calendar.short_title,
        "kode_kalender": calendar.code,
        "id_tahapan": stage.slug,
        "kata": words_of(stage.slug),
        "tahapan": stage.title,
        "ringkasan": stage.summary,
        "ajakan": stage.call_to_action,
        "jenis": tonggak.kind,
        "label": tonggak.label,
        "tema": tonggak.theme or "",
        "pola": stage.pattern,
        "dasar": legal_basis(calendar, stage),
        "tautan": (link := str(stage.link or calendar.official_link)),
        # Where an address cannot be clicked, the part that a reader types.
        "tautan_teks": link.removeprefix("https://"),
        "hari_ini": long_date(today),
        **seasons(calendar, today, obligation.publish_at),
        "hari_pemungutan": long_date(calendar.polling_day) if calendar.polling_day else "",
    }


def seasons(calendar: Calendar, today: date, moment: datetime) -> dict[str, Plain]:
    """Tell whether the rules of masa tenang and of the days before the counts bind what is said then."""
    return {"masa_tenang": _is_quiet(calendar, today), "jeda_survei": _is_before_counts(calendar, moment)}


@lru_cache(maxsize=1024)
def legal_basis(calendar: Calendar, stage: Stage) -> str:
    """Write the rules that fix a stage, at most two: its own, else its parent's, else those of the calendar.

    A rule whose status is `ingatan` (recalled, without a source) is left out.
    """
    sources = [stage.legal_basis]
    if stage.parent:
        sources.append(calendar.stage(stage.parent).legal_basis)
    sources.append(calendar.legal_basis)
    for rules in sources:
        confirmed = tuple(
            dict.fromkeys(regulation(rule.rule) for rule in rules if rule.status != _UNCONFIRMED)
        )
        if confirmed:
            return "; ".join(confirmed[:2])
    return ""


def _who(satker: Satker, calendar: Calendar) -> dict[str, Plain]:
    office = _OFFICES.get(satker.own_election, "kepala daerah") if calendar.kind != _NATIONAL else ""
    bare = satker.short_name.removeprefix("KPU ").removeprefix("KIP ")
    return {
        "satker": satker.short_name,
        "satker_lengkap": satker.official_name,
        "jenis_satker": satker.kind,
        "lembaga": "KIP" if satker.is_kip else "KPU",
        "jabatan": office,
        "punya_pemilihan": satker.own_election != "none",
        "wilayah": bare if bare.startswith(("Provinsi ", "Kabupaten ", "Kota ")) else satker.area_name,
        "zona": satker.zone,
    }


@lru_cache(maxsize=64)
def _when(stage: Stage, today: date) -> dict[str, Plain]:
    begins, ends = stage.begins_on, stage.ends_on
    last = ends or begins
    to_end = (last - today).days if last else 0
    to_start = (begins - today).days if begins else 0
    return {
        "fase": _phase(stage, today),
        "satu_hari": begins is not None and begins == last,
        "mulai": long_date(begins) if begins else "",
        "mulai_pendek": short_date(begins) if begins else "",
        "selesai": long_date(last) if last else "",
        "selesai_pendek": short_date(last) if last else "",
        "rentang": date_range(begins, last) if begins and last else "",
        "sisa_mulai": days_away(to_start) if begins else "",
        "sisa_selesai": days_away(to_end) if last else "",
        "sisa_hari": count(to_end) if last and to_end >= 0 else "",
        "minggu_ke": max(0, -to_start) // 7,
        "hari_ke": max(0, -to_start) + 1,
    }


def _phase(stage: Stage, today: date) -> str:
    if stage.begins_on and today < stage.begins_on:
        return "belum"
    if stage.ends_on and today > stage.ends_on:
        return "selesai"
    if today == stage.begins_on:
        return "mulai"
    return "terakhir" if today == stage.ends_on else "berjalan"


@lru_cache(maxsize=64)
def _hours(stage: Stage, zone: str, now: time) -> dict[str, Plain]:
    hours = stage.local_hours
    return {
        "jam": clock(now, zone),
        "jam_layanan": f"pukul {hours.begins:%H.%M} sampai {hours.ends:%H.%M} {zone}" if hours else "",
        "jam_buka": clock(hours.begins, zone) if hours else "",
        "jam_tutup": clock(hours.ends, zone) if hours else "",
        "jam_dptb": clock(hours.dptb_from, zone) if hours else "",
        "jam_dpk": clock(hours.dpk_from, zone) if hours else "",
    }


def _next(calendar: Calendar, stage: Stage, satker: Satker) -> dict[str, Plain]:
    """Find the stage that follows: the next public one of its group that binds the satker."""
    follower = next((other for other in _later_stages(calendar, stage) if binds(other, satker)), None)
    if follower is None:
        return {"berikut": "", "kata_berikut": "", "jadwal_berikut": ""}
    begins = long_date(follower.begins_on) if follower.begins_on else ""
    return {
        "berikut": inner_case(follower.title),
        "kata_berikut": words_of(follower.slug),
        "jadwal_berikut": f"{'pada' if follower.begins_on == follower.ends_on else 'mulai'} {begins}",
    }


@lru_cache(maxsize=64)
def _later_stages(calendar: Calendar, stage: Stage) -> tuple[Stage, ...]:
    """List the public stages of the same group that begin after a stage has ended, the nearest first."""
    after = stage.ends_on or stage.begins_on
    later = (
        other
        for other in public_stages(calendar)
        if after and other.begins_on and other.begins_on > after and other.group == stage.group
    )
    return tuple(sorted(later, key=lambda other: str(other.begins_on)))


@lru_cache(maxsize=64)
def _is_quiet(calendar: Calendar, today: date) -> bool:
    """Tell whether a day lies in masa tenang; even an unconfirmed one binds, to be on the safe side."""
    return any(
        stage.begins_on <= today <= stage.ends_on
        for stage in calendar.stages
        if stage.pattern == "masa_tenang" and stage.begins_on and stage.ends_on
    )


@lru_cache(maxsize=64)
def _is_before_counts(calendar: Calendar, publish_at: datetime) -> bool:
    """Tell whether a moment lies between the start of masa tenang and 15.00 WIB of polling day."""
    if calendar.polling_day is None:
        return False
    starts = [
        stage.begins_on for stage in calendar.stages if stage.pattern == "masa_tenang" and stage.begins_on
    ]
    first = min([*starts, calendar.polling_day])
    until = datetime.combine(calendar.polling_day, _COUNTS_MAY_APPEAR_AT, _WESTERN)
    return first <= publish_at.astimezone(_WESTERN).date() and publish_at < until
