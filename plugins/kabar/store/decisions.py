"""Decisions: the only truth about approval. What may be decided is judged elsewhere; this room remembers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kabar.posting.approval import Decidable, Decided, PackageStanding, Standing, Verdict
from kabar.store.database import Connection, queries


def lock(connection: Connection, draft_ids: Sequence[int], *, request_key: str) -> list[Decidable]:
    """Lock the posts of these drafts until the transaction ends and read what a decision must know."""
    statements = queries("decision")
    list(statements.lock_drafts(connection, draft_ids=list(draft_ids)))
    rows = statements.read_for_decision(connection, draft_ids=list(draft_ids), request_key=request_key)
    return [Decidable(**row) for row in rows]


def record(
    connection: Connection,
    decided: Sequence[Decided],
    *,
    verdict: Verdict,
    reason: str,
    officer: str,
    officer_scope: str,
    request_key: str,
) -> None:
    """Append the decisions, move the posts and wake the sensors, all when the transaction commits."""
    statements = queries("decision")
    recorded = statements.record_decisions(
        connection,
        draft_ids=[item.draft_id for item in decided],
        content_hashes=[item.content_hash for item in decided],
        verdict=verdict,
        reason=reason,
        officer=officer,
        officer_scope=officer_scope,
        request_key=request_key,
    )
    decision_of = {row["draft_id"]: row["id"] for row in recorded}
    statements.apply_decisions(
        connection,
        draft_ids=[item.draft_id for item in decided],
        decision_ids=[decision_of[item.draft_id] for item in decided],
        publish_ats=[item.publish_at for item in decided],
        state="approved" if verdict == "approve" else "refused",
        officer=officer,
        reason=reason or "approved",
    )
    announce(connection, {item.package_id for item in decided})


def announce(connection: Connection, package_ids: set[int]) -> None:
    """Wake whoever waits for these packages, when the transaction commits."""
    list(queries("decision").announce_decisions(connection, package_ids=sorted(package_ids)))


def wave_standing(connection: Connection, package_id: int, wave: str) -> Standing:
    """How far the decisions of one wave have come."""
    row: dict[str, Any] = queries("decision").wave_standing(connection, package_id=package_id, wave=wave)
    return Standing(**row)


def package_standing(
    connection: Connection, package_id: int, *, wave: str | None = None, account_gap_seconds: float = 0.0
) -> PackageStanding:
    """What can still happen in one wave of a package, or in all of it.

    A post is not due while its account rests, nor within `account_gap_seconds` of another one of it.
    """
    row: dict[str, Any] = queries("decision").package_standing(
        connection, package_id=package_id, wave=wave, account_gap_seconds=account_gap_seconds
    )
    return PackageStanding(**row)
