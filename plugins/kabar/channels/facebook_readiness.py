"""Why an account cannot publish, in words for the person who can repair it.

`platforms.md` 1.1 (permissions and tasks), 1.8 (error 190 and its subcodes), 1.11 (tokens) and 7 (official
Pages). The judgement is pure: what was read comes in, sentences go out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from kabar.channels.facebook_identity import Findings, PageFacts, TokenFacts
from kabar.channels.graph import PUBLISH_TASK
from kabar.channels.graph_errors import GraphError
from kabar.matching import visible

Verdict = Literal["ready", "attention", "cannot_publish", "not_read"]

INSIGHTS_TASK = "ANALYZE"
PUBLISH_PERMISSION = "pages_manage_posts"
INSIGHTS_PERMISSION = "read_insights"
#: A token's end is announced so many days before, the more urgent the nearer.
WARNING_DAYS = (1, 7, 14)
#: Facebook's two categories of public bodies.
OFFICIAL_CATEGORIES = {"government organization", "public & government service"}

#: What became of a token, and what to do, by the subcode of error 190.
TOKEN_FAULTS = {
    458: "the app was removed from the account that granted the token; let that person add the app again",
    459: "Facebook wants the person who granted the token to log in and follow its instructions",
    460: "the person who granted the token has changed the password; issue a new token",
    463: "the token has expired; issue a new one",
    464: "the person who granted the token has not confirmed the account; let that person do so",
    467: "the token was invalidated, as by a log-out; issue a new one",
    492: "the person who granted the token has lost the role on this Page; somebody with full control must "
    "grant it again",
}
_TOKEN_CODES = {102, 190}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the registry says of the account."""

    page_id: str
    name: str
    #: The satker's short name, for the sentences.
    satker: str
    #: Whether the name that the Page bears now is one of the satker's own.
    is_own_name: bool


@dataclass(slots=True)
class Reasons:
    """Sentences, those that stop publishing apart from those that only ask for somebody's attention."""

    stopping: list[str] = field(default_factory=list)
    asking: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Readiness:
    """A verdict and every reason for it, the gravest first; no reason when ready."""

    verdict: Verdict
    reasons: tuple[str, ...]


def judge(found: Findings, expected: Expected, *, connection: TokenFacts, now: datetime) -> Readiness:
    """Say whether the account can publish, and why not.

    Args:
        found: What was read of the Page and its token.
        expected: What the registry says.
        connection: What the token of the account's Airflow Connection is worth.
        now: The present moment.
    """
    if connection.fault is not None:
        return _cannot(f"the connection's token is of no use: {_token_words(connection.fault)}")
    if found.tasks is None:
        missing = (
            ""
            if connection.unread or "pages_show_list" in connection.scopes
            else "; its permission pages_show_list is missing"
        )
        return _cannot(
            f"the connection's token does not reach the Page {expected.page_id}{missing}. Assign the Page to "
            "it; a personal profile cannot be assigned"
        )
    if found.obstacle is not None:
        return Readiness("not_read", (f"Not read: {found.obstacle}",))
    reasons = Reasons()
    if found.token is not None:
        _judge_token(found.token, expected, reasons)
        _judge_expiry(found.token, "the Page's token", now, reasons)
    if connection.unread is not None:
        reasons.asking.append(
            f"Facebook does not say what the connection's token is worth: {connection.unread}"
        )
    _judge_expiry(connection, "the connection's token", now, reasons)
    # One dead token is one reason, although the Page refuses it as well.
    if found.page is not None and not reasons.stopping:
        _judge_page(found.page, expected, reasons)
    _judge_tasks(found.tasks, reasons)
    stopping = tuple(f"Cannot publish: {reason}." for reason in reasons.stopping)
    asking = tuple(f"{reason[0].upper()}{reason[1:].removesuffix('.')}." for reason in reasons.asking)
    verdict: Verdict = "cannot_publish" if stopping else "attention" if asking else "ready"
    return Readiness(verdict, stopping + asking)


def _cannot(reason: str) -> Readiness:
    return Readiness("cannot_publish", (f"Cannot publish: {reason}.",))


def _judge_token(token: TokenFacts, expected: Expected, reasons: Reasons) -> None:
    if token.fault is not None:
        reasons.stopping.append(f"the Page's token is of no use: {_token_words(token.fault)}")
        return
    if token.unread is not None:
        reasons.asking.append(f"Facebook does not say what the Page's token is worth: {token.unread}")
        return
    if token.kind != "PAGE":
        reasons.stopping.append(
            f"the token for the Page is a {token.kind or 'nameless'} token and none of a Page; the account "
            "is no Page, or a user's token stands in its place"
        )
    elif token.profile_id not in {None, expected.page_id}:
        reasons.stopping.append(f"the token belongs to another Page, {token.profile_id}")
    if PUBLISH_PERMISSION not in token.scopes:
        reasons.stopping.append(
            f"the permission {PUBLISH_PERMISSION} is missing; issue a new token that has it"
        )
    if INSIGHTS_PERMISSION not in token.scopes:
        reasons.asking.append(
            f"insights cannot be read: the permission {INSIGHTS_PERMISSION} is missing; issue a new token "
            "that has it"
        )


def _judge_expiry(token: TokenFacts, whose: str, now: datetime, reasons: Reasons) -> None:
    if token.expires_at is None:
        return
    left, day = token.expires_at - now, f"{token.expires_at:%Y-%m-%d %H:%M} UTC"
    if left <= timedelta():
        reasons.stopping.append(f"{whose} expired on {day}; issue a new one")
        return
    for days in WARNING_DAYS:
        if left <= timedelta(days=days):
            unit = "day" if days == 1 else "days"
            reasons.asking.append(f"{whose} expires within {days} {unit}, on {day}; issue a new one")
            return


def _judge_page(page: PageFacts, expected: Expected, reasons: Reasons) -> None:
    if page.fault is not None:
        reasons.stopping.append(_page_words(page.fault))
        return
    if page.is_published is False:
        reasons.stopping.append(
            "the Page is unpublished, so that no citizen would see a post; a person with full control must "
            "publish it"
        )
    if page.name is not None and visible(page.name) != expected.name:
        said = f"the Page is now called {page.name}, in the registry {expected.name}"
        reasons.asking.append(
            f"{said}; import the accounts again"
            if expected.is_own_name
            else f"{said}, and this is no name of {expected.satker}; switch the account off until somebody "
            "has looked whose it is"
        )
    if page.category is not None and page.category.casefold() not in OFFICIAL_CATEGORIES:
        reasons.asking.append(
            f"the Page's category is {page.category}; an official Page is a Government Organization"
        )


def _judge_tasks(tasks: tuple[str, ...], reasons: Reasons) -> None:
    if PUBLISH_TASK not in tasks:
        reasons.stopping.append(f"{PUBLISH_TASK} is missing; a person with full control must grant it")
    if INSIGHTS_TASK not in tasks:
        reasons.asking.append(
            f"insights cannot be read: {INSIGHTS_TASK} is missing; a person with full control must grant it"
        )


def _token_words(fault: GraphError) -> str:
    known = TOKEN_FAULTS.get(fault.subcode or 0)
    return f"{known} ({_number(fault)})" if known else _said(fault)


def _page_words(fault: GraphError) -> str:
    if fault.code in _TOKEN_CODES:
        return f"the Page does not take its token: {_token_words(fault)}"
    return f"the Page cannot be read with its own token; {_said(fault)}"


def _said(fault: GraphError) -> str:
    return f"Facebook says: {fault.message.rstrip('.')} ({_number(fault)})"


def _number(fault: GraphError) -> str:
    return f"error {fault.code}" if fault.subcode is None else f"error {fault.code}/{fault.subcode}"
