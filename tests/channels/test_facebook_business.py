"""Meta's own SDK, pointed at the sandbox: an independent check (platforms.md section 6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.photo import Photo
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession
from graph_client import PNG, Office

from kabar.sandbox.running import RunningSandbox

#: The SDK warns about its own list type of `metric`; it sends the list all the same.
pytestmark = pytest.mark.filterwarnings("ignore:value of metric might not be compatible")


@pytest.fixture
def api_for(sandbox: RunningSandbox) -> Callable[[str], FacebookAdsApi]:
    """The SDK's client for a token, with `appsecret_proof` as it always sends it."""

    class SandboxSession(FacebookSession):
        GRAPH = sandbox.url

    def make(token: str) -> FacebookAdsApi:
        session = SandboxSession(sandbox.app_id, sandbox.app_secret, token, timeout=10)
        return FacebookAdsApi(session, api_version="v26.0")

    return make


@pytest.fixture
def page(api_for: Callable[[str], FacebookAdsApi], office: Office) -> Page:
    return Page(office.page, api=api_for(office.token))


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    file = tmp_path / "poster.png"
    file.write_bytes(PNG)
    return file


@pytest.fixture
def picture_url() -> Iterator[str]:
    """A web server that has one picture."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/poster.png"
    server.shutdown()
    server.server_close()


def test_the_sdk_walks_the_whole_roster(
    sandbox: RunningSandbox, api_for: Callable[[str], FacebookAdsApi]
) -> None:
    user = User("me", api=api_for(sandbox.user_token))
    accounts = list(
        user.get_accounts(fields=["id", "name", "access_token", "category"], params={"limit": 100})
    )
    assert len({account["id"] for account in accounts}) == 553
    assert all(account["access_token"].startswith("EAA") for account in accounts)


def test_the_sdk_reads_a_page(page: Page) -> None:
    found = page.api_get(fields=["name", "category", "fan_count", "verification_status"])
    assert found["name"] == "KIP Kabupaten Aceh Selatan"
    assert found["fan_count"] > 0


def test_the_sdk_publishes_text_and_reads_it_back(page: Page) -> None:
    made = page.create_feed(params={"message": "Halo é", "link": "https://kpu.go.id/"})
    post = PagePost(made["id"], api=page.get_api()).api_get(
        fields=["message", "permalink_url", "is_published"]
    )
    assert (post["message"], post["is_published"]) == ("Halo é", True)


def test_the_sdk_publishes_a_photo_from_a_file(page: Page, picture_file: Path) -> None:
    with picture_file.open("rb") as stream:
        answer = page.get_api().call(
            "POST", (page["id"], "photos"), params={"caption": "Dari berkas"}, files={"source": stream}
        )
    made = answer.json()
    assert (
        PagePost(made["post_id"], api=page.get_api()).api_get(fields=["message"])["message"] == "Dari berkas"
    )


def test_the_sdk_publishes_a_photo_from_an_address(page: Page, picture_url: str) -> None:
    made = page.create_photo(
        params={"url": picture_url, "caption": "Dari alamat", "alt_text_custom": "Satu titik"}
    )
    photo = Photo(made["id"], api=page.get_api()).api_get(fields=["alt_text_custom", "page_story_id"])
    assert photo["alt_text_custom"] == "Satu titik"
    assert photo["page_story_id"].startswith(page["id"])


def test_the_sdk_attaches_staged_photos_to_a_post(page: Page, picture_url: str) -> None:
    staged = [page.create_photo(params={"url": picture_url, "published": False})["id"] for _ in range(2)]
    media = [{"media_fbid": photo_id} for photo_id in staged]
    made = page.create_feed(params={"message": "Dua gambar", "attached_media": media})
    for photo_id in staged:
        photo = Photo(photo_id, api=page.get_api()).api_get(fields=["page_story_id"])
        assert photo["page_story_id"] == made["id"]


def test_the_sdk_cannot_attach_a_photo_twice(page: Page, picture_url: str) -> None:
    staged = page.create_photo(params={"url": picture_url, "published": False})["id"]
    media = [{"media_fbid": staged}]
    page.create_feed(params={"message": "Satu gambar", "attached_media": media})
    with pytest.raises(FacebookRequestError) as caught:
        page.create_feed(params={"message": "Gambar lagi", "attached_media": media})
    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (100, 1366051)
    assert len(list(page.get_published_posts())) == 1


def test_the_sdk_cannot_attach_a_photo_twice_to_one_post(page: Page, picture_url: str) -> None:
    staged = page.create_photo(params={"url": picture_url, "published": False})["id"]
    with pytest.raises(FacebookRequestError) as caught:
        page.create_feed(params={"message": "Kembar", "attached_media": [{"media_fbid": staged}] * 2})
    assert caught.value.api_error_subcode() == 1366051


def test_the_sdk_may_use_the_photo_of_a_deleted_post_again(page: Page, picture_url: str) -> None:
    staged = page.create_photo(params={"url": picture_url, "published": False})["id"]
    media = [{"media_fbid": staged}]
    made = page.create_feed(params={"message": "Keliru", "attached_media": media})
    PagePost(made["id"], api=page.get_api()).api_delete()
    again = page.create_feed(params={"message": "Benar", "attached_media": media})
    assert Photo(staged, api=page.get_api()).api_get(fields=["page_story_id"])["page_story_id"] == again["id"]


def test_the_sdk_is_told_that_a_photo_is_too_large(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "besar.jpg"
    file.write_bytes(b"\xff\xd8\xff" + b"\0" * 4_000_000)
    with file.open("rb") as stream, pytest.raises(FacebookRequestError) as caught:
        page.get_api().call("POST", (page["id"], "photos"), files={"source": stream})
    assert caught.value.api_error_subcode() == 1366046


def test_the_sdk_finds_a_temporary_photo_for_a_day_alone(
    sandbox: RunningSandbox, page: Page, picture_url: str
) -> None:
    params = {"url": picture_url, "published": False, "temporary": True}
    staged = page.create_photo(params=params)["id"]
    assert Photo(staged, api=page.get_api()).api_get(fields=["id"])["id"] == staged
    sandbox.control("clock", {"clock_offset_seconds": 90_000})
    with pytest.raises(FacebookRequestError) as caught:
        Photo(staged, api=page.get_api()).api_get(fields=["id"])
    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (100, 33)


def test_the_sdk_schedules_a_post(page: Page) -> None:
    when = datetime.now(UTC) + timedelta(days=1)
    params = {"message": "Besok", "published": False, "scheduled_publish_time": int(when.timestamp())}
    made = page.create_feed(params=params)
    assert [post["id"] for post in page.get_scheduled_posts()] == [made["id"]]


def test_the_sdk_walks_cursors_through_all_posts(page: Page) -> None:
    made = [page.create_feed(params={"message": f"Nomor {number}"})["id"] for number in range(7)]
    walked = [post["id"] for post in page.get_published_posts(fields=["id"], params={"limit": 2})]
    assert walked == made[::-1]


def test_the_sdk_reads_page_insights(sandbox: RunningSandbox, page: Page) -> None:
    metrics = ["page_media_view", "page_actions_post_reactions_total"]
    params = {"metric": metrics, "period": "day", "since": "2026-01-01", "until": "2026-01-03"}
    sandbox.control("pages/" + page["id"], {"likes": 5000})
    travel = datetime(2026, 2, 1, tzinfo=UTC) - datetime.now(UTC)
    sandbox.control("clock", {"clock_offset_seconds": travel.total_seconds()})
    found = {item["name"]: item["values"] for item in page.get_insights(params=params)}
    assert [value["end_time"] for value in found["page_media_view"]] == [
        "2026-01-02T08:00:00+0000",
        "2026-01-03T08:00:00+0000",
    ]
    assert isinstance(found["page_actions_post_reactions_total"][0]["value"], dict)


def test_the_sdk_reads_post_insights(page: Page) -> None:
    made = page.create_feed(params={"message": "Ukur"})
    params = {"metric": ["post_media_view"], "period": "lifetime"}
    (item,) = PagePost(made["id"], api=page.get_api()).get_insights(params=params)
    assert item["values"] == [{"value": 0}]


def test_the_sdk_raises_a_dead_metric_with_its_code(page: Page) -> None:
    with pytest.raises(FacebookRequestError) as caught:
        page.get_insights(params={"metric": ["page_impressions"], "period": "day"})
    assert caught.value.api_error_code() == 100
    assert caught.value.api_error_type() == "OAuthException"


def test_the_sdk_raises_a_double_and_a_broken_token(sandbox: RunningSandbox, page: Page) -> None:
    page.create_feed(params={"message": "Sama"})
    with pytest.raises(FacebookRequestError) as double:
        page.create_feed(params={"message": "Sama"})
    sandbox.control("pages/" + page["id"], {"token_subcode": 463})
    with pytest.raises(FacebookRequestError) as expired:
        page.create_feed(params={"message": "Lain"})
    assert double.value.api_error_code() == 506
    assert (expired.value.api_error_code(), expired.value.api_error_subcode()) == (190, 463)


def test_the_sdk_sees_a_transient_error_and_its_status(sandbox: RunningSandbox, page: Page) -> None:
    sandbox.plant("error", method="POST", status=500, code=2, is_transient=True)
    with pytest.raises(FacebookRequestError) as caught:
        page.create_feed(params={"message": "x"})
    assert (caught.value.http_status(), caught.value.api_error_code()) == (500, 2)
    assert caught.value.api_transient_error() is True


def test_the_sdk_reads_usage_headers(page: Page) -> None:
    answer = page.get_api().call("GET", (page["id"],))
    usage = json.loads(answer.headers()["X-Business-Use-Case-Usage"])
    assert usage[page["id"]][0]["type"] == "pages"


def test_the_sdk_runs_a_batch_in_which_one_call_fails(page: Page) -> None:
    api = page.get_api()
    batch, results = api.new_batch(), []
    for message, target in (("Satu", page["id"]), ("Dua", "999")):
        batch.add(
            "POST",
            (target, "feed"),
            params={"message": message},
            success=lambda answer: results.append(answer.status()),
            failure=lambda answer: results.append(answer.error().api_error_code()),
        )
    assert batch.execute() is None
    assert results == [200, 100]
    assert [post["message"] for post in page.get_published_posts(fields=["message"])] == ["Satu"]


def test_the_sdk_edits_publishes_and_deletes(page: Page) -> None:
    made = page.create_feed(params={"message": "Draf", "published": False})
    post = PagePost(made["id"], api=page.get_api())
    post.api_update(params={"message": "Akhir", "is_published": True})
    assert [found["message"] for found in page.get_published_posts(fields=["message"])] == ["Akhir"]
    post.api_delete()
    assert list(page.get_published_posts()) == []
