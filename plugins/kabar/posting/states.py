"""The states of a post and what is known of it at each step.

    planned ──approve──▶ approved ──claim──▶ sending ──answer──▶ published
       ▲                    │                  ├──no──▶ refused
       └──edit, refuse──────┘                  └──doubt──▶ unconfirmed ──found──▶ published

A post that may not go out any more is `held` (a person decides again) or `expired`; `withdrawn` and
`corrected` come after `published`. `MOVES` is the whole machine; the database refuses every other move, and
`docs/ledger.md` draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal

State = Literal[
    "planned",
    "approved",
    "sending",
    "published",
    "refused",
    "unconfirmed",
    "held",
    "expired",
    "withdrawn",
    "corrected",
]

#: What late proof does: the platform's word stands above what people or lapsed leases have said meanwhile.
PROOF: Final = "late proof that it stands on the platform"

#: Every move a post may make, and what makes it; None is a post that does not exist yet. A post may also stay
#: where it is and get another reason (a look, an edit, a second approval).
MOVES: Final[Mapping[tuple[State | None, State], str]] = MappingProxyType(
    {
        (None, "planned"): "drafted",
        ("planned", "approved"): "an officer approves",
        ("planned", "refused"): "an officer refuses",
        ("planned", "expired"): "nobody decided in time",
        ("planned", "published"): PROOF,
        ("approved", "planned"): "the wording changes",
        ("approved", "refused"): "an officer refuses",
        ("approved", "held"): "a stop, an amended calendar or its account stands against it",
        ("approved", "expired"): "not sent in time",
        ("approved", "sending"): "a worker claims it, or an officer takes the card",
        ("approved", "published"): PROOF,
        ("sending", "published"): "the platform names the post, or the officer who took the card",
        ("sending", "refused"): "the platform refuses",
        ("sending", "unconfirmed"): "nobody can tell",
        ("sending", "approved"): "the call provably had no effect, or the officer gives the card back",
        ("unconfirmed", "published"): "found by reading, or seen by a person",
        ("unconfirmed", "refused"): "the platform's refusal arrives late",
        ("unconfirmed", "approved"): "a person finds nothing, or the call provably had no effect",
        ("unconfirmed", "expired"): "a person finds nothing, and its time is past",
        ("refused", "planned"): "the wording changes",
        ("refused", "approved"): "an officer approves",
        ("refused", "published"): PROOF,
        ("held", "planned"): "the wording changes",
        ("held", "approved"): "an officer approves",
        ("held", "refused"): "an officer refuses",
        ("held", "expired"): "not sent in time",
        ("held", "published"): PROOF,
        ("expired", "published"): PROOF,
        ("published", "corrected"): "an officer corrects it",
        ("published", "withdrawn"): "an officer withdraws it",
        ("corrected", "withdrawn"): "an officer withdraws it",
    }
)


@dataclass(frozen=True, slots=True)
class Claimable:
    """Everything that was true at approval, read again under the lock."""

    state: str
    is_due: bool
    is_too_late: bool
    is_approved_as_it_stands: bool
    #: Whether an officer has refused it since, such as while it was being sent.
    is_refused: bool
    satker_code: str
    #: What the satker was called when the draft was written; None where the draft does not tell.
    official_name: str | None
    calendar: str
    #: The version of the calendar that the draft agrees with.
    calendar_version: int
    rehearsal_id: int | None
    account_is_active: bool | None
    #: Whether the registry still gives the account to the satker that the draft speaks for.
    account_is_its_own: bool | None
    account_usage: str | None
    #: Why the account could not publish when somebody last looked or tried; None when it could.
    account_trouble: str | None
    #: How long ago that was.
    account_trouble_seconds: float | None
    #: The reason of a stop that stands, or under which the post came due and was not decided again since.
    stopped_because: str | None
    stop_has_ended: bool | None
    #: Whether a person posts it, and no worker.
    by_hand: bool = False
    #: Whether its account rests: its platform asked for a pause, or another post of it was just sent.
    is_resting: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make one call for one post, until its lease ends on the database's clock."""

    post_id: int
    claim_number: int
    sent_at: datetime
    satker_code: str
    channel: str
    message: str
    link: str
    alt_text: str
    hashtags: list[str]
    #: Pictures by sha256, in their order; `alt_text` has a line for each.
    pictures: list[str]
    content_hash: str
    account_external_id: str
    connection: str
    #: What an earlier claim has prepared for this wording on this account; empty when nothing was.
    handle: dict[str, Any]
    #: Whether the account could not publish when somebody last looked; then it is looked at before the call.
    account_was_blocked: bool


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A post that may stand on the platform; reading may settle it."""

    post_id: int
    claim_number: int
    #: The first of all calls for this post; whatever stands on the platform is not older.
    first_sent_at: datetime
    sent_at: datetime
    #: No call for it was under way any more at this time; the platform's settle time begins here.
    over_at: datetime
    looks: int
    looked_at: datetime | None
    message: str
    link: str
    alt_text: str
    hashtags: list[str]
    content_hash: str
    satker_code: str
    channel: str
    account_external_id: str
    connection: str
    #: What lies prepared on the platform and may tell what became of the post; empty when nothing does.
    handle: dict[str, Any]
    #: The database's clock at the time of reading.
    now: datetime
    #: Whether its platform has asked not to be called for this account now.
    is_resting: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A published post that nobody has read back yet."""

    post_id: int
    claim_number: int
    platform_id: str
    message: str
    link: str
    hashtags: list[str]
    account_external_id: str
    connection: str
    channel: str
    #: Whether its platform has asked not to be called for this account now.
    is_resting: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A post that stands, as it is looked for a second time."""

    post_id: int
    platform_id: str
    #: The first of all calls for this post.
    first_sent_at: datetime
    message: str
    link: str
    hashtags: list[str]
    account_external_id: str
    connection: str
    channel: str
    #: Whether its platform has asked not to be called for this account now.
    is_resting: bool = False
