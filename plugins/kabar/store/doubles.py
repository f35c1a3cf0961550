"""Posts that stand more than once: what is looked through for them, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from kabar.posting.states import Published
from kabar.store.database import Connection, queries


def published_since(
    connection: Connection, *, hours: float, package_id: int | None = None
) -> list[Published]:
    """Posts that were published in the last hours, oldest first."""
    rows = queries("post").list_published_since(connection, hours=hours, package_id=package_id)
    return [Published(**row) for row in rows]


def note_copies(
    connection: Connection, post_id: int, *, worker: str, evidence: Sequence[dict[str, Any]]
) -> bool:
    """Keep what was read of every copy of a post; False when all of them were known."""
    changed: int = queries("post").note_copies(
        connection, post_id=post_id, worker=worker, evidence=Jsonb(list(evidence))
    )
    return changed == 1


def recent_packages(connection: Connection, *, hours: float) -> list[int]:
    """Numbers of the packages of which something was published in the last hours."""
    rows = queries("package").list_recent_packages(connection, hours=hours)
    return [row["package_id"] for row in rows]
