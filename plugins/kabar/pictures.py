"""Pictures of posts, kept under the digest of their bytes.

A picture never changes: another picture has another name. So whoever holds a name holds the picture, a
platform may fetch it as often and as late as it likes, and writing one twice does no harm. JPEG only, because
that is what every platform takes (`platforms.md`: Instagram takes nothing else).

Beside the pictures stand short notes: what a picture was drawn from, and the digest of the picture. They save
drawing it again; without them everything is drawn anew and nothing is lost.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kabar.errors import RefusedError

#: What Instagram takes; Facebook and Threads take as much or more.
LARGEST_BYTES: Final = 8_000_000

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_JPEG_BEGINS: Final = b"\xff\xd8\xff"
#: The office's web server is another user; pictures are public by nature.
_READABLE: Final = 0o644
_NOTE: Final = ".txt"


@dataclass(frozen=True, slots=True)
class Pictures:
    """A folder of pictures, each `<sha256>.jpg`, and the public address of that folder."""

    folder: Path
    #: `https://…` without a slash at the end; None where no web server shows the folder.
    public_url: str | None = None

    def put(self, picture: bytes) -> str:
        """Keep a JPEG and give its name (sha256 hex); the same picture again changes nothing.

        RefusedError when it is no JPEG or larger than platforms take.
        """
        if not picture.startswith(_JPEG_BEGINS):
            raise RefusedError("Only JPEG is kept: it is the one format that every platform takes.")
        if len(picture) > LARGEST_BYTES:
            raise RefusedError(f"The picture has {len(picture):,} bytes, the limit is {LARGEST_BYTES:,}.")
        sha256 = hashlib.sha256(picture).hexdigest()
        file = self.path(sha256)
        if not file.exists():
            self._write(file, picture)
        return sha256

    def path(self, sha256: str) -> Path:
        """Name the file of a picture, whether or not it is there; RefusedError for what is no digest."""
        return self.folder / f"{_digest(sha256)}.jpg"

    def read(self, sha256: str) -> bytes:
        """Give the bytes of a picture; RefusedError when it is gone or is not what was kept."""
        file = self.path(sha256)
        try:
            picture = file.read_bytes()
        except FileNotFoundError:
            raise RefusedError(
                f"There is no picture {file}. Draft the post again, or put the file back."
            ) from None
        if hashlib.sha256(picture).hexdigest() != sha256:
            raise RefusedError(f"The picture {file} was altered or cut. Delete it and draft the post again.")
        return picture

    def url(self, sha256: str) -> str:
        """Give the address at which a platform fetches a picture; RefusedError where there is none."""
        if self.public_url is None:
            raise RefusedError(
                "Platforms that fetch pictures cannot reach ours. Set KABAR_PICTURES_URL to the public "
                f"address of the folder {self.folder}."
            )
        return f"{self.public_url}/{self.path(sha256).name}"

    def note(self, drawn_from: str, sha256: str) -> None:
        """Remember which picture was drawn from something with this digest (sha256 hex)."""
        self._write(self._note_of(drawn_from), _digest(sha256).encode())

    def noted(self, drawn_from: str) -> str | None:
        """Give the picture that was drawn from something, or None when there is none any more."""
        try:
            sha256 = self._note_of(drawn_from).read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return None
        return sha256 if _DIGEST.fullmatch(sha256) and self.path(sha256).exists() else None

    def _note_of(self, drawn_from: str) -> Path:
        return self.folder / f"{_digest(drawn_from)}{_NOTE}"

    def _write(self, file: Path, content: bytes) -> None:
        """Write a file in one step: a reader meets all of it or none, also when power fails in between."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".partial")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fchmod(stream.fileno(), _READABLE)
                os.fsync(stream.fileno())
            Path(partial).replace(file)
        except OSError:
            Path(partial).unlink(missing_ok=True)
            raise


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise RefusedError(f"{text[:80]!r} is no digest of a picture (64 small hexadecimal digits).")
    return text
