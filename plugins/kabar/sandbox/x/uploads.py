"""Pictures that were uploaded to X and lie there unseen; an id lives a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.offices import Office
from kabar.sandbox.twin import TwinCall
from kabar.sandbox.x.shapes import XError

LIFE: Final = timedelta(days=1)
LARGEST_BYTES: Final = 5 * 1024 * 1024
ALT_CHARACTERS: Final = 1000
JPEG: Final = b"\xff\xd8\xff"
FIRST_ID: Final = 1_880_000_000_000_000_000


@dataclass(slots=True)
class Upload:
    """One picture on its way."""

    id: str
    account: str
    total_bytes: int
    begun_at: datetime
    #: How long X works on it after its last piece.
    processing: timedelta
    pieces: dict[int, bytes] = field(default_factory=dict)
    finished_at: datetime | None = None
    alt_text: str = ""

    @property
    def content(self) -> bytes:
        """All pieces in their order."""
        return b"".join(self.pieces[number] for number in sorted(self.pieces))

    @property
    def sha256(self) -> str:
        """Digest of the content."""
        return hashlib.sha256(self.content).hexdigest()

    def state(self, now: datetime) -> str:
        """`uploading`, `pending`, `succeeded` or `failed`."""
        if self.finished_at is None:
            return "uploading"
        if not self.content.startswith(JPEG):
            return "failed"
        return "pending" if now < self.finished_at + self.processing else "succeeded"

    def told(self, now: datetime) -> dict[str, Any]:
        """The upload as the API describes it."""
        left = int((self.begun_at + LIFE - now).total_seconds())
        told: dict[str, Any] = {"id": self.id, "media_key": f"3_{self.id}", "expires_after_secs": left}
        state = self.state(now)
        if state == "pending":
            told["processing_info"] = {"state": "pending", "check_after_secs": 1}
        if state == "failed":
            error = {"code": 1, "name": "InvalidMedia", "message": "Invalid media"}
            told["processing_info"] = {"state": "failed", "error": error}
        return told


class Uploads:
    """All uploads; they live in memory, as a restarted X would have lost its sessions."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._by_id: dict[str, Upload] = {}

    def answer(self, call: TwinCall, caller: Office, path: Sequence[str]) -> Answer | None:
        """Do what a call under `/2/media/` asks; None when there is no such address."""
        match (call.method, *path):
            case ("POST", "upload", "initialize"):
                return self._begin(call, caller)
            case ("POST", "upload", number, "append"):
                return self._append(call, self.of(number, caller))
            case ("POST", "upload", number, "finalize"):
                return self._finish(self.of(number, caller))
            case ("GET", "upload"):
                return self._described(self.of(str(call.fields.get("media_id")), caller))
            case ("POST", "metadata"):
                return self._alt_text(call, caller)
        return None

    def of(self, number: str, caller: Office) -> Upload:
        """One upload of the caller's own that still lives; the usual refusal for every other."""
        upload = self._by_id.get(number)
        if upload is None or upload.account != caller.id or self._now() >= upload.begun_at + LIFE:
            raise XError(400, "Your media IDs are invalid.")
        return upload

    def forget(self) -> None:
        """Lose every session."""
        self._by_id.clear()

    def _begin(self, call: TwinCall, caller: Office) -> Answer:
        size = call.fields.get("total_bytes")
        if not isinstance(size, int) or not 0 < size <= LARGEST_BYTES:
            raise XError(400, "File size exceeds 5242880 bytes.")
        upload = Upload(
            id=str(FIRST_ID + len(self._by_id)),
            account=caller.id,
            total_bytes=size,
            begun_at=self._now(),
            processing=timedelta(seconds=caller.processing_seconds),
        )
        self._by_id[upload.id] = upload
        return self._described(upload)

    def _append(self, call: TwinCall, upload: Upload) -> Answer:
        piece = call.uploads.get("media")
        if piece is None or upload.finished_at is not None:
            raise XError(400, "One or more parameters to your request was invalid.")
        upload.pieces[int(str(call.fields.get("segment_index", "0")))] = piece.content
        return self._described(upload)

    def _finish(self, upload: Upload) -> Answer:
        if len(upload.content) != upload.total_bytes:
            raise XError(400, "Segments do not add up to provided total file size.")
        upload.finished_at = self._now()
        return self._described(upload)

    def _alt_text(self, call: TwinCall, caller: Office) -> Answer:
        upload = self.of(str(call.fields.get("id")), caller)
        metadata = call.fields.get("metadata")
        alt_text = metadata.get("alt_text") if isinstance(metadata, dict) else None
        text = str(alt_text.get("text", "")) if isinstance(alt_text, dict) else ""
        if not text or len(text) > ALT_CHARACTERS:
            raise XError(400, "One or more parameters to your request was invalid.")
        upload.alt_text = text
        return self._described(upload)

    def _described(self, upload: Upload) -> Answer:
        return answer_json({"data": upload.told(self._now())})
