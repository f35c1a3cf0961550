"""Sends what is due of one package, as a task does: the process that the tests of this folder kill.

Reads one line of JSON from standard input: database_url, sandbox_url, user_token, package_id, name.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from kabar.store import database as door
from kabar.store.database import database
from ledger import QUICK, Worker

#: So few that a wave of sixty takes about a second and can be killed in its middle.
IN_FLIGHT = 6


class Door(NamedTuple):
    """Where the sandbox is."""

    url: str
    user_token: str


def publish_as_told() -> None:
    """Publish once, with the connections of a real task."""
    told = json.loads(sys.stdin.readline())
    # A test does not wait as long for the locks of a frozen process.
    door.IDLE_IN_TRANSACTION = "1s"
    with database(told["database_url"], connections=8) as pool:
        sandbox = Door(told["sandbox_url"], told["user_token"])
        pace = replace(QUICK, in_flight=IN_FLIGHT)
        Worker(pool, sandbox, told["package_id"], name=told["name"], pace=pace).publish()  # type: ignore[arg-type]


if __name__ == "__main__":
    publish_as_told()
