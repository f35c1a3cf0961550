"""How often a platform was called, whatever became of the calls: shows whether a client hammers."""

from __future__ import annotations

import re
from collections import Counter

import orjson
from aiohttp import web


class Tally:
    """Counts calls by method, edge and page; it lives in memory and begins anew with the process."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, str, str | None]] = Counter()

    def count(self, method: str, edge: str, page: str | None) -> None:
        """Count one call."""
        self._calls[method, edge, page] += 1

    def routes(self) -> list[web.RouteDef]:
        """The address under which a test reads the counts."""
        return [web.get("/_sandbox/calls", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """Calls of any outcome, in all and by Page; `?method=`, `?edge=` (an expression), `?page=` narrow."""
        wanted = request.query
        pages = self.pages(wanted.get("method"), wanted.get("edge"), wanted.get("page"))
        return web.Response(
            body=orjson.dumps({"total": pages.total(), "pages": dict(pages)}),
            content_type="application/json",
        )

    def pages(self, method: str | None, edge: str | None, page: str | None) -> Counter[str]:
        """Calls by page (empty where a call was about none) that match; what is None matches every call.

        `edge` is a regular expression, as in a planted fault.
        """
        found: Counter[str] = Counter()
        for (its_method, its_edge, its_page), number in self._calls.items():
            matches = (
                method in {None, its_method}
                and page in {None, its_page}
                and (edge is None or re.search(edge, its_edge) is not None)
            )
            if matches:
                found[its_page or ""] += number
        return found

    def clear(self) -> None:
        """Forget all counts."""
        self._calls.clear()
