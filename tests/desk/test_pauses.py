"""A pause that a platform asked for is told to whoever waits for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desk.conftest import Visit
from desk.seeding import NOW, Seed, form_of, pins_of, seed_package
from kabar.desk.desk import Desk
from kabar.desk.words import hour
from kabar.store.cooldowns import cool_down, standing_cooldowns
from kabar.store.database import Database
from ledger import change


def rest(db: Database, account: str) -> str:
    """Let an account of the seeds rest, or all of them; gives the hour at which it ends, in Jakarta."""
    with db.connection() as connection:
        cool_down(
            connection,
            reached_by="facebook_pages",
            external_id=account,
            pause_seconds=600,
            reason="(#4) Application request limit reached",
            noted_by="worker-1",
        )
        until = next(row["until"] for row in standing_cooldowns(connection) if row["external_id"] == account)
    return hour(until, "WIB")


@pytest.fixture
def approved_posts(db: Database, desk: Desk, as_officer: Visit) -> None:
    """Two posts that are due, in two provinces."""
    package_id = seed_package(db, [replace(Seed("3204"), satker_code=code) for code in ("3204", "1101")])
    humas = as_officer("humas_ri")
    humas.post("/putusan", data=form_of(desk, "humas_ri", item=pins_of(humas, package_id)))
    change(db, "update kabar.draft set publish_at = %s - interval '1 minute'", NOW)


@pytest.mark.usefixtures("approved_posts")
def test_a_pause_of_the_whole_platform_is_told_to_everybody(db: Database, as_officer: Visit) -> None:
    until = rest(db, "")

    page = as_officer("humas_3204").get("/").text

    assert f"Facebook meminta jeda sampai {until}. 2 kiriman menunggu dan terbit sendiri sesudahnya." in page


@pytest.mark.usefixtures("approved_posts")
def test_a_pause_of_one_account_is_told_in_its_scope_alone(db: Database, as_officer: Visit) -> None:
    until = rest(db, "71101")

    assert f"sampai {until}. 1 kiriman menunggu" in as_officer("humas_ri").get("/").text
    assert "jeda" not in as_officer("humas_3204").get("/").text


@pytest.mark.usefixtures("approved_posts")
def test_a_pause_that_is_over_is_not_told(db: Database, as_officer: Visit) -> None:
    rest(db, "")
    change(db, "update kabar.cooldown set until = now()")

    assert "jeda" not in as_officer("humas_ri").get("/").text
