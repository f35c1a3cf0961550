"""Decide drafts: lock them, judge each one, remember what was decided, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from kabar.officers import Officer
from kabar.posting.approval import Decided, Denial, Denied, Verdict, judge
from kabar.satker import Satker
from kabar.store import decisions
from kabar.store.database import Database


class Pin(NamedTuple):
    """A draft in the wording that the officer saw."""

    draft_id: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the drafts of one request."""

    verdict: Verdict
    decided: tuple[Decided, ...]
    denied: tuple[Denied, ...]
    #: Numbers that name no draft.
    unknown: int
    #: Approved after their publishing time and put off.
    rescheduled: int
    #: When the first of these goes out.
    rescheduled_at: datetime | None

    @property
    def denials(self) -> Counter[Denial]:
        """How many drafts were not decided, by reason."""
        return Counter(one.why for one in self.denied)

    @property
    def is_in_vain(self) -> bool:
        """Whether nothing was decided, now or by the same request before."""
        return not self.decided and not self.denials["repeated"]

    def as_values(self) -> dict[str, Any]:
        """The counts for a machine, and for the page after the redirect."""
        return {
            "verdict": self.verdict,
            "decided": len(self.decided),
            "denied": dict(self.denials),
            "unknown": self.unknown,
            "being_sent": sum(one.is_being_sent for one in self.decided),
            "rescheduled": self.rescheduled,
            "rescheduled_at": self.rescheduled_at.isoformat() if self.rescheduled_at else None,
        }


def decide(
    db: Database,
    officer: Officer,
    pins: Sequence[Pin],
    *,
    verdict: Verdict,
    reason: str,
    request_key: str,
    satker: Mapping[str, Satker],
) -> Outcome:
    """Give `verdict` on every draft that this officer may decide in the wording that was shown.

    The same `request_key` decides a draft once, however often the form arrives. The store refuses a
    refusal without a reason.
    """
    seen = dict(pins)
    with db.connection() as connection:
        items = decisions.lock(connection, sorted(seen), request_key=request_key)
        judged = [
            judge(item, officer=officer, satker=satker, verdict=verdict, seen_hash=seen[item.draft_id])
            for item in items
        ]
        decided = tuple(one for one in judged if isinstance(one, Decided))
        if decided:
            decisions.record(
                connection,
                decided,
                verdict=verdict,
                reason=reason,
                officer=officer.username,
                officer_scope=officer.scope,
                request_key=request_key,
            )
    planned_at = {item.draft_id: item.publish_at for item in items}
    put_off = [one.publish_at for one in decided if one.publish_at != planned_at[one.draft_id]]
    return Outcome(
        verdict=verdict,
        decided=decided,
        denied=tuple(one for one in judged if isinstance(one, Denied)),
        unknown=len(seen) - len(items),
        rescheduled=len(put_off),
        rescheduled_at=min(put_off, default=None),
    )
