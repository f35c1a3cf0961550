"""What a demo plays, and what is known when it is over."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import Any

from kabar.settings import positive_number
from kabar.store.insights import Extent

DAG_ID = "rehearsal"
HARVEST = "harvest_insights"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played."""

    calendar: str
    stage: str
    as_if_at: str
    #: Province whose drafts are left to the visitor.
    waiting_province: str
    minutes_to_first_wave: float
    minutes_between_waves: float
    sandbox_address: str
    database_url: str
    #: Kill the process of a publishing task in the middle of its wave.
    with_kill: bool

    @classmethod
    def from_environment(cls, *, sandbox_address: str, database_url: str) -> Scene:
        """Read `KABAR_DEMO_*`; by default the registration of candidate pairs on its first day."""
        get = os.environ.get
        return cls(
            calendar=get("KABAR_DEMO_CALENDAR", "pilkada-2024"),
            stage=get("KABAR_DEMO_STAGE", "pendaftaran-paslon"),
            as_if_at=get("KABAR_DEMO_AT", "2024-08-27T00:00:00+07:00"),
            waiting_province=get("KABAR_DEMO_WAITING", "32"),
            minutes_to_first_wave=positive_number("KABAR_DEMO_FIRST_WAVE", 1),
            minutes_between_waves=positive_number("KABAR_DEMO_BETWEEN", 1),
            sandbox_address=sandbox_address,
            database_url=database_url,
            with_kill=get("KILL", "0") != "0",
        )

    @property
    def run_id(self) -> str:
        """The same scene is the same run, so that no start plays it a second time."""
        return f"demo__{self.calendar}__{self.stage}__{self.as_if_at}"


@dataclass(frozen=True, slots=True)
class Played:
    """Everything that happened, from the ledger, from Airflow and from the sandbox's own log."""

    scene: Scene
    package_id: int
    #: Whether this start triggered the run; a later one finds what visitors have decided since.
    is_first_start: bool
    #: Whether a publishing process was killed, as `KILL=1` asks.
    was_killed: bool
    ledger: tuple[dict[str, Any], ...]
    #: How often each post's marker was published, by the sandbox's own log.
    published_on_sandbox: Counter[str]
    #: Of the harvested day and the days before it that were read again.
    insights: Extent
    #: DAGs of stages that Airflow shows, and how many public stages the calendars have.
    stage_dags: int
    public_stages: int
    import_errors: tuple[str, ...]
    #: How long things took; None where it cannot be known, as for a wave that was decided before this start.
    seconds: dict[str, float | None]
