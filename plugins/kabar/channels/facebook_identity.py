"""What Facebook says of a Page and of the tokens that lead to it; read, never judged here.

Sources: developers.facebook.com/docs/pages-api/getting-started (me/accounts), …/reference/page,
…/docs/facebook-login/guides/access-tokens/debugging (debug_token, whose `expires_at: 0` is "never").
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kabar.channels.graph import VERSION, PageAccess, pages_of
from kabar.channels.graph_errors import GraphError, graph_error, read_problem
from kabar.channels.transport import Answer, HTTPTransport
from kabar.errors import PausedError, RefusedError, UnreachableError

IDENTITY_FIELDS = "id,name,category,is_published"
#: Pages that are read at the same time; nobody waits for the answer at night.
IN_FLIGHT = 10
#: Seconds after which a Page that gave no answer is asked once more.
SECOND_LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What `debug_token` says of one token; what it leaves out is None, which is not the same as never."""

    #: USER, SYSTEM_USER, PAGE or APP.
    kind: str | None
    #: The Page that a Page token belongs to.
    profile_id: str | None
    scopes: tuple[str, ...]
    expires_at: datetime | None
    #: True when Facebook says that it has no end; None when it says nothing.
    never_expires: bool | None
    #: Why the token is good for nothing; None for a valid one.
    fault: GraphError | None
    #: The app that it was issued for.
    app_id: str | None = None
    #: Why Facebook would not say anything about it; None when it did.
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a Page says of itself when it is asked with its own token."""

    name: str | None
    category: str | None
    is_published: bool | None
    #: Why it said nothing; None when it answered.
    fault: GraphError | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found about one account; what could not be read is None."""

    page: PageFacts | None
    token: TokenFacts | None
    #: Tasks that the token has on the Page; None when it does not reach the Page.
    tasks: tuple[str, ...] | None
    #: Why nothing more could be read; None when it could.
    obstacle: str | None = None


class AccountReads:
    """Reads what stands behind one connection: its token, the Pages that it reaches, their tokens."""

    def __init__(
        self,
        transport: HTTPTransport,
        user_token: str,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._user_token = user_token
        self._pause = pause
        self._turns = asyncio.Semaphore(IN_FLIGHT)
        #: Why no further Page is asked: the platform has asked the whole app to wait.
        self._halt: str | None = None

    async def connection(self) -> TokenFacts:
        """What the connection's own token is worth.

        Raises:
            UnreachableError: Facebook gave no usable answer.
        """
        return await token_facts(self._transport, self._user_token, asked_with=self._user_token)

    async def accounts(self, page_ids: Collection[str]) -> dict[str, Findings]:
        """What was found about each of these Pages, by id; one Page's trouble never stops another's.

        Raises:
            UnreachableError: Facebook did not list the Pages that the token reaches.
            RefusedError: The token cannot list them.
        """
        reached = await pages_of(self._transport, self._user_token)
        found = await asyncio.gather(*(self._account(reached.get(page_id)) for page_id in page_ids))
        return dict(zip(page_ids, found, strict=True))

    async def _account(self, page: PageAccess | None) -> Findings:
        if page is None:
            return Findings(None, None, None)
        async with self._turns:
            try:
                return await self._read(page)
            except PausedError as error:
                # Asking again now would only lengthen the pause.
                self._halt = str(error) if error.is_app_wide else self._halt
                return Findings(None, None, page.tasks, str(error))
            except UnreachableError:
                await self._pause(SECOND_LOOK_SECONDS)
            try:
                return await self._read(page)
            except UnreachableError as error:
                return Findings(None, None, page.tasks, str(error))

    async def _read(self, page: PageAccess) -> Findings:
        if self._halt is not None:
            return Findings(None, None, page.tasks, self._halt)
        facts = await page_facts(self._transport, page)
        token = await token_facts(self._transport, page.token, asked_with=self._user_token)
        return Findings(facts, token, page.tasks)


async def token_facts(transport: HTTPTransport, token: str, *, asked_with: str) -> TokenFacts:
    """Ask what `token` is worth, with a user token of the same app.

    A token that is good for nothing is an answer, not an error; so is an asking token that is.

    Facebook tells about a token only to whom it trusts with the app; where it refuses, `unread` says so.

    Raises:
        UnreachableError: Facebook gave no usable answer.
    """
    answer = await transport.get(f"/{VERSION}/debug_token", {"input_token": token}, token=asked_with)
    # Graph may quote the token that is looked at as well as the one that asks.
    answer = answer._replace(body=answer.body.replace(token.encode(), b"[token]"))
    if asked_with == token and (error := _token_fault(answer)) is not None:
        return _nothing_but(error)
    problem = read_problem(answer)
    if isinstance(problem, RefusedError):
        return TokenFacts(None, None, (), None, None, None, unread=str(problem))
    if problem is not None:
        raise problem
    content = answer.json()
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        raise UnreachableError("Facebook's answer about a token has no data.")
    if data.get("is_valid") is not True:
        return _nothing_but(_debugged_fault(data, answer.status))
    return _facts(data)


async def page_facts(transport: HTTPTransport, page: PageAccess) -> PageFacts:
    """Read a Page with its own token; a refusal is part of what is found.

    Raises:
        UnreachableError: Facebook gave no usable answer.
    """
    answer = await transport.get(f"/{VERSION}/{page.page_id}", {"fields": IDENTITY_FIELDS}, token=page.token)
    problem = read_problem(answer)
    error = graph_error(answer)
    if isinstance(problem, RefusedError) and error is not None:
        return PageFacts(None, None, None, error)
    if problem is not None:
        raise problem
    content = answer.json()
    facts: dict[str, Any] = content if isinstance(content, dict) else {}
    is_published = facts.get("is_published")
    return PageFacts(
        name=_text(facts.get("name")),
        category=_text(facts.get("category")),
        is_published=is_published if isinstance(is_published, bool) else None,
        fault=None,
    )


def _token_fault(answer: Answer) -> GraphError | None:
    """The fault of the asking token itself; other errors are none of its own."""
    error = graph_error(answer)
    return error if error is not None and error.code in {102, 190} else None


def _debugged_fault(data: Mapping[str, Any], status: int) -> GraphError:
    """The fault inside an answer about a token: `code`, `subcode` and `message` stand under other names."""
    fault = data.get("error")
    found: Mapping[str, Any] = fault if isinstance(fault, dict) else {}
    code, subcode = found.get("code"), found.get("subcode")
    return GraphError(
        status=status,
        code=code if isinstance(code, int) else 190,
        subcode=subcode if isinstance(subcode, int) else None,
        message=str(found.get("message", "The token is not valid.")),
    )


def _nothing_but(fault: GraphError) -> TokenFacts:
    return TokenFacts(None, None, (), None, None, fault)


def _facts(data: Mapping[str, Any]) -> TokenFacts:
    expiry = data.get("expires_at")
    known = isinstance(expiry, int) and not isinstance(expiry, bool)
    scopes = data.get("scopes")
    return TokenFacts(
        kind=_text(data.get("type")),
        profile_id=_text(data.get("profile_id")),
        scopes=tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else (),
        # 0 is Graph's word for never; read as a moment it would be 1970, long past.
        expires_at=datetime.fromtimestamp(expiry, UTC) if known and expiry else None,
        never_expires=(expiry == 0) if known else None,
        fault=None,
        app_id=_text(data.get("app_id")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
