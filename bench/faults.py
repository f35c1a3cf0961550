"""`make bench-faults`: 10,000 posts, a fifth of the calls faulty, 100 kills, three seeds.

`POSTS`, `KILLS` and `SEEDS` make it smaller, `KABAR_SEED` plays one seed again. The last line is what counts,
on the sandbox's side: doubles, posts that were lost, posts that stand too late or in other words than the
approved ones.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "faults"))

from storm import Outcome, Storm

from kabar.local.postgres import temporary_postgres
from kabar.sandbox.running import running_sandbox
from kabar.settings import REPOSITORY
from kabar.store.database import database
from kabar.store.migrate import migrate

ATTEMPTS_AT_MOST = 1.15


def storm(seed: int, *, posts: int, kills: int) -> Outcome:
    """One storm in a database and a sandbox of its own."""
    with (
        temporary_postgres() as database_url,
        running_sandbox(satker_csv=REPOSITORY / "include" / "satker.csv") as sandbox,
    ):
        migrate(database_url)
        with database(database_url, connections=4) as pool:
            return Storm(pool, database_url, sandbox, seed=seed, posts=posts, kills=kills).rage()


def main() -> int:
    """Play the seeds, print a line for each, and end with the sum."""
    # Ended by somebody else, it still takes down what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    posts, kills = int(os.environ.get("POSTS", "10000")), int(os.environ.get("KILLS", "100"))
    only = os.environ.get("KABAR_SEED")
    seeds = [int(only)] if only else list(range(1, int(os.environ.get("SEEDS", "3")) + 1))
    totals = [0, 0, 0]
    is_frugal = True
    for seed in seeds:
        outcome = storm(seed, posts=posts, kills=kills)
        verdict = outcome.verdict
        for place, wrong in enumerate((verdict.double, verdict.lost, verdict.stale)):
            totals[place] += len(wrong)
        is_frugal = is_frugal and outcome.attempts <= ATTEMPTS_AT_MOST
        print(
            f"seed {seed}: {outcome.posts} posts, {outcome.stands} stand, {outcome.expired} expired in time, "
            f"{outcome.kills} kills (at {outcome.boundaries} boundaries, and at random), "
            f"{outcome.attempts:.3f} attempts a post, "
            f"officer: {dict(outcome.answers)}, {outcome.seconds:.0f} s: {verdict}",
            flush=True,
        )
        for name, wrong in (("double", verdict.double), ("lost", verdict.lost), ("stale", verdict.stale)):
            if wrong:
                print(f"    {name}: {list(wrong)[:20]}", flush=True)
    print(f"at most {ATTEMPTS_AT_MOST} attempts a post: {'yes' if is_frugal else 'NO'}")
    print(f"{totals[0]} double, {totals[1]} lost, {totals[2]} stale")
    return int(any(totals) or not is_frugal)


if __name__ == "__main__":
    sys.exit(main())
