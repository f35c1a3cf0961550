"""The states of a post and what is known of it at each step.

    planned ──approve──▶ approved ──claim──▶ sending ──answer──▶ published
       ▲                    │                  ├──no──▶ refused
       └──edit, refuse──────┘                  └──doubt──▶ unconfirmed ──found──▶ published

A post that may not go out any more is `held` (a person decides again) or `expired`; `withdrawn` and
`corrected` come after `published`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class Claimable:
    """Everything that was true at approval, read again under the lock."""

    state: str
    is_due: bool
    is_too_late: bool
    is_approved_as_it_stands: bool
    calendar: str
    calendar_version: int
    rehearsal_id: int | None
    account_is_active: bool | None
    #: Whether the registry still gives the account to the satker that the draft speaks for.
    account_is_its_own: bool | None
    account_usage: str | None
    stopped_because: str | None


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
    content_hash: str
    account_external_id: str
    connection: str


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
    #: The database's clock at the time of reading.
    now: datetime


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
