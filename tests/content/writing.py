"""What the fixtures `find` and `write` are, for the tests that ask for them."""

from __future__ import annotations

from typing import Protocol

from kabar.content import Text
from kabar.plan import Obligation


class Find(Protocol):
    """Find the obligation of a tonggak such as `coklit|H-7`."""

    def __call__(self, key: str, code: str = "9502", calendar: str = "pilkada-2024") -> Obligation: ...


class Write(Protocol):
    """Render the message of a tonggak."""

    def __call__(self, key: str, code: str = "9502", calendar: str = "pilkada-2024") -> Text: ...
