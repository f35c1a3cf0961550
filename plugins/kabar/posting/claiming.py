"""Whether an approved post may be sent now: the look before the claim, and the last one before the call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kabar.posting.states import Claimable, State

#: How long an account that cannot publish is left alone, each time. Calling on would tell nothing new and
#: look like abuse; a renewed token is noticed this late at most.
ACCOUNT_PAUSE_SECONDS = 15 * 60.0


class TurnedDown(NamedTuple):
    """The post may not go out; this is its new state and the reason a person will read."""

    state: State
    reason: str


class PutOff(NamedTuple):
    """It stays approved and is tried again after the pause; nothing about it needs a person's decision."""

    reason: str
    pause_seconds: float


class Leave(NamedTuple):
    """Not this worker's turn: somebody else moved it, or it is not due."""


class Go(NamedTuple):
    """Claim it."""


def judge(
    post: Claimable,
    *,
    calendar_versions: Mapping[str, int],
    official_names: Mapping[str, str],
    by_hand: bool = False,
) -> Go | Leave | PutOff | TurnedDown:
    """Compare what was approved with what is true now, before anybody claims it.

    Args:
        post: The ledger row as it stands under the lock.
        calendar_versions: Version of each calendar in `include/` now; an amended or removed calendar holds
            its posts until a person decides.
        official_names: What each satker is called now, by code; a code that is missing is not compared.
        by_hand: Whether it is an officer who wants to post it by hand; a worker never gets a manual card.
    """
    if post.state != "approved" or post.by_hand is not by_hand:
        return Leave()
    if not (post.is_due or post.is_too_late):
        return Leave()
    against = objection(post, calendar_versions=calendar_versions, official_names=official_names)
    if against is not None:
        return against
    # By hand no interface is called, so neither a token nor a limit matters.
    return Go() if by_hand else _turn(post)


def objection(
    post: Claimable, *, calendar_versions: Mapping[str, int], official_names: Mapping[str, str]
) -> TurnedDown | None:
    """What stands against sending a post now, whoever holds it; arguments as `judge`."""
    if post.is_too_late:
        return TurnedDown("expired", "its not-after time had passed before it could be sent")
    if post.is_refused:
        return TurnedDown("refused", "an officer refused it before it was sent")
    if not post.is_approved_as_it_stands:
        return TurnedDown("planned", "the wording is no longer the approved one")
    problem = _problem(post, calendar_versions, official_names)
    return TurnedDown("held", problem) if problem else None


def _turn(post: Claimable) -> Go | Leave | PutOff:
    """Whether its account may be called now; nothing stands against the post, and nobody has to decide anew.

    An account in trouble is left alone for a while; the one call after that shows whether it is well.
    """
    if post.account_trouble is not None and post.account_trouble_seconds is not None:
        left = ACCOUNT_PAUSE_SECONDS - post.account_trouble_seconds
        if left > 0:
            return PutOff(f"waits for its account: {post.account_trouble}", left)
    return Leave() if post.is_resting else Go()


def _problem(
    post: Claimable, calendar_versions: Mapping[str, int], official_names: Mapping[str, str]
) -> str | None:
    if post.stopped_because is not None:
        when = "came due during a stop that has ended" if post.stop_has_ended else "stopped"
        return f"{when}: {post.stopped_because}"
    if calendar_versions.get(post.calendar) != post.calendar_version:
        return f"the calendar {post.calendar} is no longer version {post.calendar_version}"
    if post.official_name not in {None, name := official_names.get(post.satker_code, post.official_name)}:
        return f"the satker is now called {name}"
    return _problem_of_account(post)


def _problem_of_account(post: Claimable) -> str | None:
    if post.account_is_active is not True:
        return "the satker has no active account on this channel"
    if post.account_is_its_own is not True:
        return "the account that the draft was written for now belongs to another satker"
    if (post.account_usage == "rehearsal") != (post.rehearsal_id is not None):
        return "a rehearsal never goes to a real account, nor a real post to a rehearsal's"
    return None
