"""Tonggak: which moments a pattern makes of a stage, what gives way, and when a message dies."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from shipped_tables import Edit, line_of

from kabar.election import Calendar
from kabar.errors import InputError
from kabar.plan import public_stages
from kabar.tonggak import Patterns, Tonggak, never_sayable, read_patterns, tonggak_of

JAKARTA = ZoneInfo("Asia/Jakarta")


def labels(calendar: Calendar, slug: str, patterns: Patterns) -> list[str]:
    return [one.label for one in tonggak_of(calendar, calendar.stage(slug), patterns)]


def one_of(calendar: Calendar, slug: str, label: str, patterns: Patterns) -> Tonggak:
    return next(one for one in tonggak_of(calendar, calendar.stage(slug), patterns) if one.label == label)


def test_a_short_range_has_four_tonggak(pilkada: Calendar, patterns: Patterns) -> None:
    assert labels(pilkada, "pendaftaran-paslon", patterns) == ["H-3", "H", "akhir-1", "akhir+1"]


def test_a_key_names_stage_and_label(pilkada: Calendar, patterns: Patterns) -> None:
    first = tonggak_of(pilkada, pilkada.stage("pendaftaran-paslon"), patterns)[0]
    assert first.key == "pendaftaran-paslon|H-3"
    assert (first.anchor_on, first.days_to_anchor) == (date(2024, 8, 27), 3)


def test_voting_day_is_told_by_the_hour(pilkada: Calendar, patterns: Patterns) -> None:
    day = [
        one
        for one in tonggak_of(pilkada, pilkada.stage("pemungutan-suara"), patterns)
        if one.kind == "hari_h"
    ]
    assert [(one.label, one.theme) for one in day] == [
        ("H.0600", None),
        ("H.0700", "TPS dibuka"),
        ("H.1100", "pemilih DPTb dilayani"),
        ("H.1200", "pemilih DPK dilayani; satu jam terakhir"),
    ]


def test_hours_without_a_source_are_not_told(calendars: dict[str, Calendar], patterns: Patterns) -> None:
    assert labels(calendars["pemilihan-ulang-2025"], "pemungutan-suara", patterns)[-2:] == ["H", "akhir+1"]


def test_the_countdown_has_one_message_a_day(pilkada: Calendar, patterns: Patterns) -> None:
    found = labels(pilkada, "pemungutan-suara", patterns)
    assert found[4:14] == [f"H-{days}" for days in range(10, 0, -1)]


def test_masa_tenang_teaches_every_day(pilkada: Calendar, patterns: Patterns) -> None:
    assert labels(pilkada, "masa-tenang", patterns) == ["H-1", "H.0800", "H.1200", "H+1", "H+2", "akhir"]


def test_weekly_education_gives_way_to_another_message_of_the_day(
    calendars: dict[str, Calendar], patterns: Patterns
) -> None:
    stage = calendars["pilkada-2024"].stage("pemutakhiran-daftar-pemilih")
    assert stage.begins_on is not None
    moved = stage.model_copy(update={"ends_on": stage.begins_on + timedelta(days=21)})
    found = [one.label for one in tonggak_of(calendars["pilkada-2024"], moved, patterns)]
    assert found == ["H-30", "H-7", "H-1", "H", "H+7", "akhir-7", "akhir-3", "akhir-1", "H+21", "akhir+1"]


def test_at_one_instant_the_reminder_stays_and_the_announcement_goes(
    pilkada: Calendar, patterns: Patterns
) -> None:
    stage = pilkada.stage("rekrutmen-ppk")
    assert stage.begins_on is not None
    short = stage.model_copy(update={"ends_on": stage.begins_on})
    on_day = [one for one in tonggak_of(pilkada, short, patterns) if one.on_date == date(2024, 4, 20)]
    assert [(one.label, one.kind) for one in on_day] == [("akhir-3", "pengingat")]


def test_keys_and_instants_are_unique_within_every_shipped_stage(
    calendars: dict[str, Calendar], patterns: Patterns
) -> None:
    for calendar in calendars.values():
        for stage in public_stages(calendar):
            found = tonggak_of(calendar, stage, patterns)
            instants = [one.publish_at(JAKARTA) for one in found]
            assert len({one.key for one in found}) == len(found), stage.slug
            assert instants == sorted(set(instants)), stage.slug


def test_every_message_dies_after_it_is_due(calendars: dict[str, Calendar], patterns: Patterns) -> None:
    for calendar in calendars.values():
        for stage in public_stages(calendar):
            for one in tonggak_of(calendar, stage, patterns):
                assert one.publish_at(JAKARTA) < one.not_after(JAKARTA), one.key


def test_an_hour_after_the_tps_have_closed_is_left_out_and_named(
    pilkada: Calendar, patterns: Patterns
) -> None:
    stage = pilkada.stage("pemungutan-suara")
    assert stage.local_hours is not None
    closed = stage.local_hours.model_copy(update={"ends": time(11, 30)})
    early = stage.model_copy(update={"local_hours": closed})

    left = tonggak_of(pilkada, early, patterns)

    (named,) = never_sayable(pilkada, early, patterns)
    assert (named.label, named.at_time, named.last_time) == ("H.1200", time(12, 0), time(11, 30))
    assert named not in left
    assert len(left) == len(tonggak_of(pilkada, stage, patterns)) - 1
    assert all(one.publish_at(JAKARTA) < one.not_after(JAKARTA) for one in left)


def test_nothing_is_said_before_the_regulation_took_effect(pilkada: Calendar, patterns: Patterns) -> None:
    assert "H-30" in labels(pilkada, "pendaftaran-pemantau", patterns)
    later = pilkada.model_copy(update={"takes_effect_on": date(2024, 1, 29)})
    assert "H-30" not in labels(later, "pendaftaran-pemantau", patterns)


def test_nothing_is_said_of_a_deadline_before_its_stage_begins(pilkada: Calendar, patterns: Patterns) -> None:
    assert "akhir-30" in labels(pilkada, "pindah-memilih-h30", patterns)
    assert "akhir-30" not in labels(pilkada, "pindah-memilih-h7", patterns)


@pytest.mark.parametrize(
    ("calendar", "slug"),
    [
        pytest.param("pilkada-2024", "perencanaan-program-anggaran", id="internal"),
        pytest.param("pilkada-2024", "iklan-kampanye", id="internal with dates"),
        pytest.param("pilkada-2024", "pembentukan-panwas", id="binding nobody"),
        pytest.param("pilkada-2024", "penyelesaian-sengketa", id="depending on an event"),
        pytest.param("pemilu-2024", "putaran-kedua", id="not held"),
        pytest.param("psu-2025", "pemungutan-suara-ulang-2025-04-16", id="dated from memory"),
        pytest.param("pemilihan-ulang-2025", "masa-tenang", id="computed, without a source"),
    ],
)
def test_a_stage_is_never_scheduled_when_it_is(
    calendars: dict[str, Calendar], patterns: Patterns, calendar: str, slug: str
) -> None:
    stage = calendars[calendar].stage(slug)
    assert tonggak_of(calendars[calendar], stage, patterns) == ()
    assert stage not in public_stages(calendars[calendar])


def test_a_public_stage_without_any_date_is_never_scheduled(pilkada: Calendar, patterns: Patterns) -> None:
    undated = pilkada.stage("kampanye").model_copy(update={"begins_on": None, "ends_on": None})
    assert tonggak_of(pilkada, undated, patterns) == ()


@pytest.mark.parametrize(
    ("slug", "label", "last"),
    [
        pytest.param("pendaftaran-paslon", "H-3", "2024-08-26T09:00:00", id="announcement: 48 hours"),
        pytest.param(
            "masa-tenang", "H-1", "2024-11-23T23:59:59", id="announcement: not on the day it announces"
        ),
        pytest.param("kampanye", "H+7", "2024-10-03T09:00:00", id="education: a day"),
        pytest.param("masa-tenang", "H+2", "2024-11-26T23:59:59", id="education: not after its stage"),
        pytest.param(
            "pendaftaran-paslon",
            "akhir-1",
            "2024-08-28T23:59:59",
            id="reminder: its day, for it says tomorrow",
        ),
        pytest.param(
            "kampanye", "akhir-3", "2024-11-20T23:59:59", id="reminder: its day, for it counts days"
        ),
        pytest.param("pemungutan-suara", "H-10", "2024-11-17T23:59:59", id="countdown: its day"),
        pytest.param("pemungutan-suara", "H-1", "2024-11-26T23:59:59", id="last reminder: its day"),
        pytest.param("pendaftaran-paslon", "H", "2024-08-27T23:59:59", id="today: until midnight"),
        pytest.param(
            "pemungutan-suara", "H.0600", "2024-11-27T07:00:00", id="an hour: the next hour's message"
        ),
        pytest.param("pemungutan-suara", "H.1200", "2024-11-27T13:00:00", id="the last hour: the TPS close"),
        pytest.param("pendaftaran-paslon", "akhir+1", "2024-09-02T10:00:00", id="thanks: 72 hours"),
    ],
)
def test_a_message_dies_in_time(
    pilkada: Calendar, patterns: Patterns, slug: str, label: str, last: str
) -> None:
    tonggak = one_of(pilkada, slug, label, patterns)
    assert tonggak.not_after(JAKARTA).isoformat() == f"{last}+07:00"


def test_drafts_are_ready_three_days_ahead_and_late_approval_waits_a_quarter_hour(patterns: Patterns) -> None:
    assert (patterns.lead_days, patterns.late_delay) == (3, timedelta(minutes=15))


@pytest.mark.parametrize(
    ("before", "after", "key", "says"),
    [
        pytest.param(
            "waktu_siap_hari: 3", "waktu_siap_hri: 3", "waktu_siap_hri", "`waktu_siap_hari`", id="key"
        ),
        pytest.param(
            "waktu_siap_hari: 3", "waktu_siap_hari: -3", "waktu_siap_hari", "greater", id="negative"
        ),
        pytest.param(
            "waktu_siap_hari: 3", "waktu_siap_hari: tiga", "waktu_siap_hari", "whole number", id="word"
        ),
        pytest.param("  edukasi: {jam: 24,", "  edukais: {jam: 24,", "edukais", "`edukasi`", id="kind"),
        pytest.param("penutup: {jam: 72}", "penutup: {}", "penutup", "for ever", id="a message without end"),
        pytest.param(
            "penutup: {jam: 72}",
            "penutup: {paling_lambat: sebelum_acuan}",
            "penutup",
            "after its anchor",
            id="a limit that lies in the past",
        ),
        pytest.param("penutup: {jam: 72}", "penutup: {jam: 999999}", "jam", "less than", id="a century"),
        pytest.param("geser: -3, jenis: pengumuman", "jenis: pengumuman", "1", "exactly one", id="no day"),
        pytest.param(
            "geser: -3, jenis", "geser: -3, ulang: harian, jenis", "1", "exactly one", id="two days"
        ),
        pytest.param("geser: -3, jenis", "geser: 3000, jenis", "geser", "less than", id="years away"),
        pytest.param("jam: '09:00'}", "jam: '9:00'}", "jam", "as in '08:00'", id="hour of one digit"),
        pytest.param(
            "{dari: -10, sampai: -1}", "{dari: -1, sampai: -10}", "hitung_mundur", "backwards", id="countdown"
        ),
        pytest.param(
            "internal: {terbit: false", "internal: {terbit: true", "terbit", "never published", id="internal"
        ),
        pytest.param("acuan: peristiwa", "acuan: mulai", "acuan", "", id="a conditional pattern with a date"),
        pytest.param(
            "pemicu: peristiwa", "mode_konten: masa_tenang", "pemicu", "waits for an event", id="no trigger"
        ),
        pytest.param("jam: '11:00'", "jam: '07:00'", "8", "the same moment", id="two messages at once"),
    ],
)
def test_a_mistake_in_the_patterns_is_one_error_with_its_line(
    edited: Edit, before: str, after: str, key: str, says: str
) -> None:
    path = edited("tonggak.yaml", before, after)
    with pytest.raises(InputError) as caught:
        read_patterns(path)
    assert caught.value.file == path
    assert key in caught.value.key
    assert says in str(caught.value)
    assert caught.value.line is not None
    assert abs(caught.value.line - line_of("tonggak.yaml", before)) <= 2


def test_a_pattern_that_the_code_relies_on_may_not_vanish(edited: Edit) -> None:
    with pytest.raises(InputError, match=r"pola\.bersyarat: is missing"):
        read_patterns(edited("tonggak.yaml", "  bersyarat:", "  bersyrat:"))
