"""Cursors as Graph gives them: opaque, stable while new objects arrive, `next` only when there is more."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from kabar.sandbox.graph.call import Call
from kabar.sandbox.graph.errors import invalid_parameter

Item = TypeVar("Item")


def paginate(
    call: Call,
    items: Sequence[Item],
    *,
    key: Callable[[Item], str],
    render: Callable[[Item], object],
    descending: bool = False,
) -> dict[str, object]:
    """One page of `items`, which are sorted by `key`, with cursors and links.

    The links hold the access token, as the real ones do (platforms.md 1.6): clients must redact them.
    """
    limit = call.limit()
    after, before = call.text("after"), call.text("before")
    if after is not None:
        mark = _decode(after)
        left = [item for item in items if (key(item) < mark if descending else key(item) > mark)]
        chosen = left[:limit]
    elif before is not None:
        mark = _decode(before)
        left = [item for item in items if (key(item) > mark if descending else key(item) < mark)]
        chosen = left[-limit:]
    else:
        chosen = list(items[:limit])
    if not chosen:
        return {"data": []}
    first, last = key(chosen[0]), key(chosen[-1])
    paging: dict[str, object] = {"cursors": {"before": _encode(first), "after": _encode(last)}}
    if last != key(items[-1]):
        paging["next"] = link(call, limit=str(limit), after=_encode(last))
    if first != key(items[0]):
        paging["previous"] = link(call, limit=str(limit), before=_encode(first))
    return {"data": [render(item) for item in chosen], "paging": paging}


def link(call: Call, **changes: str) -> str:
    """The address of a neighbouring page of the same question, token included."""
    dropped = {"after", "before", "appsecret_proof", "access_token"}
    kept = {name: value for name, value in call.parameters.items() if name not in dropped}
    query = urlencode({"access_token": call.token or ""} | kept | changes)
    return f"{call.base_url}/{call.version}/{call.edge}?{query}"


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise invalid_parameter("Invalid cursors values: the cursor is not one of ours.") from error
