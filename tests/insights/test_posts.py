"""What a post has reached is noted on the night that has just ended, once, and only for posts that stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from nights import Night

from kabar.insights.harvest import Post
from kabar.posting.states import State
from kabar.store.insights import published_posts
from ledger import way

POST_METRICS = 5


def ledger_post(night: Night, *, code: str, state: State, platform_id: str | None, age: timedelta) -> int:
    """One post of the ledger on an account, in a state; gives its number."""
    account_id = next(a for a, page in night.accounts.items() if page == night.sandbox.page_id(code))
    with night.db.connection() as connection:
        package = connection.execute(
            "insert into kabar.package (calendar, calendar_version, stage, tonggak, kind, title,"
            " late_delay_seconds, dag_id, run_id)"
            " values ('c', 1, 's', %s, 'k', 't', 0, 'd', 'r') returning id",
            (f"{code}-{state}-{age}",),
        ).fetchone()
        assert package is not None
        draft = connection.execute(
            "insert into kabar.draft (package_id, satker_code, province_code, channel, account_id, wave,"
            " says_at, publish_at, not_after, version, calendar_version)"
            " values (%s, %s, %s, 'facebook', %s, 'WIB', now(), now(), now() + interval '1 day', 1, 1)"
            " returning id",
            (package["id"], code, code[:2], account_id),
        ).fetchone()
        assert draft is not None
        post = connection.execute(
            "insert into kabar.post (draft_id, platform_id, published_at, lease_until, changed_by, reason)"
            " values (%s, %s, %s, now(), 'test', 'test') returning id",
            (draft["id"], platform_id, night.now - age),
        ).fetchone()
        assert post is not None
        for step in way("planned", state):
            connection.execute("update kabar.post set state = %s where id = %s", (step, post["id"]))
    return int(post["id"])


def publish(night: Night, code: str) -> str:
    """A post that stands on the sandbox; gives its platform id."""
    page = f"{night.sandbox.url}/v26.0/{night.sandbox.page_id(code)}"
    user = {"access_token": night.sandbox.user_token}
    token = requests.get(page, params={"fields": "access_token", **user}, timeout=5).json()["access_token"]
    answer = requests.post(f"{page}/feed", data={"message": "Uji", "access_token": token}, timeout=5)
    return str(answer.json()["id"])


@pytest.fixture
def standing(night: Night) -> int:
    """One published post of KPU RI, handed to the night."""
    platform_id = publish(night, "00")
    number = ledger_post(night, code="00", state="published", platform_id=platform_id, age=timedelta(hours=1))
    with night.db.connection() as connection:
        night.posts = dict(published_posts(connection, since=night.now - timedelta(days=90)))
    return number


def test_a_published_post_has_a_row_for_every_metric(night: Night, standing: int) -> None:
    _, merged = night.harvest()

    rows = night.rows("select * from insight.post_snapshot")
    assert {(row["post_id"], row["day"], row["availability"]) for row in rows} == {
        (standing, night.day, "available")
    }
    assert len(rows) == merged.post_rows == POST_METRICS
    by_kind = next(row for row in rows if row["metric"] == "post_reactions_by_type_total")
    assert by_kind["value"] == sum(by_kind["parts"].values())


def test_a_snapshot_once_taken_stays_though_the_post_goes_on(night: Night, standing: int) -> None:
    night.harvest()
    before = night.rows(
        "select *, xmin::text from insight.post_snapshot where post_id = %s order by 2", standing
    )
    night.sandbox.control("clock", {"clock_offset_seconds": 7200})

    try:
        _, merged = night.harvest()
    finally:
        night.sandbox.control("clock", {"clock_offset_seconds": 0})

    after = night.rows(
        "select *, xmin::text from insight.post_snapshot where post_id = %s order by 2", standing
    )
    assert after == before
    assert merged.post_rows == 0


def test_a_post_that_is_gone_is_called_deleted_and_hurts_no_other(night: Night, standing: int) -> None:
    other = publish(night, "11")
    gone = [Post(standing, f"{night.sandbox.page_id('00')}_1")]
    more = ledger_post(night, code="11", state="published", platform_id=other, age=timedelta(hours=1))
    by_page = {page: account for account, page in night.accounts.items()}
    night.posts = {
        by_page[night.sandbox.page_id("00")]: gone,
        by_page[night.sandbox.page_id("11")]: [Post(more, other)],
    }

    harvested, _ = night.harvest()

    rows = night.rows(
        "select post_id, availability, count(value) as values from insight.post_snapshot group by 1, 2"
    )
    assert {tuple(row.values()) for row in rows} == {
        (standing, "deleted", 0),
        (more, "available", POST_METRICS),
    }
    assert harvested.rows["deleted"] == POST_METRICS
    assert {gap[0] for gap in night.gaps("00").values()} == {"available"}


def test_a_metric_refused_for_a_small_page_is_not_a_zero(night: Night, standing: int) -> None:
    night.sandbox.control(f"pages/{night.sandbox.page_id('00')}", {"likes": 28})

    night.harvest()

    gaps = night.rows(
        "select metric, value, availability from insight.post_snapshot where post_id = %s and value is null",
        standing,
    )
    assert [tuple(row.values()) for row in gaps] == [("post_total_media_view_unique", None, "no_permission")]


@pytest.mark.parametrize(
    ("state", "platform_id", "age", "is_followed"),
    [
        ("published", "1_1", timedelta(days=89), True),
        ("published", "1_1", timedelta(days=91), False),
        ("unconfirmed", None, timedelta(days=1), False),
        ("withdrawn", "1_1", timedelta(days=1), False),
    ],
)
def test_published_posts_are_followed_for_90_days(
    night: Night, *, state: State, platform_id: str | None, age: timedelta, is_followed: bool
) -> None:
    number = ledger_post(night, code="11", state=state, platform_id=platform_id, age=age)

    with night.db.connection() as connection:
        posts = published_posts(connection, since=datetime.now(UTC) - timedelta(days=90))

    assert [post.id for of_account in posts.values() for post in of_account] == [number] * is_followed
