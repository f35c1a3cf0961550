"""One answer of Facebook becomes values or a trouble that says how far it reaches."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from kabar.channels.facebook_series import Point, Trouble, points, trouble
from kabar.channels.transport import Answer

END = "2026-11-03T08:00:00+0000"
ENDS_AT = datetime(2026, 11, 3, 8, tzinfo=UTC)


def series(value: object, **more: object) -> dict[str, object]:
    return {"data": [{"name": "m", "period": "day", "values": [{"value": value, **more}]}]}


def failure(code: int, message: str = "(#1) x", subcode: int | None = None, status: int = 400) -> Answer:
    error: dict[str, object] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "E"}
    if subcode is not None:
        error["error_subcode"] = subcode
    return Answer(status, {}, orjson.dumps({"error": error}))


def test_a_zero_that_was_given_is_a_value() -> None:
    assert points(series(0, end_time=END), "m") == [Point(0, None, ENDS_AT)]


@pytest.mark.parametrize("body", [{"data": []}, {"data": [{"name": "m", "values": []}]}])
def test_an_absent_or_empty_series_is_no_value(body: object) -> None:
    assert points(body, "m") == []


def test_a_table_is_summed_and_its_parts_are_kept() -> None:
    found = points(series({"link clicks": 1, "photo view": 2}, end_time=END), "m")

    assert found == [Point(3, {"link clicks": 1, "photo view": 2}, ENDS_AT)]


def test_an_empty_table_says_that_no_kind_occurred() -> None:
    assert points(series({}, end_time=END), "m") == [Point(0, {}, ENDS_AT)]


def test_a_lifetime_value_has_no_end() -> None:
    assert points(series(226), "m") == [Point(226, None, None)]


@pytest.mark.parametrize("value", [None, "12", True, 1.5, [1], {"like": "2"}])
def test_a_value_of_unknown_shape_is_never_counted(value: object) -> None:
    found = points(series(value, end_time=END), "m")

    assert isinstance(found, Trouble)
    assert found.availability == "failed"


def test_an_unreadable_end_time_is_never_guessed() -> None:
    assert isinstance(points(series(1, end_time="yesterday"), "m"), Trouble)


@pytest.mark.parametrize(
    ("answer", "availability", "reach"),
    [
        (failure(100, "(#100) The value must be a valid insights metric"), "unknown_metric", "metric"),
        (failure(100, "Unsupported get request. Object does not exist", 33), "deleted", "object"),
        (failure(100, "Invalid parameter", 1504016), "failed", "metric"),
        (failure(3001, "No metric was specified to be fetched", 1504028), "failed", "metric"),
        (failure(200, "(#200) Permissions error"), "no_permission", "metric"),
        (failure(10, "(#10) Application does not have permission"), "no_permission", "metric"),
        (failure(190, "Session has expired", 463), "no_permission", "object"),
        (failure(80001, "(#80001) There have been too many calls"), "delayed", "account"),
        (failure(32, "(#32) Page request limit reached"), "delayed", "account"),
        (failure(4, "(#4) Application request limit reached"), "delayed", "application"),
        (failure(2, "(#2) An unexpected error", status=500), "failed", "moment"),
        (failure(1, "An unknown error"), "failed", "moment"),
        (failure(1, "An unknown error", 99), "failed", "metric"),
        (Answer(502, {}, b"<html>Bad Gateway</html>"), "failed", "moment"),
        (Answer(200, {}, b'{"data": ['), "failed", "moment"),
    ],
)
def test_an_error_is_judged_by_code_subcode_and_message(
    answer: Answer, availability: str, reach: str
) -> None:
    found = trouble(answer, token="secret")

    assert found is not None
    assert (found.availability, found.reach) == (availability, reach)
    assert found.reason


def test_a_usable_answer_has_no_trouble() -> None:
    assert trouble(Answer(200, {}, b'{"data": []}'), token="secret") is None


def test_a_token_that_facebook_repeats_never_reaches_a_reason() -> None:
    found = trouble(failure(190, "Malformed access token EAABsecret"), token="EAABsecret")

    assert found is not None
    assert "EAAB" not in found.reason
