"""What an answer of the Graph API means for a call that creates, and for a read."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kabar.channels.graph_errors import create_problem, pause_seconds, read_problem
from kabar.channels.transport import Answer
from kabar.errors import (
    AccountError,
    KabarError,
    PausedError,
    RefusedError,
    UnconfirmedError,
    UnreachableError,
)


def failure(status: int, code: int, subcode: int | None = None) -> Answer:
    error: dict[str, Any] = {"message": "(#0) kata platform", "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    return Answer(status, {}, orjson.dumps({"error": error}))


#: Each code of platforms.md 1.8: what it means for a call that creates, and for a read.
MEANINGS: list[tuple[int, int, int | None, type[KabarError], type[KabarError]]] = [
    (400, 1, None, UnconfirmedError, UnreachableError),
    (400, 1, 99, UnconfirmedError, UnreachableError),
    (500, 2, None, UnconfirmedError, UnreachableError),
    (400, 3, None, AccountError, AccountError),
    (400, 4, None, PausedError, PausedError),
    (403, 10, None, AccountError, AccountError),
    (400, 12, None, RefusedError, RefusedError),
    (400, 17, None, PausedError, PausedError),
    (400, 32, None, PausedError, PausedError),
    (400, 100, None, RefusedError, RefusedError),
    (400, 100, 33, RefusedError, RefusedError),
    (400, 102, None, AccountError, AccountError),
    (400, 104, None, AccountError, AccountError),
    *((400, 190, subcode, AccountError, AccountError) for subcode in (458, 459, 460, 463, 464, 467, 492)),
    (403, 200, None, AccountError, AccountError),
    (403, 299, None, AccountError, AccountError),
    (400, 300, None, RefusedError, RefusedError),
    (400, 341, None, PausedError, PausedError),
    (400, 368, 1390008, AccountError, AccountError),
    (400, 368, 4854002, AccountError, AccountError),
    (400, 506, None, UnconfirmedError, RefusedError),
    (400, 613, 1996, PausedError, PausedError),
    (400, 1609005, None, RefusedError, RefusedError),
    (400, 80001, None, PausedError, PausedError),
    (400, 80002, None, PausedError, PausedError),
    # Whatever the code, a server's fault says nothing about the effect.
    (500, 100, None, UnconfirmedError, UnreachableError),
    (503, 190, None, UnconfirmedError, UnreachableError),
]


@pytest.mark.parametrize(("status", "code", "subcode", "creating", "reading"), MEANINGS)
def test_a_graph_error_means_what_the_platform_says(
    status: int, code: int, subcode: int | None, creating: type[KabarError], reading: type[KabarError]
) -> None:
    answer = failure(status, code, subcode)

    assert type(create_problem(answer)) is creating
    assert type(read_problem(answer)) is reading
    number = f"{code}/{subcode}" if subcode else str(code)
    assert f"Graph error {number} (HTTP {status}): (#0) kata platform" in str(create_problem(answer))


def test_a_limit_that_comes_with_a_servers_fault_is_no_proof_that_nothing_happened() -> None:
    assert type(create_problem(failure(503, 4))) is UnconfirmedError


@pytest.mark.parametrize(
    ("code", "is_app_wide"),
    [(4, True), (17, True), (341, True), (613, True), (32, False), (80001, False), (80002, False)],
)
def test_a_limit_names_who_must_wait(code: int, *, is_app_wide: bool) -> None:
    for problem in (create_problem(failure(400, code)), read_problem(failure(400, code))):
        assert isinstance(problem, PausedError)
        assert problem.is_app_wide is is_app_wide
        assert problem.pause_seconds == 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ('{"101":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":7}]}', 420),
        ('{"101":[{"estimated_time_to_regain_access":7},{"estimated_time_to_regain_access":9}]}', 540),
        ('{"101":[{"estimated_time_to_regain_access":0}]}', 60),
        ('{"101":[{"call_count":100}]}', 60),
        ('{"101":[{"estimated_time_to_regain_access":"bald"}]}', 60),
        ("not json", 60),
        ("[]", 60),
        ("", 60),
    ],
)
def test_the_usage_header_says_how_long_to_wait(header: str, seconds: float) -> None:
    assert pause_seconds({"X-Business-Use-Case-Usage": header}) == seconds


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"[]"),
        (200, b"<html>"),
        (200, b'{"id": "1'),
        (204, b""),
        (302, b""),
        (404, b"<html>"),
        (413, b"{}"),
        (502, b"<html>Bad gateway"),
        (200, b'{"error": "a text"}x'),
        (400, b'{"error": {"message": "no code"}}'),
    ],
)
def test_an_answer_that_nobody_can_read_proves_nothing(status: int, body: bytes) -> None:
    assert type(create_problem(Answer(status, {}, body))) is UnconfirmedError
