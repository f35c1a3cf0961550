"""What an election calendar is: stages with their dates, their legal basis and the satker that they bind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from kabar.frozen import Frozen
from kabar.reading import Clock, Count, Day, Flag, Line, WrongValueError
from kabar.satker import Kind, Satker

#: Confirmed by two pages or more; by one; or from memory, which is never published by itself.
Status = Literal["terverifikasi", "satu_sumber", "ingatan"]
Condition = Literal["semua", "punya_pemilihan", "ada_pemungutan_suara"]

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CODE = re.compile(r"\d{2}(\d{2})?")
OFFICIAL_DOMAIN = "kpu.go.id"
YEARS = range(2020, 2100)
#: Both name DAGs and runs. Airflow's tables hold 250 characters of an id and 1,000 of a timetable's
#: description, and its processor of DAG files ends, for all elections, with the first that does not fit.
LONGEST_SLUG = 80
LONGEST_TITLE = 200


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise WrongValueError(
            f"`{text}` is not a slug.", "Write small letters and digits with single hyphens."
        )
    if len(text) > LONGEST_SLUG:
        raise WrongValueError(
            f"`{text[:20]}…` has {len(text)} characters.", f"Shorten it to {LONGEST_SLUG} at most."
        )
    return text


def _title(text: str) -> str:
    if len(text) > LONGEST_TITLE:
        raise WrongValueError(
            f"`{text[:20]}…` has {len(text)} characters.", f"Shorten it to {LONGEST_TITLE} at most."
        )
    return text


def _satker_code(text: str) -> str:
    if not CODE.fullmatch(text):
        raise WrongValueError(
            f"`{text}` is not a satker code.", "Write two or four digits in quotes: '1408'."
        )
    return text


def _address(text: str) -> str:
    if urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname:
        raise WrongValueError(f"`{text}` is not an address.", "Write it in full: https://….")
    return text


def _official(text: str) -> str:
    host = urlsplit(_address(text)).hostname or ""
    if not text.startswith("https://") or not f".{host}".endswith(f".{OFFICIAL_DOMAIN}"):
        raise WrongValueError(
            f"`{text}` is not an official address.", f"Write https:// and a host of {OFFICIAL_DOMAIN}."
        )
    return text


def _year(day: date) -> date:
    if day.year not in YEARS:
        raise WrongValueError(f"{day} lies in an improbable year.", "Write the year with four digits.")
    return day


Slug = Annotated[Line, AfterValidator(_slug)]
Title = Annotated[Line, AfterValidator(_title)]
SatkerCode = Annotated[str, AfterValidator(_satker_code)]
Address = Annotated[Line, AfterValidator(_address)]
OfficialAddress = Annotated[Line, AfterValidator(_official)]
StageDay = Annotated[Day, AfterValidator(_year)]


class Source(Frozen):
    """A public page on which a date was found."""

    address: Address = Field(alias="url")
    kind: Line = Field(alias="jenis")
    published_on: StageDay | None = Field(alias="tanggal", default=None)


class LegalBasis(Frozen):
    """The regulation that fixes a stage, so that a reader can check us."""

    rule: Line = Field(alias="aturan")
    part: Line = Field(alias="bagian")
    status: Status = Field(alias="status")
    sources: tuple[Line, ...] = Field(alias="sumber", default=())


class LocalHours(Frozen):
    """Opening hours of a TPS, local everywhere: DPTb voters from one hour on, DPK voters from another."""

    begins: Clock = Field(alias="mulai")
    ends: Clock = Field(alias="selesai")
    dptb_from: Clock = Field(alias="dptb_mulai")
    dpk_from: Clock = Field(alias="dpk_mulai")


class Deadline(Frozen):
    """A date that depends on an event; it is never turned into a date by itself."""

    rule: Line = Field(alias="aturan")
    days: Count | None = Field(alias="hari", default=None)
    anchor: Line | None = Field(alias="acuan", default=None)


class Event(Frozen):
    """Something that happened in a conditional stage, for the record."""

    happened_on: StageDay = Field(alias="tanggal")
    text: Line = Field(alias="keterangan")
    sources: tuple[Line, ...] = Field(alias="sumber", default=())


class AreaCounts(Frozen):
    """How many areas vote for what."""

    gubernur: Count
    bupati: Count
    walikota: Count
    total: Count


class Stage(Frozen):
    """One stage (tahapan) of an election calendar; its slug is its name within the calendar."""

    slug: Slug = Field(alias="id")
    title: Title = Field(alias="nama")
    group: Line | None = Field(alias="kelompok", default=None)
    parent: str | None = Field(alias="induk")
    legal_basis: tuple[LegalBasis, ...] = Field(alias="dasar_hukum", min_length=1)
    #: First and last day; None where the law or the sources give none. No date is ever computed.
    begins_on: StageDay | None = Field(alias="mulai")
    ends_on: StageDay | None = Field(alias="selesai")
    binds: tuple[Kind, ...] = Field(alias="berlaku_untuk")
    condition: Condition = Field(alias="syarat")
    #: When not empty, only these satker are bound (PSU, re-election).
    satker_codes: tuple[SatkerCode, ...] = Field(alias="satker", default=())
    pattern: str = Field(alias="pola")
    summary: Line = Field(alias="ringkasan")
    call_to_action: Line = Field(alias="ajakan")
    link: OfficialAddress | None = Field(alias="tautan", default=None)
    local_hours: LocalHours | None = Field(alias="waktu_setempat", default=None)
    deadline: Deadline | None = Field(alias="tenggat", default=None)
    events: tuple[Event, ...] = Field(alias="peristiwa", default=())
    not_held: Flag = Field(alias="tidak_terlaksana", default=False)
    sources: tuple[str, ...] = Field(alias="sumber")
    status: Status
    note: Line | None = Field(alias="catatan", default=None)

    def __hash__(self) -> int:
        return hash(self.slug)


class Calendar(Frozen):
    """One election: its law, its sources and its stages in the order of the file."""

    schema_version: Literal[1] = Field(alias="versi_skema", default=1)
    code: Slug = Field(alias="kode")
    #: Raised by one with each amendment; what is drafted or posted remembers its version.
    version: Count = Field(alias="versi", ge=1)
    title: Line = Field(alias="nama")
    short_title: Title = Field(alias="nama_pendek")
    kind: Line = Field(alias="jenis")
    polling_day: StageDay | None = Field(alias="hari_pemungutan_suara")
    #: From this day the regulation holds; None where no source tells.
    takes_effect_on: StageDay | None = Field(alias="berlaku_sejak")
    legal_basis: tuple[LegalBasis, ...] = Field(alias="dasar_hukum", min_length=1)
    counts: AreaCounts | None = Field(alias="jumlah_daerah", default=None)
    #: What each value of `syarat` means, in the words of the editor.
    conditions: Mapping[Condition, Line] = Field(alias="syarat_satker")
    official_link: OfficialAddress = Field(alias="tautan_resmi")
    sources: Mapping[str, Source] = Field(alias="sumber")
    stages: tuple[Stage, ...] = Field(alias="tahapan", min_length=1)
    note: Line | None = Field(alias="catatan", default=None)

    def __hash__(self) -> int:
        return hash((self.code, self.version))

    def stage(self, slug: str) -> Stage:
        """Return the stage of that slug; `KeyError` when there is none."""
        for stage in self.stages:
            if stage.slug == slug:
                return stage
        raise KeyError(slug)


def binds(stage: Stage, satker: Satker) -> bool:
    """Return whether the stage binds the satker: by kind, by explicit list, by condition.

    KPU RI is bound whenever a stage names `ri`: the conditions sort areas, and its area is the nation.
    """
    if satker.kind not in stage.binds:
        return False
    if stage.satker_codes:
        return satker.code in stage.satker_codes
    if satker.kind == "ri" or stage.condition == "semua":
        return True
    if stage.condition == "punya_pemilihan":
        return satker.own_election != "none"
    return bool(satker.elections_in_area)
