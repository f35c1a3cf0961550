from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from kabar.desk.reasons import PLAIN, reason_words
from kabar.desk.words import DENIALS, STATES, moment, number, span
from kabar.posting.approval import Denial
from kabar.posting.states import State
from kabar.settings import REPOSITORY

LEDGER = REPOSITORY / "plugins" / "kabar" / "store" / "queries" / "post.sql"


def test_every_reason_to_hold_a_post_has_its_words() -> None:
    source = (REPOSITORY / "plugins" / "kabar" / "posting" / "claiming.py").read_text()
    written = set(re.findall(r'(?:return|TurnedDown\("\w+",) "([^"]+)"', source))

    assert len(written) >= 5
    assert written <= set(PLAIN)


def test_every_state_and_every_denial_has_its_word() -> None:
    assert set(STATES) == set(get_args(State))
    assert set(DENIALS) == set(get_args(Denial))
    assert len({word.slug for word in STATES.values()}) == len(STATES)


def test_every_reason_that_the_ledger_writes_by_itself_has_its_words() -> None:
    written = set(re.findall(r"(?:reason = |then |else )'([a-z][^']* [^']*)'", LEDGER.read_text()))

    assert len(written) >= 4
    assert written <= set(PLAIN)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("look 2: not on the platform", "pencarian ke-2: tidak ditemukan di platform"),
        ("stopped: Situs KPU terganggu", "dihentikan: Situs KPU terganggu"),
        ("Graph error 506 (HTTP 400): Duplicate", "Facebook menjawab dengan galat (kode 506): Duplicate"),
        (
            "claim 2 was answered too: a person must look for two posts",
            "platform menyebut lebih dari satu kiriman; perlu diperiksa orang",
        ),
        (
            "No connection for a call to /v26.0/7/feed: ClientConnectorError.",
            "platform tidak dapat dihubungi; belum ada yang terkirim",
        ),
        ("The token does not reach the Page 7.", "token tidak menjangkau Halaman 7"),
        ("Jam layanan keliru {0}", "Jam layanan keliru {0}"),
    ],
)
def test_a_reason_is_said_in_bahasa_indonesia_and_a_persons_stays(reason: str, words: str) -> None:
    assert reason_words(reason) == words


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=59), "kurang dari 1 menit"),
        (timedelta(minutes=45), "45 menit"),
        (timedelta(hours=3, minutes=20), "3 jam 20 menit"),
        (timedelta(hours=24), "1 hari"),
        (timedelta(days=2, hours=4, minutes=59), "2 hari 4 jam"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(left: timedelta, words: str) -> None:
    assert span(left) == words


def test_a_moment_is_written_in_the_readers_zone() -> None:
    at = datetime(2024, 8, 26, 23, 0, tzinfo=UTC)

    assert moment(at, "WITA") == "Selasa, 27 Agustus 2024 pukul 07.00 WITA"


def test_thousands_are_parted_by_a_full_stop() -> None:
    assert number(3300) == "3.300"
