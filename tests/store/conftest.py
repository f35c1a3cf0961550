"""One drafted and decided post, so that every table of the history holds a row."""

from __future__ import annotations

import pytest

from kabar.store.database import Database
from ledger import decide, drafted, rows


@pytest.fixture
def one_post(db: Database) -> int:
    """The number of a post that was drafted and then refused by an officer."""
    package_id = drafted(db, ["3204"])
    decide(db, package_id, verdict="refuse")
    return rows(db, package_id)["3204"].post_id
