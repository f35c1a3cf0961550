"""What an answer of Instagram or Threads means while a container is made, published or taken down.

The shape is Graph's; the codes below are their own (`platforms.md` 3). All others mean what they mean there.
"""

from __future__ import annotations

from kabar.channels.graph_errors import create_problem, graph_error
from kabar.channels.transport import Answer
from kabar.errors import (
    AccountError,
    KabarError,
    NotReadyError,
    PausedError,
    UnconfirmedError,
    UnreachableError,
)

#: "Request blocked", which may come although the post was published (Postiz pull request 1681).
BLOCKED = (4, 2207051)
MAX_POSTS = (9, 2207042)
#: The account is restricted; its owner has to look at it in the app.
RESTRICTED = (25, 2207050)
#: Not ready or not found yet: nothing was published, and the container's own state says what is next.
#: Threads says so seconds after it called the container FINISHED (code 24).
NOT_NOW = frozenset({9007, 24})
EXPIRED = (-2, 2207020)
#: Faults on their side; the effect of a publishing call stays open.
SERVER_FAULTS = frozenset({-1, -2})

DAY_PAUSE_SECONDS = 3600.0
SHORT_PAUSE_SECONDS = 30.0


def making_problem(answer: Answer) -> KabarError | None:
    """What stands in the way of a container; no failure here does any harm."""
    error = graph_error(answer)
    if error is not None:
        pair = (error.code, error.subcode)
        if pair in {BLOCKED, RESTRICTED}:
            return AccountError(str(error))
        if pair == MAX_POSTS:
            return PausedError(str(error), pause_seconds=DAY_PAUSE_SECONDS, is_app_wide=False)
        if error.code in SERVER_FAULTS | NOT_NOW:
            return UnreachableError(str(error))
    problem = create_problem(answer)
    return UnreachableError(str(problem)) if isinstance(problem, UnconfirmedError) else problem


def publishing_problem(answer: Answer) -> KabarError | None:
    """What an answer to the publishing call means; None when it was a success with a readable body.

    *Not now* gives the claim back: the container says at the next one whether it is published after all.
    """
    error = graph_error(answer)
    if error is None:
        return create_problem(answer)
    pair = (error.code, error.subcode)
    if pair == MAX_POSTS:
        return PausedError(str(error), pause_seconds=DAY_PAUSE_SECONDS, is_app_wide=False)
    if pair == RESTRICTED:
        return AccountError(str(error))
    if pair == EXPIRED or error.code in NOT_NOW:
        return NotReadyError(str(error), pause_seconds=SHORT_PAUSE_SECONDS)
    if pair == BLOCKED or error.code in SERVER_FAULTS:
        return UnconfirmedError(str(error))
    return create_problem(answer)


def withdrawing_problem(answer: Answer) -> KabarError | None:
    """What an answer to a deletion means; None when the post is gone."""
    problem = create_problem(answer)
    if problem is not None:
        return problem
    content = answer.json()
    if isinstance(content, dict) and content.get("success") is True:
        return None
    return UnconfirmedError("The platform answered a deletion without saying that it was done.")
