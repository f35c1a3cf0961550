"""Reading back, paging, tokens, versions and limits of the Facebook stand-in (platforms.md 1.6 to 1.12)."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
import requests
from graph_client import Graph, Office, error_of

from kabar.sandbox.running import RunningSandbox


def test_the_roster_has_one_page_per_satker_and_must_be_paged(sandbox: RunningSandbox, graph: Graph) -> None:
    found, after = [], {}
    for _ in range(10):
        answer = graph.get("me/accounts", sandbox.user_token, fields="id,name,tasks", limit=100, **after)
        found += answer["data"]
        if "next" not in answer["paging"]:
            break
        after = {"after": answer["paging"]["cursors"]["after"]}
    assert len({page["id"] for page in found}) == len(found) == 553
    assert {"id": "100000000000000", "name": "KPU RI"}.items() <= found[0].items()


def test_a_page_of_the_roster_carries_name_category_tasks_and_a_working_token(
    sandbox: RunningSandbox, graph: Graph
) -> None:
    page = graph.get("me/accounts", sandbox.user_token, limit=1)["data"][0]
    assert page["category"] == "Government organization"
    assert set(page["tasks"]) == {"ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE"}
    assert graph.get("me", page["access_token"])["id"] == page["id"]


def test_a_page_that_nobody_ticked_is_missing_in_the_roster(sandbox: RunningSandbox, graph: Graph) -> None:
    first = graph.get("me/accounts", sandbox.user_token, limit=1)["data"][0]["id"]
    sandbox.control(f"pages/{first}", {"is_in_roster": False})
    assert graph.get("me/accounts", sandbox.user_token, limit=1)["data"][0]["id"] != first


def test_more_than_a_hundred_a_page_is_an_error(sandbox: RunningSandbox, graph: Graph) -> None:
    assert error_of(graph.get("me/accounts", sandbox.user_token, limit=200)) == (100, None)


def test_posts_come_newest_first_in_cursor_pages_whose_next_link_holds_the_token(office: Office) -> None:
    for number in range(5):
        office.publish(f"Kiriman {number}")
    answer = office.read(f"{office.page}/published_posts", limit=2, fields="message")
    seen = [post["message"] for post in answer["data"]]
    assert f"access_token={office.token}" in answer["paging"]["next"]
    while "next" in answer["paging"]:
        answer = requests.get(answer["paging"]["next"], timeout=5).json()
        seen += [post["message"] for post in answer["data"]]
    assert seen == [f"Kiriman {number}" for number in (4, 3, 2, 1, 0)]


def test_a_cursor_stays_in_its_place_while_new_posts_arrive(office: Office) -> None:
    for number in range(4):
        office.publish(f"Kiriman {number}")
    first = office.read(f"{office.page}/published_posts", limit=2, fields="message")
    office.publish("Baru")
    after = first["paging"]["cursors"]["after"]
    assert [post["message"] for post in office.posts(limit=2, after=after)] == ["Kiriman 1", "Kiriman 0"]


def test_the_previous_link_leads_back(office: Office) -> None:
    for number in range(4):
        office.publish(f"Kiriman {number}")
    after = office.read(f"{office.page}/published_posts", limit=2)["paging"]["cursors"]["after"]
    second = office.read(f"{office.page}/published_posts", limit=2, after=after)
    back = requests.get(second["paging"]["previous"], timeout=5).json()
    assert [post["message"] for post in back["data"]] == ["Kiriman 3", "Kiriman 2"]


def test_since_and_until_cut_by_creation_time(sandbox: RunningSandbox, office: Office) -> None:
    office.publish("Dahulu")
    sandbox.control("clock", {"clock_offset_seconds": 3600})
    office.publish("Kini")
    now = sandbox.control("health")["now"]
    assert [post["message"] for post in office.posts(since=now[:13] + ":00:00+00:00", until=now)][:1] == [
        "Kini"
    ]
    assert len(office.posts()) == 2


def test_times_have_graphs_own_form_without_a_colon_in_the_zone(office: Office) -> None:
    office.publish("Waktu")
    assert office.posts()[0]["created_time"].endswith("+0000")


def test_a_missing_object_is_error_100_33(office: Office) -> None:
    assert error_of(office.read("999999999999999")) == (100, 33)


def test_an_unknown_field_loses_the_whole_call(office: Office) -> None:
    assert error_of(office.read(office.page, fields="name,shoe_size")) == (100, None)


def test_comments_need_a_permission_that_we_lack(office: Office) -> None:
    office.publish("x")
    answer = office.read(f"{office.page}/published_posts", fields="id,comments.summary(true)")
    assert error_of(answer) == (10, None)


def test_a_page_shows_what_an_account_watch_asks(office: Office) -> None:
    fields = "name,category,fan_count,followers_count,is_published,verification_status,username"
    page = office.read(office.page, fields=fields)
    assert page["name"] == "KIP Kabupaten Aceh Selatan"
    assert page["verification_status"] == "not_verified"
    assert "username" not in page


def test_a_test_may_add_a_page_of_its_own(sandbox: RunningSandbox, graph: Graph) -> None:
    sandbox.control("pages", {"id": "555", "name": "Halaman uji"})
    page = graph.get("555", sandbox.user_token, fields="name,access_token")
    assert "id" in graph.post("555/feed", page["access_token"], message="Halo")


def test_a_renamed_page_shows_its_new_name(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.control(f"pages/{office.page}", {"name": "Nama lain", "likes": 7})
    assert office.read(office.page, fields="name,fan_count") == {
        "name": "Nama lain",
        "fan_count": 7,
        "id": office.page,
    }


@pytest.mark.parametrize(("asked", "answered"), [("v24.0", "v24.0"), ("v19.0", "v20.0"), ("v26.0", "v26.0")])
def test_a_version_that_is_gone_falls_forward(sandbox: RunningSandbox, asked: str, answered: str) -> None:
    response = requests.get(
        f"{sandbox.url}/{asked}/me", params={"access_token": sandbox.user_token}, timeout=5
    )
    assert response.headers["facebook-api-version"] == answered


def test_ids_and_date_format_are_refused_as_since_october_2026(sandbox: RunningSandbox, graph: Graph) -> None:
    assert error_of(graph.get("", sandbox.user_token, ids="1,2")) == (100, None)
    assert error_of(graph.get("me", sandbox.user_token, date_format="U")) == (100, None)


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492])
def test_a_broken_page_token_earns_190_with_its_subcode(
    sandbox: RunningSandbox, office: Office, subcode: int
) -> None:
    sandbox.control(f"pages/{office.page}", {"token_subcode": subcode})
    assert error_of(office.publish("x")) == (190, subcode)
    sandbox.control(f"pages/{office.page}", {"token_subcode": 0})
    assert "id" in office.publish("x")


def test_a_renewed_page_token_makes_the_old_one_worthless(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.control(f"pages/{office.page}", {"renews_token": True})
    assert error_of(office.publish("x")) == (190, 460)
    assert office.page_token("1101") != office.token


def test_an_unknown_token_earns_190_without_subcode_and_none_earns_104(graph: Graph) -> None:
    assert error_of(graph.get("me", "EAAnonsense")) == (190, None)
    assert error_of(graph.get("me")) == (104, None)


def test_an_error_has_graphs_members(graph: Graph) -> None:
    error = graph.get("me", "EAAnonsense")["error"]
    assert set(error) == {"message", "type", "code", "fbtrace_id"}
    assert error["type"] == "OAuthException"


def test_debug_token_tells_a_page_token_that_never_expires(
    sandbox: RunningSandbox, graph: Graph, office: Office
) -> None:
    app_token = f"{sandbox.app_id}|{sandbox.app_secret}"
    data = graph.get("debug_token", app_token, input_token=office.token)["data"]
    assert (data["type"], data["profile_id"], data["expires_at"], data["is_valid"]) == (
        "PAGE",
        office.page,
        0,
        True,
    )
    assert data["app_id"] == sandbox.app_id
    assert {"scope": "pages_manage_posts", "target_ids": [office.page]} in data["granular_scopes"]


def test_debug_token_tells_why_a_token_is_broken(
    sandbox: RunningSandbox, graph: Graph, office: Office
) -> None:
    sandbox.control(f"pages/{office.page}", {"token_subcode": 460})
    data = graph.get("debug_token", sandbox.user_token, input_token=office.token)["data"]
    assert (data["is_valid"], data["error"]["code"], data["error"]["subcode"]) == (False, 190, 460)


def test_a_user_token_is_exchanged_for_one_of_sixty_days(sandbox: RunningSandbox, graph: Graph) -> None:
    answer = graph.get(
        "oauth/access_token",
        grant_type="fb_exchange_token",
        client_id=sandbox.app_id,
        client_secret=sandbox.app_secret,
        fb_exchange_token=sandbox.user_token,
    )
    assert answer["expires_in"] == 60 * 86400
    assert "id" in graph.get("me", answer["access_token"])
    sandbox.control("clock", {"clock_offset_seconds": 61 * 86400})
    assert error_of(graph.get("me", answer["access_token"])) == (190, 463)


def proof(secret: str, token: str) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def test_a_given_proof_is_checked_and_a_demanded_one_must_be_given(
    sandbox: RunningSandbox, graph: Graph
) -> None:
    token = sandbox.user_token
    right = proof(sandbox.app_secret, token)
    assert "id" in graph.get("me", token, appsecret_proof=right)
    assert error_of(graph.get("me", token, appsecret_proof="0" * 64)) == (100, None)
    sandbox.control("settings", {"requires_proof": True})
    assert error_of(graph.get("me", token)) == (100, None)
    assert "id" in graph.get("me", token, appsecret_proof=right)


def test_usage_headers_count_in_percent_and_a_spent_page_pauses_with_80001(
    sandbox: RunningSandbox, office: Office
) -> None:
    sandbox.control("settings", {"page_calls_a_day": 10})
    responses = [office.call("GET", office.page, office.token) for _ in range(11)]
    counts = [json.loads(r.headers["X-Business-Use-Case-Usage"])[office.page][0] for r in responses]
    assert [count["call_count"] for count in counts] == [10 * number for number in range(1, 12)]
    assert error_of(responses[-1].json()) == (80001, None)
    assert counts[-1]["estimated_time_to_regain_access"] > 0


def test_a_pause_ends_when_the_day_is_over(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.control("settings", {"page_calls_a_day": 1})
    office.read(office.page)
    assert error_of(office.read(office.page)) == (80001, None)
    sandbox.control("clock", {"clock_offset_seconds": 86_401})
    assert "id" in office.read(office.page)


def test_a_spent_app_budget_earns_code_4(sandbox: RunningSandbox, graph: Graph) -> None:
    sandbox.control("settings", {"app_calls_an_hour": 1})
    first = graph.call("GET", "me", sandbox.user_token)
    assert json.loads(first.headers["X-App-Usage"])["call_count"] == 100
    assert error_of(graph.get("me", sandbox.user_token)) == (4, None)


def test_usage_headers_may_be_absent(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.control("settings", {"usage_headers_after": None})
    assert "X-Business-Use-Case-Usage" not in office.call("GET", office.page, office.token).headers


def batch(graph: Graph, token: str, items: list[dict]) -> list:
    return graph.call("POST", "", token, data={"batch": json.dumps(items)}).json()


def test_each_call_of_a_batch_fails_for_itself(graph: Graph, office: Office) -> None:
    good = {"method": "POST", "relative_url": f"{office.page}/feed", "body": "message=batch%20%C3%A9"}
    bad = {"method": "GET", "relative_url": f"{office.page}/insights?metric=page_fans&period=day"}
    answers = batch(graph, office.token, [good, bad])
    assert [answer["code"] for answer in answers] == [200, 400]
    assert error_of(json.loads(answers[1]["body"])) == (100, None)
    assert office.posts()[0]["message"] == "batch é"


def test_a_call_of_a_batch_may_use_the_result_of_an_earlier_one(graph: Graph, office: Office) -> None:
    office.publish("Satu")
    first = {"name": "a", "relative_url": f"{office.page}/published_posts?fields=id"}
    second = {"relative_url": "{result=a:$.data.*.id}?fields=message", "method": "GET"}
    answers = batch(graph, office.token, [first, second])
    assert answers[0] is None
    assert json.loads(answers[1]["body"])["message"] == "Satu"


def test_a_lost_answer_inside_a_batch_is_null_and_yet_took_effect(
    sandbox: RunningSandbox, graph: Graph, office: Office
) -> None:
    sandbox.plant("cut_after", method="POST", edge="/feed$")
    item = {"method": "POST", "relative_url": f"{office.page}/feed", "body": "message=hilang"}
    assert batch(graph, office.token, [item]) == [None]
    assert sandbox.control("count?contains=hilang")["total"] == 1


def test_a_batch_holds_at_most_fifty_calls(graph: Graph, office: Office) -> None:
    assert error_of(batch(graph, office.token, [{"relative_url": "me"}] * 51)) == (100, None)
