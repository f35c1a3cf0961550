"""The harvest of Facebook Pages: which Pages a token reaches, then their day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from kabar.channels.facebook_day import newest_complete_day
from kabar.channels.facebook_insights import FacebookInsights
from kabar.channels.facebook_reads import FacebookReads
from kabar.channels.graph import PageAccess, pages_of
from kabar.channels.transport import HTTPTransport
from kabar.errors import RefusedError
from kabar.insights.catalogue import Metric
from kabar.insights.harvest import Post, Target, Warehouse, harvest_day

#: The Page task that reading insights needs (`platforms.md` 1.1).
INSIGHTS_TASK = "ANALYZE"


class Harvested(NamedTuple):
    """What one token's Pages gave."""

    #: Rows by availability.
    rows: Counter[str]
    #: Reads that got no usable answer, however often they were asked; another try may get one.
    unanswered: int
    #: What Facebook has refused to answer for now: reasons by Page id, '' for the whole application.
    limits: Mapping[str, str]


def posts_can_be_read(day: date, *, now: datetime) -> bool:
    """Whether the lifetime values of posts belong to the night of `day`.

    They are what they are at the moment of asking, so only the day that has just ended can have them. A day
    that is harvested later gets the values of Pages alone.
    """
    return day == newest_complete_day(now)


async def harvest_pages(
    day: date,
    *,
    now: datetime,
    transport: HTTPTransport,
    user_token: str,
    accounts: Mapping[int, str],
    posts: Mapping[int, Sequence[Post]],
    metrics: Sequence[Metric],
    warehouse: Warehouse,
    left_alone: Mapping[str, str] | None = None,
) -> Harvested:
    """Harvest the Los Angeles `day`, and the days before it, of Pages that one token is meant to reach.

    Args:
        day: A day that is over.
        now: The present moment; a value that is missing for long after its day is no longer just late.
        transport: An open connection to the Graph API.
        user_token: A user or system-user token; each Page is asked with the token exchanged for it.
        accounts: Page ids by account number. Every one of them gets its rows, reached or not.
        posts: Published posts by account number; left out for a day that has not just ended.
        metrics: The catalogue.
        warehouse: Where rows go while others are still read.
        left_alone: Pages whose budget belongs to publishing now, with the reason; nothing is asked for them
            and their values are *delayed*.

    Raises:
        UnreachableError: The platform did not list the Pages; nothing was read.
    """
    left = left_alone or {}
    reads = FacebookReads(transport)
    for page_id, reason in left.items():
        reads.leave(page_id, reason)
    pages, obstacle = (
        await _pages(transport, user_token) if set(accounts.values()) - left.keys() else ({}, "")
    )
    targets = [
        # Without a call no token is needed.
        Target(account_id, page_id, token="", obstacle="", posts=tuple(posts.get(account_id, ())))
        if page_id in left
        else _target(account_id, page_id, pages.get(page_id), obstacle, posts.get(account_id, ()))
        for account_id, page_id in accounts.items()
    ]
    insights = FacebookInsights(reads, now=now)
    rows = await harvest_day(day, targets=targets, metrics=metrics, insights=insights, warehouse=warehouse)
    return Harvested(rows, reads.unanswered, reads.limits)


async def _pages(transport: HTTPTransport, user_token: str) -> tuple[Mapping[str, PageAccess], str]:
    """The Pages that the token reaches, or why it reaches none: a dead token is a reason, not an outage."""
    try:
        return await pages_of(transport, user_token), "The connection's token does not reach this Page."
    except RefusedError as refusal:
        return {}, str(refusal).replace(user_token, "…")


def _target(
    account_id: int, page_id: str, access: PageAccess | None, obstacle: str, posts: Sequence[Post]
) -> Target:
    if access is not None and INSIGHTS_TASK not in access.tasks:
        access, obstacle = None, f"The token has no {INSIGHTS_TASK} task on this Page."
    if access is None:
        return Target(account_id, page_id, token=None, obstacle=obstacle, posts=tuple(posts))
    return Target(account_id, page_id, token=access.token, obstacle="", posts=tuple(posts))
