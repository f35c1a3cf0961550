"""An officer sees the picture that citizens would see, with its description, before deciding."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from desk.conftest import Visit
from desk.seeding import NOW, Seed, desk_for, seed_package
from kabar.desk.desk import Desk
from kabar.pictures import Pictures
from kabar.store import drafts
from kabar.store.database import Database


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "pictures")


@pytest.fixture
def desk(db: Database, pictures: Pictures) -> Desk:
    """A desk that shows the pictures of the test."""
    return desk_for(db, now=lambda: NOW, pictures=pictures)


@pytest.mark.usefixtures("desk")
def test_a_draft_shows_its_poster_and_says_what_it_says(
    db: Database, pictures: Pictures, as_officer: Visit
) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (20, 25), "teal").save(drawn, "JPEG")
    seed = Seed("3273", pictures=(pictures.put(drawn.getvalue()),), alt_text="Poster pendaftaran.")
    package_id = seed_package(db, [seed])
    with db.connection() as connection:
        (draft,) = drafts.drafts(connection, package_id)
    address = f"/draf/{draft['id']}/gambar/1.jpg"

    for page in (f"/draf/{draft['id']}", f"/paket/{package_id}"):
        shown = as_officer("humas_32").get(page).text
        assert f'{address}" alt="Poster pendaftaran."' in shown
        assert "Teks gambar: Poster pendaftaran." in shown

    answer = as_officer("humas_32").get(address)
    assert (answer.content, answer.headers["content-type"]) == (drawn.getvalue(), "image/jpeg")
    assert as_officer("humas_32").get(f"/draf/{draft['id']}/gambar/2.jpg").status_code == 404
    assert as_officer("humas_3204").get(address).status_code == 404
