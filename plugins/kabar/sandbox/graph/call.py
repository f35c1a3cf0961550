"""One call as Graph understands it, whichever of the encodings it came in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kabar.sandbox.graph.errors import GraphError, invalid_parameter

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})
_MEDIA_KEY = re.compile(r"^attached_media\[(\d+)\](\[media_fbid\])?$")


@dataclass(frozen=True, slots=True)
class Call:
    """Method, path without version, and parameters of query and body merged into texts."""

    method: str
    path: tuple[str, ...]
    parameters: Mapping[str, str]
    token: str | None
    version: str
    #: Scheme and host under which the client reached us; links in answers start with it.
    base_url: str
    upload: bytes | None = field(default=None, repr=False)
    #: Planted faults: the effect shows later, or lists run behind.
    effect_delay: timedelta = timedelta()
    list_lag: timedelta = timedelta()

    @property
    def edge(self) -> str:
        """The path as one text, such as `100000000001101/feed`; planted faults match on it."""
        return "/".join(self.path)

    def text(self, name: str) -> str | None:
        """A parameter as text; an empty one counts as missing."""
        return self.parameters.get(name) or None

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean parameter, `true` or `1`; anything else that is no boolean earns (#100)."""
        value = self.parameters.get(name)
        if value is None:
            return default
        word = value.strip().lower()
        if word not in _TRUE | _FALSE:
            raise invalid_parameter(f"Param {name} must be a boolean")
        return word in _TRUE

    def names(self, name: str) -> tuple[str, ...]:
        """A list parameter, as `a,b` or as `["a","b"]` (platforms.md section 6)."""
        value = self.parameters.get(name, "").strip()
        if value.startswith("["):
            items = _parse_json(name, value)
            return tuple(str(item) for item in items) if isinstance(items, list) else ()
        return tuple(item.strip() for item in value.split(",") if item.strip())

    def limit(self, default: int = 25, most: int = 100) -> int:
        """The page size; more than 100 is an error (platforms.md 1.6)."""
        value = self.parameters.get("limit")
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= most:
            raise invalid_parameter(f"Param limit must be an integer from 1 to {most}")
        return int(value)

    def moment(self, name: str) -> datetime | None:
        """A point in time, as UNIX seconds or ISO 8601; a date alone begins at midnight in Los Angeles.

        The real platform also takes free text ("tomorrow"); the stand-in refuses that.
        """
        value = self.parameters.get(name)
        if not value:
            return None
        try:
            if re.fullmatch(r"\d{8,}", value):
                return datetime.fromtimestamp(int(value), LOS_ANGELES)
            moment = datetime.fromisoformat(value)
        except (ValueError, OverflowError) as error:
            raise invalid_parameter(f"Param {name} must be a valid date or UNIX timestamp") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=LOS_ANGELES)

    def attached_media(self) -> tuple[str, ...]:
        """Photo ids of `attached_media`, written as one JSON list or as `attached_media[0]=…`."""
        raw: list[object] = []
        if whole := self.text("attached_media"):
            items = _parse_json("attached_media", whole)
            raw = items if isinstance(items, list) else [items]
        else:
            keys = [(int(found[1]), key) for key in self.parameters if (found := _MEDIA_KEY.match(key))]
            raw = [_as_media(self.parameters[key]) for _, key in sorted(keys)]
        return tuple(_media_id(item) for item in raw)


def graph_time(moment: datetime) -> str:
    """Graph's own time format, `2026-11-01T02:03:04+0000` (platforms.md 1.6)."""
    return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _parse_json(name: str, value: str) -> object:
    try:
        return json.loads(value)
    except ValueError as error:
        raise invalid_parameter(f"Param {name} must be valid JSON") from error


def _as_media(value: str) -> object:
    return _parse_json("attached_media", value) if value.startswith("{") else {"media_fbid": value}


def _media_id(item: object) -> str:
    if isinstance(item, dict) and isinstance(item.get("media_fbid"), str | int):
        return str(item["media_fbid"])
    raise GraphError(100, "(#100) Param attached_media must be an array of objects with media_fbid")
