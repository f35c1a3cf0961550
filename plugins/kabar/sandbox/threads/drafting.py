"""What a call to `/threads` asks a container to be, and what Threads refuses of it (platforms.md 4.2)."""

from __future__ import annotations

import json
import unicodedata

from kabar.sandbox.containers import PICTURE_BYTES, ContainerBook, Made, look_at
from kabar.sandbox.graph.errors import GraphError, invalid_parameter
from kabar.sandbox.twin import TwinCall

PLATFORM = "threads"
TEXT_LENGTH = 500
ALT_CHARACTERS = 1000
MOST_RATIO = 10
CHILDREN = range(2, 21)
#: What joins or colours emoji and is part of one.
_EMOJI_PARTS = frozenset("\u200d\ufe0f\u20e3")


def length(text: str) -> int:
    """Characters, an emoji by the bytes of its UTF-8."""
    return sum(
        len(sign.encode()) if unicodedata.category(sign) in {"So", "Sk"} or sign in _EMOJI_PARTS else 1
        for sign in text
    )


def read_draft(call: TwinCall, account: str, containers: ContainerBook) -> Made:
    """Judge the call; a picture that cannot be had makes a container in ERROR, as on the platform."""
    text = str(call.fields.get("text", ""))
    if length(text) > TEXT_LENGTH:
        raise invalid_parameter("Param text must be at most 500 characters long.")
    kind = str(call.fields.get("media_type", ""))
    alt_text = str(call.fields.get("alt_text", ""))
    if len(alt_text) > ALT_CHARACTERS:
        raise invalid_parameter("Param alt_text is too long")
    made = Made(platform=PLATFORM, account=account, media_type=kind, text=text)
    match kind:
        case "TEXT" if text:
            link = str(call.fields.get("link_attachment", ""))
            return made.model_copy(update={"media_type": "TEXT_POST", "link": link})
        case "IMAGE" if call.fields.get("image_url"):
            given = {
                "alt_texts": (alt_text,) if alt_text else (),
                "is_carousel_item": str(call.fields.get("is_carousel_item", "")).lower() == "true",
            }
            return made.model_copy(update=given | _picture(call, containers))
        case "CAROUSEL":
            return made.model_copy(update=_carousel(call, account, containers))
    raise invalid_parameter("Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL} with its parts")


def _picture(call: TwinCall, containers: ContainerBook) -> dict[str, object]:
    upload = call.uploads.get("image_url")
    found = look_at(upload.content) if upload is not None else None
    if upload is None or found is None or found.media_type not in {"JPEG", "PNG"}:
        # The listed messages all speak of video; for a picture they are from memory.
        return {"fault": "UNKNOWN"}
    if found.size > PICTURE_BYTES or not 1 / MOST_RATIO <= found.ratio <= MOST_RATIO:
        return {"fault": "INVALID_ASPEC_RATIO"}
    return {"pictures": (containers.keep_picture(upload.content),)}


def _carousel(call: TwinCall, account: str, containers: ContainerBook) -> dict[str, object]:
    given = str(call.fields.get("children", ""))
    numbers = json.loads(given) if given.startswith("[") else given.split(",")
    children = [containers.get(PLATFORM, str(number)) for number in numbers]
    whole = [child for child in children if child and child.account == account and child.is_carousel_item]
    if len(whole) != len(numbers) or any(child.state(containers.book.now()) != "FINISHED" for child in whole):
        raise GraphError(24, "The requested resource does not exist", subcode=4279009)
    if len(whole) not in CHILDREN:
        raise invalid_parameter("Param children must hold 2 to 20 containers")
    return {
        "media_type": "CAROUSEL_ALBUM",
        "pictures": tuple(digest for child in whole for digest in child.pictures),
        "alt_texts": tuple(text for child in whole for text in child.alt_texts),
    }
