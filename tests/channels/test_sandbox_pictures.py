"""The sandbox in the place of the office's web server: a platform fetches our pictures from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from kabar.pictures import Pictures
from kabar.sandbox.pictures import PICTURES_PATH
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY

JPEG = b"\xff\xd8\xff\xe0 gambar"


@pytest.fixture(scope="module")
def office_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "pictures"


@pytest.fixture(scope="module")
def web_server(office_folder: Path) -> Iterator[RunningSandbox]:
    with running_sandbox(satker_csv=REPOSITORY / "include/satker.csv", pictures=office_folder) as sandbox:
        yield sandbox


def test_a_picture_that_was_put_is_fetched_under_its_public_address(
    web_server: RunningSandbox, office_folder: Path
) -> None:
    pictures = Pictures(office_folder, web_server.url + PICTURES_PATH)

    answer = requests.get(pictures.url(pictures.put(JPEG)), timeout=5)

    assert (answer.content, answer.headers["Content-Type"]) == (JPEG, "image/jpeg")


def test_a_picture_that_is_not_there_is_not_found(web_server: RunningSandbox) -> None:
    assert requests.get(f"{web_server.url}/gambar/{'0' * 64}.jpg", timeout=5).status_code == 404


@pytest.mark.parametrize("name", ["{digest}.txt", "../accounts.csv", "%2e%2e%2faccounts.csv", ""])
def test_nothing_but_pictures_is_shown(web_server: RunningSandbox, office_folder: Path, name: str) -> None:
    pictures = Pictures(office_folder)
    pictures.note("a" * 64, pictures.put(JPEG))
    (office_folder.parent / "accounts.csv").write_text("rahasia")

    answer = requests.get(f"{web_server.url}/gambar/{name.format(digest='a' * 64)}", timeout=5)

    assert answer.status_code in {400, 404}
    assert "rahasia" not in answer.text
