"""What Instagram and Threads have in common, through our own channels: prepare, publish, find, take down."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
from container_client import Platform, jpeg

from kabar.errors import AccountError, PausedError, RefusedError, UnconfirmedError, UnreachableError
from kabar.sandbox.graph.instagram import instagram_id
from kabar.sandbox.running import RunningSandbox
from kabar.sandbox.threads.accounts import threads_id, threads_token

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
DAYS = [NOW.date() - timedelta(days=3), NOW.date() - timedelta(days=2)]


@pytest.fixture(scope="module")
def web_server() -> Iterator[str]:
    """The office's web server: `/<width>x<height>.<format>` is a picture of that size."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size, _, kind = self.path.strip("/").partition(".")
            width, _, height = size.partition("x")
            if not height:
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(jpeg((int(width), int(height)), "JPEG" if kind == "jpg" else "PNG"))

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["instagram", "threads"])
def platform(request: pytest.FixtureRequest, sandbox: RunningSandbox, web_server: str) -> Platform:
    return Platform(request.param, sandbox, f"{web_server}/400x400.jpg")


@pytest.fixture
def instagram(sandbox: RunningSandbox, web_server: str) -> Platform:
    return Platform("instagram", sandbox, f"{web_server}/400x400.jpg")


@pytest.fixture
def threads(sandbox: RunningSandbox, web_server: str) -> Platform:
    return Platform("threads", sandbox, f"{web_server}/400x400.jpg")


def travel(sandbox: RunningSandbox, to: datetime) -> None:
    sandbox.control("clock", {"clock_offset_seconds": (to - datetime.now(UTC)).total_seconds()})


def test_nothing_is_to_be_seen_before_the_publishing_call(platform: Platform) -> None:
    platform.prepared(platform.outgoing())

    assert platform.posts() == []


def test_a_published_post_is_read_back_with_its_address_and_time(platform: Platform) -> None:
    post = platform.outgoing()
    created = platform.publish(post)

    standing = platform.read(post, created.platform_id)

    assert standing is not None
    assert standing.permalink is not None
    assert standing.permalink.endswith(f"/publik/{platform.name}/{post.account_id}#{created.platform_id}")
    assert standing.published_at is not None
    assert abs(datetime.now(UTC) - standing.published_at) < timedelta(seconds=30)


def test_reading_back_misses_other_words_and_what_is_gone(platform: Platform) -> None:
    post = platform.outgoing()
    created = platform.publish(post)

    assert platform.read(platform.outgoing(message="Lain."), created.platform_id) is None
    assert platform.read(post, "17900000000999999") is None


def test_a_lost_post_is_found_by_its_words_among_others_and_only_in_its_time(platform: Platform) -> None:
    platform.publish(platform.outgoing(message="Kabar lain."))
    post = platform.outgoing()
    created = platform.publish(post)

    assert [one.platform_id for one in platform.find(post)] == [created.platform_id]
    assert platform.find(post, sent_at=datetime.now(UTC) + timedelta(minutes=5)) == []


def test_the_container_of_a_lost_post_stands_in_the_evidence(platform: Platform) -> None:
    post = platform.prepared(platform.outgoing())
    platform.ask(lambda channel: channel.create(post))

    (found,) = platform.find(post)

    assert found.evidence["state"] == "PUBLISHED"
    assert found.evidence["container"] == post.handle["container"]


def test_two_posts_of_the_same_words_are_both_found(platform: Platform) -> None:
    post = platform.outgoing()
    numbers = {platform.publish(post).platform_id for _ in range(2)}

    assert {one.platform_id for one in platform.find(post)} == numbers


def test_a_post_beyond_the_first_page_of_a_list_is_found(platform: Platform) -> None:
    platform.sandbox.control("settings", {f"{platform.name}_posts_a_day": 500})
    post = platform.outgoing()
    created = platform.publish(post)
    for number in range(101):
        platform.publish(platform.outgoing(message=f"Kabar {number}."))

    assert [one.platform_id for one in platform.find(post)] == [created.platform_id]


def test_one_container_is_published_once_whoever_asks(platform: Platform) -> None:
    post = platform.prepared(platform.outgoing())
    platform.ask(lambda channel: channel.create(post))

    with pytest.raises(PausedError):
        platform.ask(lambda channel: channel.create(post))
    with pytest.raises(UnconfirmedError, match="published already"):
        platform.prepared(post)

    assert len(platform.posts()) == 1


def test_creating_without_a_container_asks_nothing(platform: Platform) -> None:
    with pytest.raises(UnreachableError, match="No container"):
        platform.ask(lambda channel: channel.create(platform.outgoing()))

    assert platform.posts() == []


def test_a_container_that_was_not_used_in_a_day_is_made_again(platform: Platform) -> None:
    post = platform.prepared(platform.outgoing())
    travel(platform.sandbox, datetime.now(UTC) + timedelta(hours=25))

    again = platform.prepared(post)

    assert again.handle["container"] != post.handle["container"]


def test_a_standing_post_is_taken_down_and_one_that_is_gone_is_taken_down_already(platform: Platform) -> None:
    post = platform.outgoing()
    created = platform.publish(post)

    first = platform.ask(lambda channel: channel.withdraw(post, created.platform_id))
    second = platform.ask(lambda channel: channel.withdraw(post, created.platform_id))

    assert (first["deleted"], second["gone"]) == (True, True)
    assert platform.read(post, created.platform_id) is None
    assert platform.posts()[0]["deleted_at"] is not None


@pytest.mark.parametrize("kind", ["half_json", "no_id", "garbage"])
def test_a_deletion_without_a_readable_answer_is_unconfirmed(platform: Platform, kind: str) -> None:
    post = platform.outgoing()
    created = platform.publish(post)
    platform.sandbox.plant(kind, method="DELETE")

    with pytest.raises(UnconfirmedError):
        platform.ask(lambda channel: channel.withdraw(post, created.platform_id))


def test_without_the_permission_a_person_takes_it_down(platform: Platform) -> None:
    post = platform.outgoing()
    created = platform.publish(post)
    platform.sandbox.plant("error", method="DELETE", code=10, message="(#10) Missing permission")

    with pytest.raises(AccountError, match="#10"):
        platform.ask(lambda channel: channel.withdraw(post, created.platform_id))


def test_words_are_never_changed_in_place(platform: Platform) -> None:
    with pytest.raises(RefusedError, match="in the app"):
        platform.ask(lambda channel: channel.correct(platform.outgoing(), "1"))

    assert not platform.ask(_can_correct)


async def _can_correct(channel: Any) -> bool:  # noqa: ANN401 -- Any channel.
    return bool(channel.abilities.can_correct)


@pytest.mark.parametrize("pictures", [11, 21])
def test_more_pictures_than_a_carousel_holds_are_refused_before_any_call(
    platform: Platform, pictures: int
) -> None:
    if platform.name == "threads" and pictures == 11:
        assert len(platform.prepared(platform.outgoing(pictures=pictures)).handle["children"]) == 11
        return

    with pytest.raises(RefusedError, match="at most"):
        platform.prepared(platform.outgoing(pictures=pictures))


@pytest.mark.parametrize(
    ("picture", "number"),
    [
        ("400x400.png", "36001/2207005"),
        ("300x600.jpg", "36003/2207009"),
        ("nothing", "9004/2207052"),
    ],
)
def test_instagram_refuses_a_picture_with_its_own_number(
    instagram: Platform, web_server: str, picture: str, number: str
) -> None:
    instagram.picture_url = f"{web_server}/{picture}"

    with pytest.raises(RefusedError, match=number):
        instagram.prepared(instagram.outgoing())


def test_instagram_refuses_a_caption_that_is_too_long(instagram: Platform) -> None:
    with pytest.raises(RefusedError, match="36004/2207010"):
        instagram.prepared(instagram.outgoing(message="a" * 2201))


@pytest.mark.parametrize(
    ("text", "fits"), [("a" * 500, True), ("a" * 497 + "🗳", False), ("a" * 496 + "🗳", True)]
)
def test_threads_counts_an_emoji_by_its_bytes(threads: Platform, text: str, *, fits: bool) -> None:
    if fits:
        assert threads.publish(threads.outgoing(message=text, pictures=0))
        return

    with pytest.raises(RefusedError, match="500"):
        threads.prepared(threads.outgoing(message=text, pictures=0))


def test_threads_knows_a_text_by_the_number_in_its_link(threads: Platform) -> None:
    mine = threads.publish(threads.outgoing(pictures=0))
    threads.publish(threads.outgoing(pictures=0, post_id=42))

    assert [one.platform_id for one in threads.find(threads.outgoing(pictures=0))] == [mine.platform_id]
    assert "utm_id=kt41" in str(threads.posts()[0]["link"])


def test_a_limit_on_one_account_says_how_long_it_lasts(instagram: Platform) -> None:
    instagram.sandbox.plant("error", edge="media_publish", code=80002, seconds=300)

    with pytest.raises(PausedError) as caught:
        instagram.publish(instagram.outgoing())

    assert (caught.value.pause_seconds, caught.value.is_app_wide) == (300, False)


def test_an_account_says_who_it_is(platform: Platform) -> None:
    found = platform.identity()

    assert (found.name, found.username) == ("KPU Provinsi Jawa Barat", "sandbox_32")
    assert (found.obstacles, found.warnings) == ((), ())


def test_an_account_out_of_reach_says_what_to_do(platform: Platform) -> None:
    other = instagram_id("3204") if platform.name == "instagram" else threads_id("12")

    (reason,) = platform.identity(other).obstacles

    assert ("link it to the office's Page" if platform.name == "instagram" else "table of tokens") in reason
    with pytest.raises(AccountError):
        platform.ask(lambda channel: channel.read(_at(platform, other), "1"))


def _at(platform: Platform, account: str) -> Any:  # noqa: ANN401 -- An Outgoing.
    platform.account = account
    return platform.outgoing()


def test_a_missing_task_and_missing_permissions_keep_an_account_from_publishing(instagram: Platform) -> None:
    instagram.sandbox.control(f"pages/{instagram.sandbox.page_id('32')}", {"tasks": ["ANALYZE"]})
    instagram.sandbox.control("tokens", {"scopes": ["pages_show_list", "instagram_basic"]})

    obstacles = instagram.identity().obstacles

    assert "CREATE_CONTENT is missing" in obstacles[0]
    assert "instagram_content_publish is missing" in obstacles[1]
    with pytest.raises(AccountError, match="CREATE_CONTENT"):
        instagram.prepared(instagram.outgoing())


def test_the_end_of_a_token_of_threads_is_announced_and_then_stands_in_the_way(threads: Platform) -> None:
    travel(threads.sandbox, datetime.now(UTC) + timedelta(days=50))
    (warning,) = threads.identity().warnings
    travel(threads.sandbox, datetime.now(UTC) + timedelta(days=61))
    (obstacle,) = threads.identity().obstacles

    assert "renew it with" in warning
    assert "190/463" in obstacle


def test_no_token_reaches_an_error_or_a_log(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = platform.sandbox.user_token if platform.name == "instagram" else threads_token(platform.account)
    platform.sandbox.plant("error", edge="publish$", code=190, message=f"Malformed access token {token}")

    with pytest.raises(AccountError, match=r"Malformed access token \[token\]") as caught:
        platform.publish(platform.outgoing())

    assert token not in f"{caught.value!r} {caplog.text}"


def test_instagram_tells_a_days_totals_and_explains_what_is_missing(instagram: Platform) -> None:
    travel(instagram.sandbox, NOW)

    rows = instagram.insights(["reach", "views", "follows_and_unfollows"], DAYS, NOW)

    assert {(row.metric, row.day) for row in rows} == {
        (metric, day) for metric in ("reach", "views", "follows_and_unfollows") for day in DAYS
    }
    assert all(row.availability == "available" and row.value is not None for row in rows)
    follows = next(row for row in rows if row.metric == "follows_and_unfollows")
    assert follows.parts is not None
    assert (set(follows.parts), sum(follows.parts.values())) == ({"FOLLOWER", "NON_FOLLOWER"}, follows.value)


def test_a_name_that_instagram_has_retired_costs_only_itself(instagram: Platform) -> None:
    travel(instagram.sandbox, NOW)

    rows = instagram.insights(["reach", "impressions"], DAYS[:1], NOW)

    assert [(row.metric, row.availability) for row in rows] == [
        ("reach", "available"),
        ("impressions", "unknown_metric"),
    ]


def test_threads_tells_views_by_day_totals_and_todays_followers(threads: Platform) -> None:
    travel(threads.sandbox, NOW)
    newest = NOW.date() - timedelta(days=1)

    rows = threads.insights(["views", "likes", "followers_count"], [DAYS[0], newest], NOW)

    found = {(row.metric, row.day): row for row in rows}
    assert found["views", DAYS[0]].value
    assert found["likes", DAYS[0]].value
    assert found["followers_count", newest].value
    assert found["followers_count", DAYS[0]].availability == "failed"


@pytest.mark.parametrize(("days_ago", "availability"), [(1, "delayed"), (5, "failed")])
def test_a_missing_value_is_late_or_explained_and_never_zero(
    platform: Platform, days_ago: int, availability: str
) -> None:
    travel(platform.sandbox, NOW)
    platform.sandbox.control("settings", {"insight_delay_hours": 24 * 30})

    (row,) = platform.insights(["views"], [NOW.date() - timedelta(days=days_ago)], NOW)

    assert (row.value, row.availability) == (None, availability)


@pytest.mark.parametrize("kind", ["cut_after", "garbage"])
def test_insights_without_an_answer_are_explained(platform: Platform, kind: str) -> None:
    travel(platform.sandbox, NOW)
    platform.sandbox.plant(kind, edge="insights", times=None)

    (row,) = platform.insights(["views"], DAYS[:1], NOW)

    assert (row.value, row.availability, bool(row.reason)) == (None, "failed", True)


def test_dead_tokens_give_no_permission_for_insights(platform: Platform) -> None:
    travel(platform.sandbox, NOW)
    platform.sandbox.plant("error", edge="insights", code=190, subcode=463, times=None)

    (row,) = platform.insights(["views"], DAYS[:1], NOW)

    assert row.availability == "no_permission"


def test_a_citizen_sees_the_post_its_picture_and_its_description(platform: Platform) -> None:
    post = platform.outgoing()
    created = platform.publish(post)

    shown = requests.get(f"{platform.sandbox.url}/publik/{platform.name}/{post.account_id}", timeout=5)

    assert f'id="{created.platform_id}"' in shown.text
    assert "Teks alternatif: Poster pendaftaran." in shown.text
    assert 'src="/publik/gambar/' in shown.text
    assert "Pendaftaran pasangan calon dibuka." in shown.text
