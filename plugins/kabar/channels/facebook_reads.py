"""Readings of the Graph API that stay within its budgets and ask again after a passing fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from kabar.channels.facebook_pace import Pace
from kabar.channels.facebook_series import Trouble, trouble
from kabar.channels.graph import VERSION
from kabar.channels.transport import Answer
from kabar.errors import UnreachableError

#: Seconds before a read that met a passing fault is asked again.
PAUSES = (1.0, 4.0)
#: So many reads without an answer, one after the other, are an outage: the rest waits for another night.
OUTAGE = 50


class Reader(Protocol):
    """The reading half of a transport."""

    async def get(self, path: str, params: Mapping[str, str], *, token: str) -> Answer:
        """Read, or raise UnreachableError."""
        ...


class FacebookReads:
    """All readings of one night through one application; they share its budget."""

    def __init__(self, reader: Reader, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._reader = reader
        self._pause = pause
        self._pace = Pace()
        #: What Facebook has refused to answer for now: reasons by Page, '' for the whole application.
        self.limits: dict[str, str] = {}
        self._unanswered_in_a_row = 0
        #: Reads that got no usable answer, however often they were asked.
        self.unanswered = 0

    def leave(self, page_id: str, reason: str) -> None:
        """Do not ask for a Page at all; its readings are explained by `reason`."""
        self._pace.pause_account(page_id, reason)

    async def get(
        self, path: str, params: Mapping[str, str], *, page_id: str, token: str
    ) -> Answer | Trouble:
        """Read one address on the budget of a Page; gives a usable answer or what is wrong.

        It raises nothing. A Page or an application whose budget is spent is not asked at all.
        """
        found = await self._once(path, params, page_id, token)
        for pause_seconds in PAUSES:
            if not isinstance(found, Trouble) or found.reach != "moment":
                break
            await self._pause(pause_seconds)
            found = await self._once(path, params, page_id, token)
        self._learn(page_id, found)
        return found

    async def _once(self, path: str, params: Mapping[str, str], page_id: str, token: str) -> Answer | Trouble:
        wait = self._pace.reason_to_wait(page_id)
        if wait is not None:
            return Trouble("delayed", "account", wait)
        try:
            answer = await self._reader.get(f"/{VERSION}/{path}", params, token=token)
        except UnreachableError as error:
            return Trouble("failed", "moment", str(error))
        self._pace.note(answer.headers)
        found = trouble(answer, token=token)
        if found is not None and found.availability == "delayed":
            self.limits.setdefault("" if found.reach == "application" else page_id, found.reason)
        return found or answer

    def _learn(self, page_id: str, found: Answer | Trouble) -> None:
        """Draw the consequence of one reading for those that follow."""
        if not isinstance(found, Trouble):
            self._unanswered_in_a_row = 0
        elif found.reach == "application":
            self._pace.pause_application(found.reason)
        elif found.reach == "account":
            self._pace.pause_account(page_id, found.reason)
        elif found.reach == "moment":
            self.unanswered += 1
            self._unanswered_in_a_row += 1
            if self._unanswered_in_a_row >= OUTAGE:
                reason = f"Facebook did not answer {OUTAGE} reads in a row. {found.reason}"
                self._pace.pause_application(reason)
