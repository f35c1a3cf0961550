"""Accounts as the registry had them when they were last used."""

from __future__ import annotations

from kabar.store.database import Database
from ledger import save_page


def accounts(db: Database) -> list[tuple[str, str, str, bool]]:
    with db.connection() as connection:
        found = connection.execute("select * from kabar.account order by id").fetchall()
    return [(row["external_id"], row["name"], row["usage"], row["is_active"]) for row in found]


def test_an_account_keeps_its_number_and_takes_over_what_changed(db: Database) -> None:
    first = save_page(db, "3204", page="101", name="Lama")

    second = save_page(db, "3204", page="101", name="Baru", is_active=False)

    assert first == second
    assert accounts(db) == [("101", "Baru", "rehearsal", False)]


def test_another_page_of_the_same_satker_is_another_account(db: Database) -> None:
    assert save_page(db, "3204", page="101") != save_page(db, "3204", page="102")
    assert len(accounts(db)) == 2
