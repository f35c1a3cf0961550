"""Read one answer of Facebook's insights edge: its series, or what is wrong and how far that reaches.

`platforms.md` 2.2 (shapes), 1.8 and 2.5 (errors). Code 100 alone says nothing: it is judged with its subcode
and its message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from kabar.channels.graph import graph_time
from kabar.channels.graph_errors import PAUSE_CODES, SUCCESS, UNCLEAR_CODES, GraphError, graph_error
from kabar.channels.measured import Availability
from kabar.channels.transport import Answer

#: How far a trouble reaches: one name of the call, the Page or post, the account's budget, the whole
#: application's, or only this moment.
Reach = Literal["metric", "object", "account", "application", "moment"]


class Trouble(NamedTuple):
    """Why an answer holds no values."""

    availability: Availability
    reach: Reach
    reason: str


class Point(NamedTuple):
    """One value of a series; `ends_at` is None for a lifetime value."""

    value: int
    parts: Mapping[str, int] | None
    ends_at: datetime | None


def points(body: object, metric: str) -> list[Point] | Trouble:
    """The values of `metric` in a successful answer; an empty list where the platform gave none.

    A table as value becomes its sum with its parts; an empty table is the platform's way of saying that none
    of the kinds occurred, which is a zero it did give.
    """
    series = body.get("data") if isinstance(body, dict) else None
    if not isinstance(series, list):
        return Trouble("failed", "object", "Facebook's answer is not a list of series.")
    items = [
        item
        for one in series
        if isinstance(one, dict) and one.get("name") == metric
        for item in one.get("values") or ()
    ]
    found = [_point(item) for item in items if isinstance(item, dict)]
    known = [point for point in found if point is not None]
    if len(known) < len(items):
        return Trouble("failed", "object", f"Facebook gave {metric} in a shape that is not known here.")
    return known


def _point(item: Mapping[str, Any]) -> Point | None:
    """Read one value; None when its shape is unknown."""
    value, end = item.get("value"), item.get("end_time")
    try:
        ends_at = None if end is None else graph_time(end)
    except (TypeError, ValueError):
        return None
    if isinstance(value, dict) and all(_is_count(part) for part in value.values()):
        return Point(sum(value.values()), value, ends_at)
    return Point(value, None, ends_at) if isinstance(value, int) and _is_count(value) else None


def _is_count(value: object) -> bool:
    """Whether `value` is a whole number; True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


_TOKEN = frozenset({102, 190})
_APPLICATION_LIMIT = frozenset({4, 17, 341})
_INVALID_PARAMETER = 100
_NO_SUCH_OBJECT = 33
#: Code 1 with this subcode is a metric that does not have the period asked for, not a passing fault.
_WRONG_PERIOD = 99
#: Facebook refuses single metrics of a Page or post with these, without a pattern: ask one at a time.
_PERMISSION = frozenset({10, *range(200, 300)})


def trouble(answer: Answer, *, token: str) -> Trouble | None:
    """Say what is wrong with an answer; None when it is a usable one.

    The reason never holds `token`: Graph repeats a malformed one in its message.
    """
    error = graph_error(answer)
    if error is not None:
        reason = f"Facebook said: {str(error).replace(token, '…')}"
        return Trouble(*_judged(error), reason)
    if answer.status not in SUCCESS or not isinstance(answer.json(), dict):
        return Trouble(
            "failed", "moment", f"Facebook answered with HTTP {answer.status} and no readable body."
        )
    return None


def _judged(error: GraphError) -> tuple[Availability, Reach]:
    """Find availability and reach of an error; the order is the order of certainty."""
    if error.code in _TOKEN:
        return "no_permission", "object"
    if error.code in PAUSE_CODES:
        return "delayed", "application" if error.code in _APPLICATION_LIMIT else "account"
    if error.code in UNCLEAR_CODES and error.subcode != _WRONG_PERIOD:
        return "failed", "moment"
    if error.code == _INVALID_PARAMETER:
        return _judged_parameter(error)
    return "no_permission" if error.code in _PERMISSION else "failed", "metric"


def _judged_parameter(error: GraphError) -> tuple[Availability, Reach]:
    """Tell apart what code 100 stands for: a retired name, a missing object, or a wrong call of ours."""
    if "valid insights metric" in error.message:
        return "unknown_metric", "metric"
    if error.subcode == _NO_SUCH_OBJECT or "does not exist" in error.message:
        return "deleted", "object"
    return "failed", "metric"
