"""What an answer of X means for us, and how long X asks us to wait.

Sources: docs.x.com/x-api/fundamentals/rate-limits, …/response-codes-and-errors; `platforms.md` 4.1. A post's
text is refused a second time as a duplicate (403), so that refusal may be the echo of our own lost call.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, NamedTuple

from kabar.channels.transport import Answer
from kabar.errors import (
    AccountError,
    KabarError,
    PausedError,
    RefusedError,
    UnconfirmedError,
    UnreachableError,
)

#: When X says *wait* and not how long; its windows are of 15 minutes.
DEFAULT_PAUSE_SECONDS: Final = 60.0
#: Without credit nothing goes out for any account until a person has paid.
NO_CREDIT_PAUSE_SECONDS: Final = 900.0
SERVER_FAULT: Final = 500
SUCCESS: Final = range(200, 300)


class Rest(NamedTuple):
    """Until when X wants to be left alone."""

    until: datetime
    #: By the whole app, or only by the account that was asked for.
    is_app_wide: bool


def rest_after(headers: Mapping[str, str]) -> Rest | None:
    """Read what an answer says about the next call of the same kind; None when one is still free.

    Three budgets: the app's of 24 hours, the account's of 24 hours, the account's of 15 minutes.
    """
    for name, is_app_wide in (
        ("x-app-limit-24hour", True),
        ("x-user-limit-24hour", False),
        ("x-rate-limit", False),
    ):
        reset = headers.get(f"{name}-reset", "")
        if headers.get(f"{name}-remaining") == "0" and reset.isascii() and reset.isdigit():
            return Rest(datetime.fromtimestamp(int(reset), UTC), is_app_wide)
    return None


def paused(rest: Rest, now: datetime, *, why: str) -> PausedError:
    """The pause that is left of a rest."""
    left = max((rest.until - now).total_seconds(), 1.0)
    return PausedError(why, pause_seconds=left, is_app_wide=rest.is_app_wide)


def read_problem(answer: Answer, now: datetime) -> KabarError | None:
    """What stands in the way of a reading; None for a usable answer."""
    problem = problem_of(answer, now)
    return UnreachableError(str(problem)) if isinstance(problem, UnconfirmedError) else problem


def problem_of(answer: Answer, now: datetime) -> KabarError | None:
    """What an answer to a call that changes something means; None when it was a readable success."""
    content = answer.json()
    if not isinstance(content, dict) or answer.status >= SERVER_FAULT:
        return UnconfirmedError(f"X answered with HTTP {answer.status} and nothing to rely on.")
    if answer.status in SUCCESS:
        return None
    said = f"X answered with HTTP {answer.status}: {_words(content)}"
    problem: KabarError
    match answer.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            rest = rest_after(answer.headers)
            soon = Rest(now + timedelta(seconds=DEFAULT_PAUSE_SECONDS), is_app_wide=False)
            problem = paused(rest or soon, now, why=said)
        case HTTPStatus.PAYMENT_REQUIRED:
            problem = PausedError(said, pause_seconds=NO_CREDIT_PAUSE_SECONDS)
        case HTTPStatus.UNAUTHORIZED:
            problem = AccountError(said)
        case HTTPStatus.FORBIDDEN if "duplicate content" in said.lower():
            problem = UnconfirmedError(said)
        case HTTPStatus.FORBIDDEN if "too long" not in said.lower():
            problem = AccountError(said)
        case status if status >= HTTPStatus.BAD_REQUEST:
            problem = RefusedError(said)
        case _:
            problem = UnconfirmedError(said)
    return problem


def _words(content: Mapping[str, object]) -> str:
    """The sentence of a problem, in whichever of its two shapes it comes."""
    errors = content.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    for words in (content.get("detail"), first.get("detail"), first.get("message"), content.get("title")):
        if isinstance(words, str) and words:
            return words
    return "no reason given."
