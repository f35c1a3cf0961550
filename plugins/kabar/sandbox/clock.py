"""The sandbox's own clock: the real one, or one handed in, moved by an offset that a test may set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real_time() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class SandboxClock:
    """Says what time it is on the platform; the offset is how far it runs ahead of its source."""

    def __init__(self, source: Callable[[], datetime] = real_time) -> None:
        self._source = source
        self.offset = timedelta()

    def now(self) -> datetime:
        """The platform's present moment, with a zone."""
        return self._source() + self.offset
