"""A small storm, as `make bench-faults` lets a large one rage: no post double, lost or stale."""

from __future__ import annotations

import os

from storm import Storm
from witness import Verdict

from kabar.sandbox.running import RunningSandbox
from kabar.store.database import Database

SEED = int(os.environ.get("KABAR_SEED", "1"))


def test_a_storm_of_faults_kills_and_changes_of_mind_doubles_loses_and_delays_nothing(
    db: Database, database_url: str, sandbox: RunningSandbox
) -> None:
    sandbox.control("settings", {"latency_ms": 0})

    outcome = Storm(db, database_url, sandbox, seed=SEED, posts=300, kills=6).rage()

    assert outcome.verdict == Verdict([], [], [])
    assert outcome.kills >= 6
    assert outcome.stands >= 250
    assert outcome.attempts <= 1.3
