"""What the person at the terminal sees while things are being done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Lines with the seconds since the start; a running count overwrites itself on a terminal."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        #: Seconds that each finished step took, in order.
        self.seconds: dict[str, float] = {}

    def say(self, line: str) -> None:
        """Print one line."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step, and print how long it took."""
        began = time.monotonic()
        self.say(f"[{began - self._started:6.1f} s] {name} …")
        yield
        self.seconds[name] = time.monotonic() - began
        self.say(f"[{time.monotonic() - self._started:6.1f} s] {name}: {self.seconds[name]:.1f} s")

    def note(self, line: str) -> None:
        """Print one line of news inside a step."""
        self.say(f"[{time.monotonic() - self._started:6.1f} s]   {line}")
