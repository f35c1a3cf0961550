"""Meta's own SDK, pointed at the sandbox's Instagram: an independent check of requests and shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from container_client import jpeg
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from kabar.sandbox.graph.instagram import instagram_id
from kabar.sandbox.running import RunningSandbox

#: The SDK warns about its own lists of fields and types; it sends them all the same.
pytestmark = pytest.mark.filterwarnings("ignore:value of", "ignore:.*does not allow field")


@pytest.fixture
def api(sandbox: RunningSandbox) -> FacebookAdsApi:
    class SandboxSession(FacebookSession):
        GRAPH = sandbox.url

    session = SandboxSession(sandbox.app_id, sandbox.app_secret, sandbox.user_token, timeout=10)
    return FacebookAdsApi(session, api_version="v26.0")


@pytest.fixture
def account(api: FacebookAdsApi) -> IGUser:
    return IGUser(instagram_id("32"), api=api)


@pytest.fixture(scope="module")
def picture_url() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(jpeg())

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/poster.jpg"
    server.shutdown()
    server.server_close()


@pytest.fixture
def publish(account: IGUser, picture_url: str) -> Callable[[str], str]:
    def publishing(caption: str) -> str:
        container = account.create_media(
            params={"image_url": picture_url, "caption": caption, "alt_text": "Poster"}
        )
        medium = account.create_media_publish(params={"creation_id": container["id"]})
        return str(medium["id"])

    return publishing


def test_the_sdk_finds_the_account_behind_its_page(sandbox: RunningSandbox, api: FacebookAdsApi) -> None:
    page = Page(sandbox.page_id("32"), api=api).api_get(fields=["instagram_business_account"])

    assert dict(page["instagram_business_account"]) == {"id": instagram_id("32")}


def test_the_sdk_reads_an_account(account: IGUser) -> None:
    found = account.api_get(fields=["id", "username", "name"])

    assert (found["username"], found["name"]) == ("sandbox_32", "KPU Provinsi Jawa Barat")


def test_the_sdk_makes_a_container_sees_its_state_and_publishes_it(
    account: IGUser, api: FacebookAdsApi, picture_url: str
) -> None:
    container = account.create_media(params={"image_url": picture_url, "caption": "Halo é"})
    before = api.call("GET", (container["id"],), params={"fields": "status_code,status"}).json()
    medium = account.create_media_publish(params={"creation_id": container["id"]})
    after = api.call("GET", (container["id"],), params={"fields": "status_code"}).json()

    assert (before["status_code"], after["status_code"]) == ("FINISHED", "PUBLISHED")
    found = IGMedia(medium["id"], api=api).api_get(fields=["caption", "media_type", "permalink", "timestamp"])
    assert (found["caption"], found["media_type"]) == ("Halo é", "IMAGE")


def test_the_sdk_publishes_a_carousel(account: IGUser, api: FacebookAdsApi, picture_url: str) -> None:
    children = [
        account.create_media(params={"image_url": picture_url, "is_carousel_item": True})["id"]
        for _ in range(3)
    ]
    whole = account.create_media(
        params={"media_type": "CAROUSEL", "children": children, "caption": "Tiga gambar"}
    )

    medium = account.create_media_publish(params={"creation_id": whole["id"]})

    found = IGMedia(medium["id"], api=api).api_get(fields=["media_type", "children"])
    assert found["media_type"] == "CAROUSEL_ALBUM"
    assert len(found["children"]["data"]) == 3


def test_the_sdk_walks_cursors_through_all_media(account: IGUser, publish: Callable[[str], str]) -> None:
    made = [publish(f"Nomor {number}") for number in range(5)]

    assert [one["id"] for one in account.get_media(fields=["id"], params={"limit": 2})] == made[::-1]


def test_the_sdk_reads_the_quota(account: IGUser, publish: Callable[[str], str]) -> None:
    publish("Satu")

    (limit,) = account.get_content_publishing_limit(fields=["quota_usage", "config"])

    assert limit["quota_usage"] == 1
    assert (limit["config"]["quota_total"], limit["config"]["quota_duration"]) == (50, 86400)


def test_the_sdk_deletes_a_medium(
    account: IGUser, api: FacebookAdsApi, publish: Callable[[str], str]
) -> None:
    number = publish("Satu")

    IGMedia(number, api=api).api_delete()

    assert list(account.get_media()) == []


def test_the_sdk_reads_totals_and_series_of_insights(sandbox: RunningSandbox, account: IGUser) -> None:
    travel = datetime(2026, 2, 1, tzinfo=UTC) - datetime.now(UTC)
    sandbox.control("clock", {"clock_offset_seconds": travel.total_seconds()})
    span = {"period": "day", "since": "2026-01-01", "until": "2026-01-03"}

    (total,) = account.get_insights(params={"metric": ["views"], "metric_type": "total_value", **span})
    (series,) = account.get_insights(params={"metric": ["reach"], **span})

    assert total["total_value"]["value"] > 0
    assert [value["end_time"] for value in series["values"]] == [
        "2026-01-02T08:00:00+0000",
        "2026-01-03T08:00:00+0000",
    ]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"metric": ["impressions"]}, "must be one of"),
        ({"metric": ["views"], "since": "2026-01-01", "until": "2026-02-15"}, "more than 30 days"),
    ],
)
def test_the_sdk_raises_a_dead_metric_and_a_range_that_is_too_long(
    account: IGUser, params: dict[str, object], words: str
) -> None:
    with pytest.raises(FacebookRequestError) as caught:
        account.get_insights(params={"metric_type": "total_value", "period": "day", **params})

    assert caught.value.api_error_code() == 100
    assert words in str(caught.value.api_error_message())


def test_the_sdk_raises_the_end_of_the_quota(sandbox: RunningSandbox, publish: Callable[[str], str]) -> None:
    sandbox.control("settings", {"instagram_posts_a_day": 1})
    publish("Satu")

    with pytest.raises(FacebookRequestError) as caught:
        publish("Dua")

    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (9, 2207042)


def test_the_sdk_cannot_publish_what_is_still_being_prepared(
    sandbox: RunningSandbox, publish: Callable[[str], str]
) -> None:
    sandbox.control("settings", {"container_seconds": 60})

    with pytest.raises(FacebookRequestError) as caught:
        publish("Satu")

    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (9007, 2207027)
