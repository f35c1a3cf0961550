"""Can this Page publish? Read from a real sandbox over real HTTP, and said in words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from kabar.channels.facebook_identity import AccountReads, Findings, TokenFacts
from kabar.channels.facebook_readiness import Expected, Readiness, judge
from kabar.channels.registry import Reach, reach_of
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.errors import PausedError, RefusedError, UnreachableError
from kabar.sandbox.running import RunningSandbox

CODE, NAME = "3273", "KPU Kota Bandung"
CALL_SECONDS = 2.0


async def at_once(_seconds: float) -> None:
    """Wait for nothing."""


def read(sandbox: RunningSandbox, codes: Sequence[str] = (CODE,)) -> tuple[TokenFacts, dict[str, Findings]]:
    """Look at some Pages as the nightly task does."""

    async def look() -> tuple[TokenFacts, dict[str, Findings]]:
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            transport = HTTPTransport(session_sender(session, sandbox.url))
            reads = AccountReads(transport, sandbox.user_token, pause=at_once)
            worth = await reads.connection()
            if worth.fault is not None:
                return worth, {}
            return worth, await reads.accounts([sandbox.page_id(code) for code in codes])

    return asyncio.run(look())


def verdict(sandbox: RunningSandbox, *, is_own_name: bool = False, now: datetime | None = None) -> Readiness:
    """Look at KPU Kota Bandung and judge what was found."""
    worth, found = read(sandbox)
    page_id = sandbox.page_id(CODE)
    expected = Expected(page_id=page_id, name=NAME, satker=NAME, is_own_name=is_own_name)
    nothing = Findings(None, None, None)
    return judge(found.get(page_id, nothing), expected, connection=worth, now=now or datetime.now(UTC))


def change(sandbox: RunningSandbox, **changed: object) -> None:
    """Do something to KPU Kota Bandung's Page."""
    sandbox.control(f"pages/{sandbox.page_id(CODE)}", changed)


def reach(sandbox: RunningSandbox, token: str | None = None) -> Reach:
    return asyncio.run(reach_of(sandbox.url, token or sandbox.user_token))


def test_every_page_that_the_token_reaches_is_listed_over_all_result_pages(sandbox: RunningSandbox) -> None:
    found = reach(sandbox)

    assert len(found.pages) == 553
    assert (found.token.kind, found.token.never_expires, found.token.expires_at) == (
        "SYSTEM_USER",
        True,
        None,
    )


def test_a_page_that_nobody_assigned_to_the_system_user_is_not_reached(sandbox: RunningSandbox) -> None:
    change(sandbox, is_in_roster=False)

    assert sandbox.page_id(CODE) not in reach(sandbox).pages


def test_the_token_of_one_page_is_not_taken_for_the_users(sandbox: RunningSandbox) -> None:
    page = reach(sandbox).pages[sandbox.page_id(CODE)]

    with pytest.raises(RefusedError):
        reach(sandbox, page.token)


def test_a_dead_token_is_refused_and_not_quoted(sandbox: RunningSandbox) -> None:
    with pytest.raises(RefusedError, match="The token is of no use") as caught:
        reach(sandbox, "EAAtidakada")

    assert "EAAtidakada" not in str(caught.value)


def test_a_page_in_order_is_ready(sandbox: RunningSandbox) -> None:
    assert verdict(sandbox) == Readiness("ready", ())


def test_what_is_read_holds_the_page_and_the_end_of_its_token_but_no_token(sandbox: RunningSandbox) -> None:
    tokens = [page.token for page in reach(sandbox).pages.values()]
    _, found = read(sandbox)
    (findings,) = found.values()

    assert findings.page is not None
    assert (findings.page.name, findings.page.is_published) == (NAME, True)
    assert findings.token is not None
    assert (findings.token.kind, findings.token.profile_id) == ("PAGE", sandbox.page_id(CODE))
    assert (findings.token.never_expires, findings.token.expires_at) == (True, None)
    assert not any(token in repr(findings) for token in [*tokens, sandbox.user_token])


def test_without_the_publishing_task_it_says_who_must_grant_it(sandbox: RunningSandbox) -> None:
    change(sandbox, tasks=["ANALYZE", "MODERATE"])

    assert verdict(sandbox) == Readiness(
        "cannot_publish",
        ("Cannot publish: CREATE_CONTENT is missing; a person with full control must grant it.",),
    )


def test_without_the_insights_task_it_can_publish_and_somebody_should_look(sandbox: RunningSandbox) -> None:
    change(sandbox, tasks=["CREATE_CONTENT"])

    found = verdict(sandbox)

    assert found.verdict == "attention"
    assert found.reasons == (
        "Insights cannot be read: ANALYZE is missing; a person with full control must grant it.",
    )


def test_an_unpublished_page_cannot_publish(sandbox: RunningSandbox) -> None:
    change(sandbox, is_published=False)

    found = verdict(sandbox)

    assert found.verdict == "cannot_publish"
    assert "the Page is unpublished" in found.reasons[0]


def test_a_page_renamed_to_a_name_of_nobodys_asks_to_be_switched_off(sandbox: RunningSandbox) -> None:
    change(sandbox, name="Warung Kopi")

    found = verdict(sandbox)

    assert found.verdict == "attention"
    (reason,) = found.reasons
    assert reason.startswith(f"The Page is now called Warung Kopi, in the registry {NAME}, ")
    assert reason.endswith(
        f"no name of {NAME}; switch the account off until somebody has looked whose it is."
    )


def test_a_page_renamed_to_another_name_of_its_own_asks_for_an_import(sandbox: RunningSandbox) -> None:
    change(sandbox, name="Komisi Pemilihan Umum Kota Bandung")

    (reason,) = verdict(sandbox, is_own_name=True).reasons
    assert reason.startswith("The Page is now called Komisi Pemilihan Umum Kota Bandung")
    assert reason.endswith("; import the accounts again.")


def test_a_page_of_another_category_is_shown(sandbox: RunningSandbox) -> None:
    change(sandbox, category="Community")

    found = verdict(sandbox)

    assert found.verdict == "attention"
    assert "category is Community" in found.reasons[0]


SUBCODES = {
    458: "the app was removed",
    459: "log in and follow its instructions",
    460: "changed the password",
    463: "has expired",
    464: "has not confirmed the account",
    467: "was invalidated",
    492: "lost the role on this Page",
}


@pytest.mark.parametrize(("subcode", "words"), SUBCODES.items())
def test_a_dead_page_token_is_one_reason_in_words(sandbox: RunningSandbox, subcode: int, words: str) -> None:
    change(sandbox, token_subcode=subcode)

    found = verdict(sandbox)

    assert found.verdict == "cannot_publish"
    (reason,) = found.reasons
    assert reason.startswith("Cannot publish: the Page's token is of no use: ")
    assert words in reason
    assert reason.endswith(f"(error 190/{subcode}).")


@pytest.mark.parametrize(("subcode", "words"), SUBCODES.items())
def test_a_dead_connection_token_says_the_same_of_the_connection(
    sandbox: RunningSandbox, subcode: int, words: str
) -> None:
    sandbox.control("tokens", {"subcode": subcode})

    found = verdict(sandbox)

    assert found.verdict == "cannot_publish"
    (reason,) = found.reasons
    assert reason.startswith("Cannot publish: the connection's token is of no use: ")
    assert words in reason


def test_a_page_that_is_not_assigned_is_said_to_be_out_of_reach(sandbox: RunningSandbox) -> None:
    change(sandbox, is_in_roster=False)

    found = verdict(sandbox)

    assert found.verdict == "cannot_publish"
    assert f"does not reach the Page {sandbox.page_id(CODE)}. Assign the Page to it" in found.reasons[0]


def test_a_token_that_may_not_list_pages_says_which_permission_is_missing(sandbox: RunningSandbox) -> None:
    sandbox.control("tokens", {"scopes": ["pages_manage_posts"]})

    assert "pages_show_list is missing" in verdict(sandbox).reasons[0]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=15), None),
        (timedelta(days=13), "within 14 days"),
        (timedelta(days=6), "within 7 days"),
        (timedelta(hours=20), "within 1 day,"),
    ],
)
def test_the_end_of_a_token_is_announced_more_urgently_the_nearer_it_is(
    sandbox: RunningSandbox, left: timedelta, said: str | None
) -> None:
    now = datetime.now(UTC)
    sandbox.control("tokens", {"expires_at": (now + left).isoformat()})

    found = verdict(sandbox, now=now)

    if said is None:
        assert found == Readiness("ready", ())
    else:
        assert found.verdict == "attention"
        assert f"The connection's token expires {said}" in found.reasons[0]


def test_one_broken_page_hides_nothing_of_the_others(sandbox: RunningSandbox) -> None:
    change(sandbox, token_subcode=460)
    sandbox.plant("cut_after", edge=sandbox.page_id("9171"), times=None)

    _, found = read(sandbox, [CODE, "1101", "9171"])

    first, second, third = found.values()
    assert first.token is not None
    assert first.token.fault is not None
    assert second.page is not None
    assert second.page.fault is None
    assert third.obstacle is not None
    assert "No answer to a read" in third.obstacle


def test_a_page_that_gave_no_answer_is_asked_a_second_time(sandbox: RunningSandbox) -> None:
    sandbox.plant("cut_after", edge=sandbox.page_id(CODE), times=2)

    assert verdict(sandbox).verdict == "ready"


def test_after_a_pause_of_the_whole_app_no_further_page_is_asked(sandbox: RunningSandbox) -> None:
    sandbox.plant("error", edge=r"^\d+/?$", code=4, message="Application request limit reached", times=None)
    codes = [f"32{number:02}" for number in range(1, 19)]

    _, found = read(sandbox, codes)

    assert {findings.obstacle is not None for findings in found.values()} == {True}
    (fault,) = sandbox.control("faults")["data"]  # type: ignore[misc]
    assert fault["hits"] <= 10  # type: ignore[index]


def test_nobody_there_is_nothing_read(sandbox: RunningSandbox) -> None:
    sandbox.plant("cut_after", edge="me/accounts", times=None)

    with pytest.raises(UnreachableError):
        read(sandbox)


def test_a_throttled_app_asks_to_be_asked_later(sandbox: RunningSandbox) -> None:
    sandbox.plant("error", edge="debug_token", code=4, message="Application request limit reached")

    with pytest.raises(PausedError):
        read(sandbox)
