"""The law's own arithmetic: days that follow from the day of polling, and stages that follow one another.

Each rule is one that the public pages behind the shipped calendars report; the text of the regulations was
not compared. So nothing here computes a date for a calendar: it only asks whether a written one fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from kabar.election import Calendar, Stage


class Distance(NamedTuple):
    """How many days before polling a stage must begin or end."""

    slug: str
    key: Literal["mulai", "selesai"]
    days: int
    law: str
    #: `on` that very day, or on that day `by` the latest.
    when: Literal["on", "by"] = "on"


class Unfit(NamedTuple):
    """A date that does not follow from the others."""

    stage: Stage
    key: Literal["mulai", "selesai"]
    sentence: str


#: Counted as the pages count: H-30 of 27 November is 28 October.
DISTANCES: Final = (
    Distance("pindah-memilih-h30", "selesai", 30, "PKPU 7/2022: moving one's vote ends at H-30"),
    Distance(
        "pindah-memilih-h7", "selesai", 7, "PKPU 7/2022: moving one's vote in special cases ends at H-7"
    ),
    Distance("kampanye", "selesai", 4, "the campaign ends on the day before masa tenang"),
    Distance("masa-tenang", "mulai", 3, "masa tenang lasts three days before polling"),
    Distance("masa-tenang", "selesai", 1, "masa tenang ends on the day before polling"),
    Distance(
        "pembagian-c-pemberitahuan", "selesai", 3, "voters are notified three days before polling", "by"
    ),
)

#: Each stage of a row ends before the next begins; stages that a calendar does not have are passed over.
SEQUENCES: Final = (
    ("kampanye", "masa-tenang", "pemungutan-suara", "penetapan-hasil"),
    ("pengumuman-pendaftaran-paslon", "pendaftaran-paslon", "penetapan-paslon", "pengundian-nomor-urut"),
    ("penelitian-persyaratan", "penetapan-paslon", "kampanye"),
    ("penetapan-dps", "penetapan-dpt-kabko", "rekap-dpt-provinsi"),
    ("pindah-memilih-h30", "pindah-memilih-h7", "pemungutan-suara"),
    ("rekrutmen-ppk", "pelantikan-ppk"),
    ("rekrutmen-kpps", "pelantikan-kpps", "pemungutan-suara"),
    ("penetapan-peserta", "kampanye"),
)


def unfit_dates(calendar: Calendar) -> Iterator[Unfit]:
    """Report each date that its distance from polling or its place in a sequence refuses."""
    stages = {stage.slug: stage for stage in calendar.stages}
    if calendar.polling_day is not None:
        for distance in DISTANCES:
            if distance.slug in stages:
                yield from _too_far(stages[distance.slug], distance, calendar.polling_day)
    for sequence in SEQUENCES:
        row = [stages[slug] for slug in sequence if slug in stages]
        for earlier, later in pairwise(row):
            ends = earlier.ends_on or earlier.begins_on
            if ends and later.begins_on and later.begins_on <= ends:
                sentence = (
                    f"{later.slug} begins on {later.begins_on}, before {earlier.slug} is over ({ends})."
                )
                yield Unfit(later, "mulai", sentence)


def _too_far(stage: Stage, distance: Distance, polling_day: date) -> Iterator[Unfit]:
    written = stage.begins_on if distance.key == "mulai" else stage.ends_on
    lawful = polling_day - timedelta(days=distance.days)
    if written is None or written == lawful or (distance.when == "by" and written < lawful):
        return
    verb = "begins" if distance.key == "mulai" else "ends"
    yield Unfit(
        stage,
        distance.key,
        f"{stage.slug} {verb} on {written}, but {distance.law}: {lawful} if polling is on {polling_day}.",
    )
