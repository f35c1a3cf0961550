"""When runs begin: every tonggak once, in order, however long the scheduler slept; none that is stale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pendulum
import pytest
import time_machine
from airflow.exceptions import InvalidPartitionKeyError
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DagRunInfo, TimeRestriction
from airflow.utils.types import DagRunType
from hypothesis import given, settings
from hypothesis import strategies as st

from kabar.orchestration.stages import StageOfCalendar, stages_of_calendars
from kabar.orchestration.timetable import TonggakTimetable
from kabar.satker import ZONES
from kabar.settings import Settings

#: What Airflow hands over for a DAG without dates of its own.
FREE = TimeRestriction(earliest=None, latest=None, catchup=False)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

STAGES = {stage.dag_id: stage for stage in stages_of_calendars(Settings.from_environment())}
REGISTRATION = STAGES["tahapan__pilkada-2024__pendaftaran-paslon"]
VOTING = STAGES["tahapan__pilkada-2024__pemungutan-suara"]


def due(timetable: TonggakTimetable, now: datetime, last: DagRunInfo | None) -> Iterator[DagRunInfo]:
    """The runs that a scheduler which is awake begins now, one after the other, as Airflow asks for them."""
    with time_machine.travel(now, tick=False):
        while True:
            following = timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=FREE)
            if following is None or following.run_after > now:
                return
            yield following
            last = following


def runs(timetable: TonggakTimetable, awake_at: Sequence[datetime]) -> list[tuple[str, datetime]]:
    """The key and moment of every run begun by a scheduler that is awake at these moments only."""
    begun: list[tuple[str, datetime]] = []
    last: DagRunInfo | None = None
    for now in awake_at:
        for info in due(timetable, now, last):
            begun.append((str(info.partition_key), now))
            last = info
    return begun


def every_six_hours(stage: StageOfCalendar) -> list[datetime]:
    """A scheduler that wakes up now and then, from before the first tonggak until all are over."""
    moments = stage.timetable().moments
    first, last = moments[0].run_after - DAY, max(one.worth_until for one in moments) + DAY
    return [first + number * 6 * HOUR for number in range(int((last - first).total_seconds()) // 21_600 + 1)]


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_every_tonggak_of_a_real_stage_becomes_one_run_in_order(stage: StageOfCalendar) -> None:
    begun = runs(stage.timetable(), every_six_hours(stage))

    assert [key for key, _ in begun] == [one.key for one in stage.tonggak]
    assert all(
        timedelta(0) <= at - moment.run_after < 6 * HOUR
        for (_, at), moment in zip(begun, stage.timetable().moments, strict=True)
    )


def test_a_run_slept_across_is_begun_late_while_it_is_still_worth_it() -> None:
    timetable = REGISTRATION.timetable()
    first, second = timetable.moments[:2]

    begun = runs(timetable, [first.run_after - HOUR, second.run_after + HOUR])

    assert second.run_after + HOUR < first.worth_until
    assert [key for key, _ in begun] == [first.key, second.key]


def test_a_run_slept_across_until_nothing_of_it_may_be_said_is_dropped() -> None:
    timetable = REGISTRATION.timetable()
    first, second = timetable.moments[:2]

    begun = runs(timetable, [first.run_after - HOUR, first.worth_until, second.worth_until - HOUR])

    assert [key for key, _ in begun if key == first.key] == []
    assert begun[0] == (second.key, first.worth_until)


def test_a_scheduler_that_was_away_all_the_time_begins_nothing() -> None:
    assert runs(REGISTRATION.timetable(), [datetime(2026, 1, 1, tzinfo=UTC)]) == []


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_a_past_calendar_schedules_nothing(stage: StageOfCalendar) -> None:
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False):
        assert stage.timetable().next_dagrun_info_v2(last_dagrun_info=None, restriction=FREE) is None


def test_before_the_first_tonggak_the_next_run_is_shown_in_advance() -> None:
    with time_machine.travel(datetime(2024, 1, 1, tzinfo=UTC), tick=False):
        info = REGISTRATION.timetable().next_dagrun_info_v2(last_dagrun_info=None, restriction=FREE)

    assert info is not None
    assert info.partition_key == "pendaftaran-paslon|H-3"
    # 09.00 in Jayapura three days earlier.
    assert info.run_after == info.partition_date == datetime(2024, 8, 21, 0, tzinfo=UTC)
    assert info.logical_date is None


def test_nothing_begins_after_the_end_of_a_dag() -> None:
    timetable = REGISTRATION.timetable()
    latest = timetable.moments[1].run_after
    restriction = TimeRestriction(earliest=None, latest=latest, catchup=False)
    with time_machine.travel(timetable.moments[0].run_after, tick=False):
        found, last = [], None
        while last := timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction):
            found.append(last.run_after)

    assert found == [timetable.moments[0].run_after, latest]


@pytest.mark.parametrize("catchup", [False, True])
def test_nothing_begins_before_the_start_of_a_dag(catchup: bool) -> None:  # noqa: FBT001 -- A parameter.
    timetable = REGISTRATION.timetable()
    restriction = TimeRestriction(earliest=timetable.moments[1].run_after, latest=None, catchup=catchup)
    with time_machine.travel(timetable.moments[0].run_after, tick=False):
        info = timetable.next_dagrun_info_v2(last_dagrun_info=None, restriction=restriction)

    assert info is not None
    assert info.partition_key == timetable.moments[1].key


def test_a_run_by_hand_before_does_not_hide_the_next_tonggak() -> None:
    timetable = REGISTRATION.timetable()
    by_hand = DagRunInfo(run_after=timetable.moments[2].run_after, data_interval=None)
    with time_machine.travel(timetable.moments[0].run_after, tick=False):
        info = timetable.next_dagrun_info_v2(last_dagrun_info=by_hand, restriction=FREE)

    assert info is not None
    assert info.partition_key == timetable.moments[0].key


def test_a_clock_that_is_set_back_a_little_begins_no_run_twice() -> None:
    timetable = REGISTRATION.timetable()
    first, second, *_ = timetable.moments
    begun = DagRunInfo(
        run_after=first.run_after, data_interval=None, partition_date=first.run_after, partition_key=first.key
    )

    with time_machine.travel(first.run_after - timedelta(minutes=10), tick=False):
        info = timetable.next_dagrun_info_v2(last_dagrun_info=begun, restriction=FREE)

    assert info is not None
    assert info.partition_key == second.key


def test_no_two_runs_of_any_stage_share_an_id() -> None:
    for stage in STAGES.values():
        timetable = stage.timetable()
        ids = [
            timetable.generate_run_id(
                run_type=DagRunType.SCHEDULED,
                run_after=one.run_after,
                data_interval=None,
                partition_key=one.key,
            )
            for one in timetable.moments
        ]
        assert len(set(ids)) == len(stage.tonggak)


def test_a_run_id_names_the_jakarta_hour_and_the_tonggak() -> None:
    timetable = REGISTRATION.timetable()

    run_id = timetable.generate_run_id(
        run_type=DagRunType.SCHEDULED,
        run_after=timetable.moments[1].run_after,
        data_interval=None,
        partition_key=timetable.moments[1].key,
    )

    assert run_id == "scheduled__2024-08-24T06:00:00+07:00__pendaftaran-paslon.H"


def test_two_tonggak_triggered_by_hand_at_one_moment_have_different_run_ids() -> None:
    now = pendulum.datetime(2026, 11, 20, 3)
    ids = {
        REGISTRATION.timetable().generate_run_id(
            run_type=DagRunType.MANUAL, run_after=now, data_interval=None, partition_key=one.key
        )
        for one in REGISTRATION.timetable().moments
    }

    assert len(ids) == len(REGISTRATION.tonggak)


def test_a_partition_key_is_read_as_the_moment_at_which_its_run_begins() -> None:
    timetable = REGISTRATION.timetable()

    assert [timetable.resolve_partition_date(one.key) for one in timetable.moments] == [
        one.run_after for one in timetable.moments
    ]


@pytest.mark.parametrize("key", ["pendaftaran-paslon|H-4", "pendaftaran-paslon", "salah|H"])
def test_an_unknown_partition_key_is_refused_with_the_known_ones(key: str) -> None:
    with pytest.raises(InvalidPartitionKeyError) as refused:
        REGISTRATION.timetable().resolve_partition_date(key)

    assert repr(key) in str(refused.value)
    for one in REGISTRATION.tonggak:
        assert one.key in str(refused.value)


def test_a_backfill_takes_both_ends_of_its_days_as_they_are_in_jakarta() -> None:
    timetable = VOTING.timetable()
    local = [one.run_after.in_timezone("Asia/Jakarta") for one in timetable.moments]
    first, last = local[2], local[5]

    found = timetable.iter_partition_dagrun_infos(
        # Airflow hands over the wall clock of the form as if it were UTC.
        earliest=first.replace(tzinfo=pendulum.UTC),
        latest=last.replace(tzinfo=pendulum.UTC),
    )

    assert [info.partition_key for info in found] == [one.key for one in timetable.moments[2:6]]


def test_a_backfill_of_a_past_calendar_asks_for_every_tonggak_in_order() -> None:
    found = VOTING.timetable().iter_partition_dagrun_infos(
        earliest=datetime(2024, 1, 1, tzinfo=UTC), latest=datetime(2024, 12, 31, tzinfo=UTC)
    )

    assert [info.partition_key for info in found] == [one.key for one in VOTING.tonggak]


def test_no_two_runs_of_any_stage_begin_at_one_instant_which_a_backfill_would_take_for_one() -> None:
    for stage in STAGES.values():
        instants = {one.run_after for one in stage.timetable().moments}
        assert len(instants) == len(stage.tonggak), stage.dag_id


def test_two_tonggak_at_one_instant_are_refused() -> None:
    at = datetime(2026, 11, 20, 1, tzinfo=UTC)
    elsewhere = at.astimezone(ZoneInfo("Asia/Jayapura"))

    with pytest.raises(ValueError, match="two tonggak share one run_after"):
        TonggakTimetable("Kampanye", [("a|H", at, at + DAY), ("a|H+1", elsewhere, at + DAY)])


def test_two_tonggak_of_one_key_are_refused() -> None:
    at = datetime(2026, 11, 20, 1, tzinfo=UTC)

    with pytest.raises(ValueError, match="two tonggak share one key"):
        TonggakTimetable("Kampanye", [("a|H", at, at + DAY), ("a|H", at + HOUR, at + DAY)])


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_a_run_begins_three_days_before_the_eastern_satker_and_is_worth_it_until_the_western_fall_silent(
    stage: StageOfCalendar,
) -> None:
    zones = {name: ZoneInfo(place) for name, place in ZONES.items()}
    for tonggak, moment in zip(stage.tonggak, stage.timetable().moments, strict=True):
        assert moment.key == tonggak.key
        assert moment.run_after == tonggak.publish_at(zones["WIT"]) - 3 * DAY
        assert moment.run_after == min(tonggak.publish_at(zone) for zone in zones.values()) - 3 * DAY
        assert moment.worth_until == max(tonggak.not_after(zone) for zone in zones.values())


def test_after_the_scheduler_read_it_back_it_schedules_the_same() -> None:
    dag = DAG("stage", schedule=VOTING.timetable(), catchup=False)

    back = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable

    assert back.serialize() == VOTING.timetable().serialize()
    assert back.summary == "19 tonggak"
    assert "19 runs, the first 2024-08-16 07.00 WIB" in back.description
    assert runs(back, every_six_hours(VOTING)) == runs(VOTING.timetable(), every_six_hours(VOTING))


MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
hours = st.integers(min_value=0, max_value=24 * 60)
plans = st.lists(
    st.tuples(hours, st.integers(min_value=1, max_value=200)), unique_by=lambda pair: pair[0], max_size=12
)
wakings = st.lists(hours, max_size=40).map(sorted)


@settings(max_examples=200, deadline=None)
@given(plan=plans, awake=wakings)
def test_a_tonggak_is_begun_once_if_and_only_if_somebody_was_awake_while_it_was_worth_it(
    plan: list[tuple[int, int]], awake: list[int]
) -> None:
    timetable = TonggakTimetable(
        "Tahapan",
        [
            (f"tahapan|{start}", MOMENT + start * HOUR, MOMENT + (start + worth) * HOUR)
            for start, worth in plan
        ],
    )

    begun = [key for key, _ in runs(timetable, [MOMENT + hour * HOUR for hour in awake])]

    expected = [
        f"tahapan|{start}"
        for start, worth in sorted(plan)
        if any(start <= hour < start + worth for hour in awake)
    ]
    assert begun == expected


@settings(max_examples=100, deadline=None)
@given(plan=plans, ends=st.tuples(hours, hours).map(sorted))
def test_a_backfill_asks_for_exactly_the_tonggak_between_its_ends(
    plan: list[tuple[int, int]], ends: list[int]
) -> None:
    timetable = TonggakTimetable(
        "Tahapan",
        [
            (f"tahapan|{start}", MOMENT + start * HOUR, MOMENT + (start + worth) * HOUR)
            for start, worth in plan
        ],
    )
    jakarta = timedelta(hours=7)

    found = timetable.iter_partition_dagrun_infos(
        earliest=MOMENT + ends[0] * HOUR + jakarta, latest=MOMENT + ends[1] * HOUR + jakarta
    )

    assert [info.partition_key for info in found] == [
        f"tahapan|{start}" for start, _ in sorted(plan) if ends[0] <= start <= ends[1]
    ]
