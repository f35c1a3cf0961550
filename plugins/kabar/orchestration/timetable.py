"""When the runs of one stage begin: one run a tonggak, named by its partition key.

Each run starts the lead time before its first wave. Two facts of Airflow 3.3.2 shape this class: with
`catchup=False` a run whose time passes while the scheduler stands still is dropped unless the timetable
itself looks back, and a backfill takes two runs of one instant for one. So every tonggak carries the moment
until which it is still worth starting, and instants are unique within a stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pendulum
from airflow.exceptions import InvalidPartitionKeyError
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.utils.types import DagRunType

#: Run ids and texts name the hour of the national office.
LOCAL = "Asia/Jakarta"


class Moment(NamedTuple):
    """One tonggak on the timetable."""

    key: str
    run_after: pendulum.DateTime
    #: After this nothing of the tonggak would be published any more, so no run is begun.
    worth_until: pendulum.DateTime


class TonggakTimetable(Timetable):
    """The tonggak of one stage as partitions: `partition_key` is the tonggak's key."""

    partitioned = True
    run_ordering: Sequence[str] = ("partition_date", "run_after")

    def __init__(self, title: str, moments: Iterable[tuple[str, datetime, datetime]]) -> None:
        """Plan the moments given as (key, run after, worth until); times are aware.

        Raises:
            ValueError: Two moments share an instant or a key, which would lose one of them.
        """
        self.title = title
        self.moments = tuple(
            sorted(
                (Moment(key, _utc(run_after), _utc(worth_until)) for key, run_after, worth_until in moments),
                key=lambda moment: (moment.run_after, moment.key),
            )
        )
        for part in ("key", "run_after"):
            values = [getattr(moment, part) for moment in self.moments]
            if len(values) != len(set(values)):
                raise ValueError(f"{title}: two tonggak share one {part}.")
        self.description = _description(title, self.moments)

    @property
    def summary(self) -> str:
        """The short text beside the DAG's name."""
        return f"{len(self.moments)} tonggak"

    def serialize(self) -> dict[str, Any]:
        """Plain JSON; a changed calendar therefore makes a new DAG version."""
        return {
            "title": self.title,
            "moments": [
                [moment.key, moment.run_after.isoformat(), moment.worth_until.isoformat()]
                for moment in self.moments
            ],
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> TonggakTimetable:
        """Rebuild from `serialize`."""
        moments = (
            (key, datetime.fromisoformat(run_after), datetime.fromisoformat(worth_until))
            for key, run_after, worth_until in data["moments"]
        )
        return cls(data["title"], moments)

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """A run by hand covers no interval; it is told by its partition key which tonggak it is."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,  # noqa: ARG002 -- Airflow's signature.
        restriction: TimeRestriction,  # noqa: ARG002 -- As above.
    ) -> DagRunInfo | None:
        """None: a partitioned timetable is asked by `next_dagrun_info_v2`."""
        return None

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next tonggak after the last run that is still worth starting; None when there is none.

        Airflow takes the latest of all runs for the last one, so a backfill of a tonggak still to come
        hides those before it. It cannot be told from Airflow's own look ahead, which asks in the same way;
        `reconcile_posts` names every tonggak that was passed over (`orchestration/overlooked.py`).
        """
        now = pendulum.now("UTC")
        last = _place(last_dagrun_info)
        for moment in self.moments:
            if last is not None and (moment.run_after, moment.key) <= last:
                continue
            if restriction.latest is not None and moment.run_after > restriction.latest:
                return None
            if not restriction.catchup and moment.worth_until <= now:
                continue
            if restriction.earliest is not None and moment.run_after < restriction.earliest:
                continue
            return _info(moment)
        return None

    def iter_partition_dagrun_infos(self, *, earliest: datetime, latest: datetime) -> Iterator[DagRunInfo]:
        """The tonggak whose runs begin between two moments, both included: what a backfill repeats."""
        first, last = (self.localize_partition_datetime(moment) for moment in (earliest, latest))
        for moment in self.moments:
            if first <= moment.run_after <= last:
                yield _info(moment)

    def localize_partition_datetime(self, dt: datetime) -> pendulum.DateTime:
        """Read the wall clock of a form in the UI as the national office's."""
        return (
            pendulum.instance(dt)
            .in_timezone("UTC")
            .replace(tzinfo=pendulum.timezone(LOCAL))
            .in_timezone("UTC")
        )

    def _decode_partition_date(self, partition_key: str) -> datetime:
        for moment in self.moments:
            if moment.key == partition_key:
                return moment.run_after
        known = ", ".join(moment.key for moment in self.moments)
        raise InvalidPartitionKeyError(f"{self.title} has no tonggak {partition_key!r}; it has {known}.")

    def generate_run_id(
        self,
        *,
        run_type: DagRunType,
        run_after: pendulum.DateTime,
        data_interval: DataInterval | None,  # noqa: ARG002 -- Airflow's signature; a partition has none.
        **extra: Any,  # noqa: ANN401 -- Airflow's signature.
    ) -> str:
        """Name a run by local hour and tonggak; two tonggak of one instant stay apart."""
        key = extra.get("partition_key")
        suffix = run_after.in_timezone(LOCAL).isoformat() + (f"__{key.replace('|', '.')}" if key else "")
        return run_type.generate_run_id(suffix=suffix)


def _description(title: str, moments: Sequence[Moment]) -> str:
    """First and last run in one line; Airflow keeps 1,000 characters, and its processor dies of more."""
    if not moments:
        return f"{title}: no tonggak"
    first, last = (
        f"{one.run_after.in_timezone(LOCAL):%Y-%m-%d %H.%M} WIB" for one in (moments[0], moments[-1])
    )
    return f"{title}: {len(moments)} runs, the first {first}, the last {last}"


def _utc(moment: datetime) -> pendulum.DateTime:
    return pendulum.instance(moment).in_timezone("UTC")


def _info(moment: Moment) -> DagRunInfo:
    return DagRunInfo(
        run_after=moment.run_after,
        data_interval=None,
        partition_date=moment.run_after,
        partition_key=moment.key,
    )


def _place(last: DagRunInfo | None) -> tuple[pendulum.DateTime, str] | None:
    if last is None or last.partition_key is None:
        return None
    return _utc(last.partition_date or last.run_after), last.partition_key
