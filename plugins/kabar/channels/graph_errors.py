"""What an answer of the Graph API means for us.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling, …/overview/rate-limiting. The code
alone is not enough: 100 is a dead metric, a missing object or a wrong range; 1 and 2 on a creating call say
nothing about the effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kabar.channels.transport import Answer
from kabar.errors import (
    AccountError,
    KabarError,
    PausedError,
    RefusedError,
    UnconfirmedError,
    UnreachableError,
)

#: Rate limits of the app (4, 341), the user (17), Pages (32, 80001), Instagram (80002) and custom ones (613).
PAUSE_CODES = frozenset({4, 17, 32, 341, 613, 80001, 80002})
#: Of those, the ones that speak of the one Page or Instagram account.
ONE_ACCOUNT_CODES = frozenset({32, 80001, 80002})
#: Token (102, 190), signature (104), capability and permission (3, 10, 200 to 299), policy block (368).
ACCOUNT_CODES = frozenset({3, 10, 102, 104, 190, 368, *range(200, 300)})
#: "Unknown, possibly temporary" and "service unavailable": the effect of a creating call stays open.
UNCLEAR_CODES = frozenset({1, 2})

#: The identical text stands on the Page already.
DUPLICATE = 506
#: "The photos were already posted": by whom, only the photos can say.
PHOTOS_POSTED = 1366051

DEFAULT_PAUSE_SECONDS = 60.0
SERVER_FAULT = 500
SUCCESS = range(200, 300)


class GraphError(NamedTuple):
    """The error object of an answer, without its trace and without any address that could hold a token."""

    status: int
    code: int
    subcode: int | None
    message: str

    def __str__(self) -> str:
        number = f"{self.code}/{self.subcode}" if self.subcode is not None else str(self.code)
        return f"Graph error {number} (HTTP {self.status}): {self.message}"


def graph_error(answer: Answer) -> GraphError | None:
    """The error an answer carries, or None when it carries none that can be read."""
    content = answer.json()
    error = content.get("error") if isinstance(content, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return None
    subcode = error.get("error_subcode")
    return GraphError(
        status=answer.status,
        code=error["code"],
        subcode=subcode if isinstance(subcode, int) else None,
        message=str(error.get("message", "")),
    )


def read_problem(answer: Answer) -> KabarError | None:
    """What stands in the way of a reading; None for a usable answer."""
    error = graph_error(answer)
    if error is None:
        if answer.status in SUCCESS and isinstance(answer.json(), dict | list):
            return None
        return UnreachableError(f"The Graph API answered with HTTP {answer.status} and no readable body.")
    if error.code in PAUSE_CODES:
        return PausedError(
            str(error),
            pause_seconds=pause_seconds(answer.headers),
            is_app_wide=error.code not in ONE_ACCOUNT_CODES,
        )
    if error.code in UNCLEAR_CODES or answer.status >= SERVER_FAULT:
        return UnreachableError(str(error))
    if error.code in ACCOUNT_CODES:
        return AccountError(str(error))
    return RefusedError(str(error))


def create_problem(answer: Answer) -> KabarError | None:
    """What an answer to a creating call means; None when it was a success with a readable body.

    A duplicate refusal (506) is unconfirmed, not refused: the text may stand there because our own first
    call, whose answer was lost, took effect. So is the refusal of photos that stand in a post already.
    """
    error = graph_error(answer)
    if error is None:
        if answer.status in SUCCESS and isinstance(answer.json(), dict):
            return None
        return UnconfirmedError(f"The Graph API answered with HTTP {answer.status} and no readable body.")
    if error.code in UNCLEAR_CODES or answer.status >= SERVER_FAULT or _is_double(error):
        return UnconfirmedError(str(error))
    if error.code in PAUSE_CODES:
        return PausedError(
            str(error),
            pause_seconds=pause_seconds(answer.headers),
            is_app_wide=error.code not in ONE_ACCOUNT_CODES,
        )
    if error.code in ACCOUNT_CODES:
        return AccountError(str(error))
    return RefusedError(str(error))


def _is_double(error: GraphError) -> bool:
    """Whether the platform says that the same stands there already."""
    return error.code == DUPLICATE or error.subcode == PHOTOS_POSTED


def pause_seconds(headers: Mapping[str, str]) -> float:
    """How long the usage headers ask us to wait; a minute when they say nothing.

    `X-Business-Use-Case-Usage` gives `estimated_time_to_regain_access` in minutes per Page.
    """
    usage = Answer(0, {}, headers.get("X-Business-Use-Case-Usage", "").encode()).json()
    if not isinstance(usage, dict):
        return DEFAULT_PAUSE_SECONDS
    minutes = [_minutes(item) for items in usage.values() if isinstance(items, list) for item in items]
    return max(minutes, default=0) * 60.0 or DEFAULT_PAUSE_SECONDS


def _minutes(item: Any) -> int:  # noqa: ANN401 -- a platform's JSON.
    value = item.get("estimated_time_to_regain_access", 0) if isinstance(item, dict) else 0
    return value if isinstance(value, int) else 0
