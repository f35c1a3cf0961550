"""The folder of pictures: a name is a picture, whole or not there."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kabar.errors import RefusedError
from kabar.pictures import LARGEST_BYTES, Pictures

JPEG = b"\xff\xd8\xff\xe0 gambar"
NAME = hashlib.sha256(JPEG).hexdigest()


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "gambar", "https://gambar.example/posting")


def test_what_was_put_is_read_again_under_the_digest_of_its_bytes(pictures: Pictures) -> None:
    assert pictures.put(JPEG) == NAME
    assert pictures.read(NAME) == JPEG
    assert pictures.path(NAME).name == f"{NAME}.jpg"


def test_the_same_picture_again_is_not_written_again(pictures: Pictures) -> None:
    pictures.put(JPEG)
    before = pictures.path(NAME).stat()

    pictures.put(JPEG)

    after = pictures.path(NAME).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_many_writers_of_one_picture_leave_one_file_and_nothing_half_written(pictures: Pictures) -> None:
    with ThreadPoolExecutor(8) as writers:
        names = set(writers.map(pictures.put, [JPEG] * 40))

    assert names == {NAME}
    assert [file.name for file in pictures.folder.iterdir()] == [f"{NAME}.jpg"]


def test_a_picture_that_cannot_be_written_leaves_nothing_behind(pictures: Pictures) -> None:
    pictures.path(NAME).mkdir(parents=True)
    pictures.path(NAME).with_suffix("").mkdir()
    blocked = Pictures(pictures.folder / NAME)
    (blocked.folder / f"{NAME}.txt").mkdir()

    with pytest.raises(OSError, match=r"director|exists"):
        blocked.note(NAME, NAME)

    assert [file.name for file in blocked.folder.iterdir()] == [f"{NAME}.txt"]


def test_the_web_server_of_the_office_may_read_a_picture(pictures: Pictures) -> None:
    mask = os.umask(0o077)
    try:
        pictures.put(JPEG)
    finally:
        os.umask(mask)

    assert stat.S_IMODE(pictures.path(NAME).stat().st_mode) == 0o644


def test_only_jpeg_is_kept(pictures: Pictures) -> None:
    with pytest.raises(RefusedError, match="JPEG"):
        pictures.put(b"\x89PNG\r\n\x1a\n")

    assert not pictures.folder.exists()


def test_a_picture_that_platforms_would_refuse_for_its_size_is_not_kept(pictures: Pictures) -> None:
    with pytest.raises(RefusedError, match="8,000,001 bytes"):
        pictures.put(JPEG[:3] + bytes(LARGEST_BYTES - 2))


@pytest.mark.parametrize("name", ["", "../../etc/passwd", NAME[:-1], NAME.upper(), f"{NAME}\n", "٣" * 64])
def test_a_name_that_is_no_digest_reaches_no_file(pictures: Pictures, name: str) -> None:
    with pytest.raises(RefusedError, match="no digest"):
        pictures.path(name)


def test_a_picture_that_is_gone_is_named_with_its_remedy(pictures: Pictures) -> None:
    with pytest.raises(RefusedError, match=f"{NAME}.jpg. Draft the post again"):
        pictures.read(NAME)


def test_a_picture_that_was_altered_is_never_handed_out(pictures: Pictures) -> None:
    pictures.put(JPEG)
    pictures.path(NAME).write_bytes(JPEG[:-1])

    with pytest.raises(RefusedError, match="altered or cut"):
        pictures.read(NAME)


def test_the_address_of_a_picture_is_its_name_below_the_public_one(pictures: Pictures) -> None:
    assert pictures.url(NAME) == f"https://gambar.example/posting/{NAME}.jpg"


def test_without_a_public_address_a_picture_has_no_address(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="KABAR_PICTURES_URL"):
        Pictures(tmp_path).url(NAME)


def test_a_note_leads_from_what_was_drawn_to_its_picture(pictures: Pictures) -> None:
    source = "a" * 64
    assert pictures.noted(source) is None

    pictures.note(source, pictures.put(JPEG))

    assert pictures.noted(source) == NAME


def test_a_note_whose_picture_is_gone_leads_nowhere(pictures: Pictures) -> None:
    pictures.note("a" * 64, pictures.put(JPEG))
    pictures.path(NAME).unlink()

    assert pictures.noted("a" * 64) is None


def test_a_damaged_note_leads_nowhere(pictures: Pictures) -> None:
    pictures.note("a" * 64, pictures.put(JPEG))
    (pictures.folder / f"{'a' * 64}.txt").write_bytes(b"\xff../../etc/passwd")

    assert pictures.noted("a" * 64) is None
