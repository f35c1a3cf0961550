"""Pictures of a post on X: uploaded in pieces, described, and kept by X unseen until a post carries them.

Sources: docs.x.com/x-api/media/quickstart/media-upload-chunked, `platforms.md` 4.1. An id lives for
`expires_after_secs`; X refuses it afterwards, so that an old one counts as gone and is uploaded again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp

from kabar.channels.channel import Outgoing, Picture, Prepared
from kabar.channels.transport import Body, json_body
from kabar.channels.x_errors import problem_of, read_problem
from kabar.channels.x_signature import XTransport
from kabar.errors import AccountError, RefusedError, UnconfirmedError, UnreachableError

UPLOAD: Final = "/2/media/upload"
MOST_PICTURES: Final = 4
#: X takes larger pieces; small ones lose less when a line breaks.
PIECE_BYTES: Final = 1_000_000
#: Where X does not say how long an id lives.
USUAL_LIFE_SECONDS: Final = 86_400
#: An id this close to its end might be gone when the post is made.
MARGIN: Final = timedelta(minutes=10)
USUAL_WAIT_SECONDS: Final = 1.0

Media = dict[str, Any]


class XMedia:
    """Uploads of one opened connection. The handle is `{"media": […]}`, one entry a picture."""

    def __init__(self, transport: XTransport, *, now: Callable[[], datetime]) -> None:
        self._transport = transport
        self._now = now
        #: Ids that this process has uploaded or asked about; what another worker left is asked about first.
        self._known: set[str] = set()

    async def next_step(self, post: Outgoing, *, token: str) -> Prepared:
        """Take the next step towards a post's pictures; errors as of `Channel.prepare`."""
        if len(post.pictures) > MOST_PICTURES:
            raise RefusedError(f"X takes {MOST_PICTURES} pictures a post, this one has {len(post.pictures)}.")
        media = await self._usable(post, token)
        for place, picture in enumerate(post.pictures):
            if place == len(media):
                uploaded = await self._upload(picture, token)
                return Prepared({"media": [*media, uploaded]}, uploaded["wait_seconds"] or 0.0)
            if media[place]["wait_seconds"] is not None:
                media[place] |= {"wait_seconds": await self._wait(media[place]["id"], token)}
                return Prepared({"media": media}, media[place]["wait_seconds"] or 0.0)
            if picture.alt_text and not media[place]["is_described"]:
                await self._describe(media[place]["id"], picture.alt_text, token)
                media[place] |= {"is_described": True}
                return Prepared({"media": media}, 0.0)
        return Prepared({"media": media} if media else {})

    async def _usable(self, post: Outgoing, token: str) -> list[Media]:
        """What of the handle still serves: the pictures in their order, up to the first that is gone."""
        usable: list[Media] = []
        for entry, picture in zip(post.handle.get("media", ()), post.pictures, strict=False):
            is_alive = datetime.fromisoformat(entry["expires_at"]) > self._now() + MARGIN
            if entry["sha256"] != picture.sha256 or not is_alive or not await self._is_known(entry, token):
                break
            usable.append(dict(entry))
        return usable

    async def _is_known(self, entry: Media, token: str) -> bool:
        """Whether X still has an id; one refusal, and the picture is uploaded again, which does no harm."""
        if entry["id"] in self._known:
            return True
        params = {"command": "STATUS", "media_id": entry["id"]}
        answer = await self._transport.get(UPLOAD, params, token=token)
        problem = read_problem(answer, self._now())
        if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
            return False
        if problem is not None:
            raise problem
        self._known.add(entry["id"])
        return True

    async def _upload(self, picture: Picture, token: str) -> Media:
        size = len(picture.jpeg)
        begun, header = json_body(
            {"media_type": "image/jpeg", "total_bytes": size, "media_category": "tweet_image"}
        )
        number = str((await self._call(f"{UPLOAD}/initialize", begun, token, header)).get("id", ""))
        if not number.isdigit():
            raise UnreachableError("X began an upload and named no id; the picture is uploaded again.")
        for segment, start in enumerate(range(0, size, PIECE_BYTES)):
            form = aiohttp.FormData()
            form.add_field("segment_index", str(segment))
            piece = picture.jpeg[start : start + PIECE_BYTES]
            form.add_field("media", piece, filename="gambar.jpg", content_type="application/octet-stream")
            await self._call(f"{UPLOAD}/{number}/append", form, token)
        done = await self._call(f"{UPLOAD}/{number}/finalize", None, token)
        life = done.get("expires_after_secs")
        self._known.add(number)
        return {
            "sha256": picture.sha256,
            "id": number,
            "expires_at": (
                self._now() + timedelta(seconds=life if isinstance(life, int) else USUAL_LIFE_SECONDS)
            ).isoformat(),
            "wait_seconds": _wait_seconds(done),
            "is_described": False,
        }

    async def _wait(self, number: str, token: str) -> float | None:
        """How long X is still at work on a picture; None when it is ready."""
        params = {"command": "STATUS", "media_id": number}
        answer = await self._transport.get(UPLOAD, params, token=token)
        problem = read_problem(answer, self._now())
        if problem is not None:
            raise problem
        return _wait_seconds(_data(answer.json()))

    async def _describe(self, number: str, alt_text: str, token: str) -> None:
        told, header = json_body({"id": number, "metadata": {"alt_text": {"text": alt_text}}})
        await self._call("/2/media/metadata", told, token, header)

    async def _call(
        self, path: str, body: Body, token: str, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """One call of an upload; nobody sees what it did, so that a lost answer only means: once more."""
        try:
            answer = await self._transport.post(path, body, token=token, headers=headers)
        except UnconfirmedError as error:
            raise UnreachableError(f"{error} Nothing of an upload can be seen; it is done again.") from error
        problem = problem_of(answer, self._now())
        if isinstance(problem, UnconfirmedError):
            raise UnreachableError(f"{problem} Nothing of an upload can be seen; it is done again.")
        if problem is not None:
            raise problem
        return _data(answer.json())


def _data(content: object) -> dict[str, Any]:
    data = content.get("data") if isinstance(content, dict) else None
    return data if isinstance(data, dict) else {}


def _wait_seconds(data: Mapping[str, Any]) -> float | None:
    """Seconds until X wants to be asked again; None when the picture is ready."""
    info = data.get("processing_info")
    if not isinstance(info, dict) or info.get("state") == "succeeded":
        return None
    if info.get("state") == "failed":
        raise RefusedError(f"X cannot use the picture: {info.get('error') or 'no reason given'}.")
    after = info.get("check_after_secs")
    return float(after) if isinstance(after, int | float) else USUAL_WAIT_SECONDS
