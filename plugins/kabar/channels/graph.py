"""The Graph API's plumbing: versions, lists, times, and the Pages that a token reaches.

Sources: developers.facebook.com/docs/graph-api/results (paging), …/docs/pages-api/getting-started
(me/accounts), `platforms.md` 1.6 and 1.11.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kabar.channels.graph_errors import read_problem
from kabar.channels.transport import HTTPTransport
from kabar.errors import UnreachableError

VERSION = "v26.0"
PAGE_SIZE = "100"
#: The Page task that publishing needs.
PUBLISH_TASK = "CREATE_CONTENT"


@dataclass(frozen=True, slots=True)
class PageAccess:
    """One Page that a token reaches."""

    page_id: str
    name: str
    token: str = field(repr=False)
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstagramAccess:
    """One Instagram account behind a Page that a token reaches; the Page's tasks are the account's."""

    account_id: str
    username: str
    name: str | None
    page_id: str
    page_name: str
    tasks: tuple[str, ...]


async def pages_of(transport: HTTPTransport, user_token: str) -> dict[str, PageAccess]:
    """Every Page that a user or system-user token reaches, by Page id; reads all result pages.

    A Page without an `access_token` of its own is visible but not assigned, and is left out. So is one that
    comes with the user's own token: as a Page's it would post in the user's name, or nothing (#200).
    """
    params = {"fields": "id,name,access_token,tasks", "limit": PAGE_SIZE}
    found: dict[str, PageAccess] = {}
    async for item in items_of(transport, f"/{VERSION}/me/accounts", params, user_token):
        token = item.get("access_token")
        if isinstance(token, str) and token not in {"", user_token}:
            found[item["id"]] = PageAccess(
                page_id=item["id"],
                name=text_of(item.get("name")) or item["id"],
                token=token,
                tasks=tuple(item.get("tasks", ())),
            )
    return found


async def instagram_of(transport: HTTPTransport, user_token: str) -> dict[str, InstagramAccess]:
    """Every Instagram account behind a Page that a user or system-user token reaches, by account id.

    Source: developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/get-started.
    """
    fields = "id,name,tasks,instagram_business_account{id,username,name}"
    params = {"fields": fields, "limit": PAGE_SIZE}
    found: dict[str, InstagramAccess] = {}
    async for page in items_of(transport, f"/{VERSION}/me/accounts", params, user_token):
        linked = page.get("instagram_business_account")
        account_id = text_of(linked.get("id")) if isinstance(linked, dict) else None
        if isinstance(linked, dict) and account_id is not None:
            found[account_id] = InstagramAccess(
                account_id=account_id,
                username=text_of(linked.get("username")) or account_id,
                name=text_of(linked.get("name")),
                page_id=page["id"],
                page_name=text_of(page.get("name")) or page["id"],
                tasks=tuple(page.get("tasks", ())),
            )
    return found


def graph_time(text: str) -> datetime:
    """Read `2026-11-01T02:03:04+0000`, the Graph API's spelling of a time."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


async def items_of(
    transport: HTTPTransport, path: str, params: Mapping[str, str], token: str
) -> AsyncIterator[dict[str, Any]]:
    """Walk all result pages of an edge by its cursor.

    The address in `paging.next` holds the token and another host's name, so it only tells that there is more.
    """
    cursor: dict[str, str] = {}
    while True:
        answer = await transport.get(path, {**params, **cursor}, token=token)
        problem = read_problem(answer)
        if problem is not None:
            raise problem
        content = answer.json()
        if not isinstance(content, dict) or not isinstance(content.get("data"), list):
            raise UnreachableError(f"The list at {path} has no data.")
        for item in content["data"]:
            if isinstance(item, dict) and text_of(item.get("id")):
                yield item
        paging = content.get("paging", {})
        after = paging.get("cursors", {}).get("after")
        if "next" not in paging or not after or cursor == {"after": after}:
            return
        cursor = {"after": after}


def text_of(value: object) -> str | None:
    """A text that is not empty, or None."""
    return value if isinstance(value, str) and value else None
