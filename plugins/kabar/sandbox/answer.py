"""What a stand-in answers before it becomes HTTP: status, body and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    """One finished answer; `body` is JSON text in UTF-8."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """Whether the platform said that it did what was asked."""
        return self.status < HTTPStatus.BAD_REQUEST


def answer_json(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer whose body is this value as JSON."""
    return Answer(status, orjson.dumps(value), headers or {})
