"""The patterns of `include/tonggak.yaml`: which message comes when, and until when it is worth saying."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field

from kabar.frozen import Frozen
from kabar.reading import Clock, Count, Document, Flag, Line, Location
from kabar.yaml_file import read_yaml

MessageKind = Literal["pengumuman", "edukasi", "pengingat", "hari_h", "penutup"]
Anchor = Literal["mulai", "selesai", "peristiwa"]

#: Two pattern names that the code itself relies on: never public, and never scheduled by itself.
INTERNAL = "internal"
CONDITIONAL = "bersyarat"
FARTHEST_DAYS = 366


class Countdown(Frozen):
    """One message a day between two offsets before the anchor, both included."""

    first: Count = Field(alias="dari", ge=-FARTHEST_DAYS, le=-1)
    last: Count = Field(alias="sampai", ge=-FARTHEST_DAYS, le=-1)


class Entry(Frozen):
    """One line of a pattern: one message, or a row of messages when it repeats or counts down."""

    anchor: Anchor = Field(alias="acuan")
    offset_days: Count | None = Field(alias="geser", default=None, ge=-FARTHEST_DAYS, le=FARTHEST_DAYS)
    repeat: Literal["mingguan", "harian"] | None = Field(alias="ulang", default=None)
    countdown: Countdown | None = Field(alias="hitung_mundur", default=None)
    kind: MessageKind = Field(alias="jenis")
    at_time: Clock = Field(alias="jam")
    condition: Literal["hari_tersedia", "ada_jam"] | None = Field(alias="bila", default=None)
    theme: Line | None = Field(alias="isi", default=None)


class Pattern(Frozen):
    """All messages of one type of stage."""

    is_public: Flag = Field(alias="terbit")
    #: `masa_tenang`: the strictest content filter.
    content_mode: Literal["masa_tenang"] | None = Field(alias="mode_konten", default=None)
    trigger: Literal["peristiwa"] | None = Field(alias="pemicu", default=None)
    entries: tuple[Entry, ...] = Field(alias="tonggak")


class Validity(Frozen):
    """How long a message stays worth saying; the earlier of the two limits holds."""

    hours: Count | None = Field(alias="jam", default=None, ge=1, le=24 * FARTHEST_DAYS)
    latest: Literal["sebelum_acuan", "akhir_hari"] | None = Field(alias="paling_lambat", default=None)


class Patterns(Frozen):
    """Everything that `include/tonggak.yaml` decides."""

    schema_version: Literal[1] = Field(alias="versi_skema", default=1)
    #: How long before its first wave the drafts of a tonggak are made.
    lead_days: Count = Field(alias="waktu_siap_hari", ge=0, le=30)
    late_minutes: Count = Field(alias="penundaan_terlambat_menit", ge=0, le=24 * 60)
    #: What each kind of message is for, in the words of the editor.
    kinds: Mapping[MessageKind, Line] = Field(alias="jenis_pesan")
    validity: Mapping[MessageKind, Validity] = Field(alias="masa_berlaku")
    by_name: Mapping[str, Pattern] = Field(alias="pola")

    @property
    def late_delay(self) -> timedelta:
        """By how much an approval that comes after `publish_at` is put off."""
        return timedelta(minutes=self.late_minutes)


def read_patterns(path: Path) -> Patterns:
    """Return the patterns of a file.

    Raises:
        InputError: the first thing that is wrong, two entries of a pattern that mean the same moment
            among them.
    """
    document = read_yaml(path)
    patterns = document.read_as(Patterns)
    for table, given in (("jenis_pesan", patterns.kinds), ("masa_berlaku", patterns.validity)):
        for kind in get_args(MessageKind):
            if kind not in given:
                raise document.error((table, kind), "is missing.", f"Add `{kind}` to `{table}`.")
    for kind, validity in patterns.validity.items():
        if validity.hours is None and validity.latest is None:
            remedy = "Give `jam`, `paling_lambat` or both."
            raise document.error(
                ("masa_berlaku", kind), "a message without an end would be said for ever.", remedy
            )
        if validity.hours is None and validity.latest == "sebelum_acuan":
            # Of a message after its anchor, this limit says nothing.
            remedy = "Give `jam` as well."
            raise document.error(
                ("masa_berlaku", kind), "a message after its anchor would be said for ever.", remedy
            )
    for name in (INTERNAL, CONDITIONAL):
        if name not in patterns.by_name:
            raise document.error(("pola", name), "is missing.", "Restore it from the last version.")
    for name, pattern in patterns.by_name.items():
        _check_pattern(document, name, pattern)
    return patterns


def _check_pattern(document: Document, name: str, pattern: Pattern) -> None:
    place: Location = ("pola", name)
    if pattern.is_public != (name != INTERNAL):
        problem = f"only the pattern `{INTERNAL}` is never published."
        raise document.error((*place, "terbit"), problem, "Use that pattern in the calendar instead.")
    if (pattern.trigger is not None) != (name == CONDITIONAL):
        problem = f"only the pattern `{CONDITIONAL}`, and it always, waits for an event."
        raise document.error((*place, "pemicu"), problem, "Use that pattern in the calendar instead.")
    moments: list[tuple[object, ...]] = []
    for index, entry in enumerate(pattern.entries):
        _check_entry(document, (*place, "tonggak", index), entry)
        if (entry.anchor == "peristiwa") != (name == CONDITIONAL):
            problem = f"`{entry.anchor}` is not an anchor for this pattern."
            raise document.error((*place, "tonggak", index, "acuan"), problem, "Write `mulai` or `selesai`.")
        moment = (entry.anchor, entry.offset_days, entry.repeat, entry.countdown, entry.at_time)
        if moment in moments:
            problem = "an entry before this one means the same moment."
            raise document.error((*place, "tonggak", index), problem, "Change its day or its hour.")
        moments.append(moment)


def _check_entry(document: Document, place: Location, entry: Entry) -> None:
    ways = [way for way in (entry.offset_days, entry.repeat, entry.countdown) if way is not None]
    if len(ways) != 1:
        remedy = "Write exactly one of `geser`, `ulang`, `hitung_mundur`."
        raise document.error(place, f"the day is given {len(ways)} times.", remedy)
    if entry.repeat is not None and entry.anchor != "mulai":
        raise document.error(
            (*place, "ulang"), "a repetition counts from the beginning.", "Write `acuan: mulai`."
        )
    if entry.countdown is not None and entry.countdown.first > entry.countdown.last:
        remedy = "Write the earlier day first, as in {dari: -10, sampai: -1}."
        raise document.error((*place, "hitung_mundur"), "the countdown runs backwards.", remedy)
