"""The nightly task: green with a seal, red with every row in the log."""

from __future__ import annotations

import logging

import pytest

from kabar.errors import RefusedError
from kabar.orchestration import audit
from kabar.posting.history import Seal
from kabar.store.database import Database
from ledger import change_unseen, drafted


def test_a_night_on_which_all_is_as_it_was_written_gives_a_seal(warehouse: Database) -> None:
    drafted(warehouse, ["3204"])

    assert Seal.parse(audit.verify()).before


def test_a_night_on_which_a_row_is_missing_is_red_and_names_it(
    warehouse: Database, caplog: pytest.LogCaptureFixture
) -> None:
    drafted(warehouse, ["3204"])
    change_unseen(warehouse, "delete from kabar.post_event")

    with pytest.raises(RefusedError, match="1 findings"), caplog.at_level(logging.ERROR):
        audit.verify()

    assert [record.getMessage() for record in caplog.records] == [
        "post 1: event 1 is missing: there are 1 by what is told elsewhere"
    ]
