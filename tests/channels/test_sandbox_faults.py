"""Planted faults as a client meets them: what is lost on the wire, and what happened nevertheless."""

from __future__ import annotations

import json
import socket
import time

import pytest
import requests
from graph_client import Office
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectionError,  # noqa: A004 -- The one that requests raises.
    JSONDecodeError,
    ReadTimeout,
)

from kabar.sandbox.running import RunningSandbox

LOST = (ConnectionError, ChunkedEncodingError)


def post(office: Office, message: str, seconds: float = 5) -> requests.Response:
    return requests.post(
        f"{office.sandbox.url}/v26.0/{office.page}/feed",
        data={"message": message},
        headers={"Authorization": f"Bearer {office.token}"},
        timeout=seconds,
        allow_redirects=False,
    )


def drain(wire: socket.socket) -> None:
    while wire.recv(65536):
        pass


def taken(office: Office) -> int:
    return office.sandbox.control("count")["total"]


def test_hang_after_takes_effect_while_the_client_waits_in_vain(
    sandbox: RunningSandbox, office: Office
) -> None:
    sandbox.plant("hang_after", method="POST", seconds=3)
    with pytest.raises(ReadTimeout):
        post(office, "x", seconds=0.3)
    assert taken(office) == 1


def test_hang_before_never_takes_effect(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("hang_before", method="POST", seconds=0.2)
    with pytest.raises(LOST):
        post(office, "x")
    assert taken(office) == 0


def test_cut_after_takes_effect_and_closes_without_an_answer(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("cut_after", method="POST")
    with pytest.raises(LOST):
        post(office, "x")
    assert taken(office) == 1


def test_reset_mid_body_ends_with_a_reset_and_not_with_an_orderly_end(
    sandbox: RunningSandbox, office: Office
) -> None:
    sandbox.plant("reset_mid_body", method="GET", page=office.page)
    host, port = sandbox.url.removeprefix("http://").split(":")
    lines = [
        f"GET /v26.0/{office.page} HTTP/1.1",
        "Host: sandbox",
        f"Authorization: Bearer {office.token}",
        "",
        "",
    ]
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.sendall("\r\n".join(lines).encode())
        assert b"200 OK" in wire.recv(65536)
        with pytest.raises(ConnectionResetError):
            drain(wire)


def test_reset_mid_body_takes_effect_and_loses_half_the_answer(
    sandbox: RunningSandbox, office: Office
) -> None:
    sandbox.plant("reset_mid_body", method="POST")
    with pytest.raises(LOST):
        post(office, "x")
    assert taken(office) == 1


@pytest.mark.parametrize("kind", ["half_json", "garbage"])
def test_an_unreadable_answer_hides_an_effect(sandbox: RunningSandbox, office: Office, kind: str) -> None:
    sandbox.plant(kind, method="POST")
    answer = post(office, "x")
    assert answer.status_code == 200
    with pytest.raises(JSONDecodeError):
        answer.json()
    assert taken(office) == 1


def test_no_id_answers_200_without_an_id(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("no_id", method="POST")
    answer = post(office, "x")
    assert (answer.status_code, answer.json(), taken(office)) == (200, {}, 1)


@pytest.mark.parametrize(("when", "posts"), [("before", 0), ("after", 1)])
def test_an_error_comes_before_or_after_the_effect(
    sandbox: RunningSandbox, office: Office, when: str, posts: int
) -> None:
    sandbox.plant("error", method="POST", status=500, code=2, subcode=99, is_transient=True, when=when)
    answer = post(office, "x")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["error_subcode"]) == (500, 2, 99)
    assert error["is_transient"] is True
    assert taken(office) == posts


def test_a_planted_limit_comes_with_its_header_at_a_hundred_percent(
    sandbox: RunningSandbox, office: Office
) -> None:
    sandbox.plant("error", method="POST", code=80001, message="(#80001) Too many calls", seconds=300)
    answer = post(office, "x")
    (usage,) = json.loads(answer.headers["X-Business-Use-Case-Usage"])[office.page]
    assert (usage["call_count"], usage["estimated_time_to_regain_access"]) == (100, 5)


def test_a_late_effect_answers_at_once_and_appears_later(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("late_effect", method="POST", seconds=600)
    post_id = post(office, "x").json()["id"]
    assert (office.posts(), taken(office)) == ([], 0)
    assert office.read(post_id)["error"]["error_subcode"] == 33
    sandbox.control("clock", {"clock_offset_seconds": 601})
    assert [found["id"] for found in office.posts()] == [post_id]
    assert taken(office) == 1


def test_a_call_may_be_lost_and_take_effect_late(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("lost_and_late", method="POST", seconds=600)
    with pytest.raises(LOST):
        post(office, "x")
    assert (office.posts(), taken(office)) == ([], 0)
    sandbox.control("clock", {"clock_offset_seconds": 601})
    assert (len(office.posts()), taken(office)) == (1, 1)


def test_calls_are_counted_whatever_becomes_of_them(sandbox: RunningSandbox, office: Office) -> None:
    before = sandbox.control("calls?method=POST&edge=feed")["total"]
    sandbox.plant("error", method="POST", code=4)
    post(office, "x")
    post(office, "y")
    counted = sandbox.control(f"calls?method=POST&edge=feed&page={office.page}")
    assert (before, counted) == (0, {"total": 2, "pages": {office.page: 2}})
    assert taken(office) == 1


def test_a_redirect_points_elsewhere_and_does_nothing(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("redirect", method="POST", location="https://example.invalid/")
    answer = post(office, "x")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://example.invalid/")
    assert taken(office) == 0


def test_a_slow_drip_arrives_whole_in_the_end(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("slow_drip", method="POST", seconds=0.5)
    began = time.monotonic()
    assert "id" in post(office, "x").json()
    assert time.monotonic() - began > 0.4


def test_latency_only_delays(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("latency", method="POST", seconds=0.4)
    began = time.monotonic()
    assert "id" in post(office, "x").json()
    assert time.monotonic() - began > 0.4


def test_the_general_latency_delays_every_call(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.control("latency", {"latency_ms": 300})
    began = time.monotonic()
    office.read(office.page)
    assert time.monotonic() - began > 0.3


def test_a_list_may_run_behind(sandbox: RunningSandbox, office: Office) -> None:
    post(office, "x")
    sandbox.plant("list_lag", method="GET", edge="/published_posts$", seconds=60, times=1)
    assert office.posts() == []
    assert len(office.posts()) == 1


def test_a_fault_hits_as_often_as_it_says(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("error", method="POST", times=2)
    assert [post(office, str(number)).status_code for number in range(4)] == [400, 400, 200, 200]


def test_a_fault_without_a_limit_hits_until_it_is_removed(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("error", method="POST", times=None)
    assert [post(office, str(number)).status_code for number in range(3)] == [400, 400, 400]
    sandbox.control("faults", method="DELETE")
    assert post(office, "x").status_code == 200


def test_a_fault_hits_only_its_page_method_and_edge(
    sandbox: RunningSandbox, office: Office, other_office: Office
) -> None:
    sandbox.plant("error", method="POST", edge="/feed$", page=office.page, times=None)
    assert post(other_office, "x").status_code == 200
    assert "error" not in office.read(office.page)
    assert post(office, "x").status_code == 400


def test_the_book_tells_how_often_each_fault_has_hit(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.plant("error", method="POST", times=None)
    post(office, "x")
    post(office, "y")
    assert [fault["hits"] for fault in sandbox.control("faults")["data"]] == [2]


def test_chance_is_the_same_for_the_same_seed(sandbox: RunningSandbox, office: Office) -> None:
    def run() -> list[int]:
        sandbox.control("faults", method="DELETE")
        sandbox.plant("error", method="GET", probability=0.5, seed=7, times=None)
        return [office.call("GET", office.page, office.token).status_code for _ in range(20)]

    first = run()
    assert set(first) == {200, 400}
    assert run() == first


def test_a_fault_that_cannot_be_is_refused_with_its_reason(sandbox: RunningSandbox) -> None:
    wrong = {"kind": "error", "edge": "("}
    answer = requests.post(f"{sandbox.url}/_sandbox/faults", json=wrong, timeout=5)
    assert answer.status_code == 400
    assert "regular expression" in answer.text
