"""The judgement alone, for what the sandbox never says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from kabar.channels.facebook_identity import Findings, PageFacts, TokenFacts, token_facts
from kabar.channels.facebook_readiness import Expected, Readiness, judge
from kabar.channels.graph import pages_of
from kabar.channels.transport import Answer

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SCOPES = ("pages_show_list", "pages_manage_posts", "read_insights")
CONNECTION = TokenFacts("SYSTEM_USER", None, SCOPES, None, never_expires=True, fault=None)
PAGE_TOKEN = TokenFacts("PAGE", "101", SCOPES, None, never_expires=True, fault=None)
PAGE = PageFacts("KPU Kota Bandung", "Government Organization", is_published=True, fault=None)
FOUND = Findings(PAGE, PAGE_TOKEN, ("CREATE_CONTENT", "ANALYZE"))
EXPECTED = Expected("101", "KPU Kota Bandung", "KPU Kota Bandung", is_own_name=True)


def judged(found: Findings, *, connection: TokenFacts = CONNECTION) -> Readiness:
    return judge(found, EXPECTED, connection=connection, now=NOW)


def test_nothing_wrong_is_ready() -> None:
    assert judged(FOUND) == Readiness("ready", ())


@pytest.mark.parametrize(
    ("token", "says"),
    [
        pytest.param(replace(PAGE_TOKEN, kind="USER"), "a user's token stands in its place", id="a user's"),
        pytest.param(replace(PAGE_TOKEN, profile_id="202"), "belongs to another Page, 202", id="another's"),
        pytest.param(
            replace(PAGE_TOKEN, scopes=("read_insights",)), "pages_manage_posts is missing", id="narrow"
        ),
        pytest.param(
            replace(PAGE_TOKEN, expires_at=NOW, never_expires=False), "expired on 2026-11-20", id="over"
        ),
    ],
)
def test_a_token_that_cannot_publish_says_why(token: TokenFacts, says: str) -> None:
    found = judged(replace(FOUND, token=token))

    assert found.verdict == "cannot_publish"
    assert says in found.reasons[0]


def test_a_token_without_the_insights_permission_can_publish() -> None:
    token = replace(PAGE_TOKEN, scopes=("pages_manage_posts",))

    assert judged(replace(FOUND, token=token)).verdict == "attention"


def test_what_stops_publishing_stands_before_what_asks_for_attention() -> None:
    ending = replace(CONNECTION, expires_at=NOW + timedelta(days=3), never_expires=False)

    found = judged(replace(FOUND, tasks=()), connection=ending)

    assert found.verdict == "cannot_publish"
    assert ["CREATE_CONTENT" in found.reasons[0], "expires within 7 days" in found.reasons[1]] == [True, True]


def test_what_facebook_will_not_say_of_a_token_is_said_and_is_no_fault() -> None:
    silent = TokenFacts(None, None, (), None, None, None, unread="Graph error 100 (HTTP 400): Not yours.")

    found = judged(replace(FOUND, token=silent), connection=silent)

    assert found.verdict == "attention"
    assert len(found.reasons) == 2
    assert all(reason.startswith("Facebook does not say what the") for reason in found.reasons)


def test_what_was_not_read_is_neither_ready_nor_at_fault() -> None:
    found = judged(Findings(None, None, ("CREATE_CONTENT",), "No answer."))

    assert found == Readiness("not_read", ("Not read: No answer.",))


def test_what_a_page_leaves_out_is_no_fault() -> None:
    silent = PageFacts(None, None, None, None)

    assert judged(replace(FOUND, page=silent)) == Readiness("ready", ())


class Answers:
    """A platform that gives one answer."""

    def __init__(self, data: object) -> None:
        self._body = orjson.dumps({"data": data})

    async def get(
        self,
        _path: str,
        _params: Mapping[str, str],
        *,
        token: str,  # noqa: ARG002 -- The transport's.
    ) -> Answer:
        return Answer(200, {}, self._body)


def facts(data: Mapping[str, object]) -> TokenFacts:
    return asyncio.run(token_facts(Answers(data), "EAAP", asked_with="EAA"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expiry", "expires_at", "never"),
    [
        (0, None, True),
        (1_798_761_600, datetime(2027, 1, 1, tzinfo=UTC), False),
        (None, None, None),
        ("soon", None, None),
    ],
)
def test_an_end_of_zero_is_never_and_a_missing_one_is_not_known(
    expiry: object, expires_at: datetime | None, *, never: bool | None
) -> None:
    found = facts({"is_valid": True, "type": "PAGE", "expires_at": expiry, "scopes": []})

    assert (found.expires_at, found.never_expires) == (expires_at, never)


def test_a_token_quoted_in_an_answer_is_blotted_out() -> None:
    found = facts({"is_valid": False, "error": {"code": 190, "message": "Malformed access token EAAP"}})

    assert found.fault is not None
    assert found.fault.message == "Malformed access token [token]"


def test_a_users_token_is_never_taken_for_a_pages() -> None:
    mixed = [
        {"id": "101", "name": "KPU", "access_token": "EAA", "tasks": ["CREATE_CONTENT"]},
        {"id": "102", "name": "KPU", "access_token": "EAAP", "tasks": ["CREATE_CONTENT"]},
        {"id": "103", "name": "KPU"},
    ]

    assert set(asyncio.run(pages_of(Answers(mixed), "EAA"))) == {"102"}  # type: ignore[arg-type]
