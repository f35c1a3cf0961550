"""What Airflow shows of each stage: names, texts and timetable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from kabar.calendar import Calendar, Stage, readable_calendars
from kabar.orchestration.timetable import TonggakTimetable
from kabar.plan import public_stages
from kabar.satker import ZONES, read_satker
from kabar.settings import Settings
from kabar.tonggak import Tonggak, read_patterns, tonggak_of


@dataclass(frozen=True, slots=True)
class StageOfCalendar:
    """One public, dated stage with everything its DAG needs."""

    calendar: Calendar
    stage: Stage
    tonggak: tuple[Tonggak, ...]
    lead_days: int

    @property
    def dag_id(self) -> str:
        """Stable as long as calendar and stage keep their names."""
        return f"tahapan__{self.calendar.code}__{self.stage.slug}"

    @property
    def display_name(self) -> str:
        """What the list of DAGs shows."""
        return f"{self.calendar.short_title}: {self.stage.title}"

    @property
    def description(self) -> str:
        """Dates and legal basis in one line."""
        dates = " to ".join(str(day) for day in (self.stage.begins_on, self.stage.ends_on) if day)
        return f"{dates}; {'; '.join(basis.rule for basis in self.stage.legal_basis)}"

    @property
    def doc_md(self) -> str:
        """The stage as a page: dates, status, legal basis, who is bound, every tonggak."""
        first, last = _first_and_last_zone()
        rows = "\n".join(
            f"| `{one.key}` | {one.kind} | {one.publish_at(first):%Y-%m-%d %H.%M %Z} "
            f"| {one.not_after(last):%Y-%m-%d %H.%M %Z} |"
            for one in self.tonggak
        )
        basis = "\n".join(
            f"* {basis.rule}, {basis.part} ({basis.status})" for basis in self.stage.legal_basis
        )
        return (
            f"# {self.stage.title}\n\n{self.calendar.title}\n\n{self.description}. Status of the dates: "
            f"{self.stage.status}.\n\n## Legal basis\n\n{basis}\n\n## Tonggak\n\n"
            f"| partition key | kind | first satker speaks | not after |\n|---|---|---|---|\n{rows}"
        )

    def timetable(self) -> TonggakTimetable:
        """One partition a tonggak, begun the lead time before the first satker speaks."""
        first, last = _first_and_last_zone()
        return TonggakTimetable(
            self.stage.title,
            [
                (
                    one.key,
                    one.publish_at(first) - timedelta(days=self.lead_days),
                    one.not_after(last),
                )
                for one in self.tonggak
            ],
        )


def _first_and_last_zone() -> tuple[ZoneInfo, ZoneInfo]:
    names = tuple(ZONES.values())
    return ZoneInfo(names[0]), ZoneInfo(names[-1])


def stages_of_calendars(settings: Settings) -> Iterator[StageOfCalendar]:
    """Every public, dated stage of every calendar that can be read, in the order of the files."""
    patterns = read_patterns(settings.include / "tonggak.yaml")
    satker = read_satker(settings.include / "satker.csv")
    for calendar in readable_calendars(settings.calendars, satker=satker, patterns=patterns.by_name):
        for stage in public_stages(calendar):
            yield StageOfCalendar(
                calendar=calendar,
                stage=stage,
                tonggak=tonggak_of(calendar, stage, patterns),
                lead_days=patterns.lead_days,
            )
