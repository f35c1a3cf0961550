from __future__ import annotations

from collections.abc import Callable

#: Run a command; gives its exit status and what it says.
Run = Callable[..., tuple[int, str]]
#: Replace words in a file of `include/`; gives their line.
Edit = Callable[[str, str, str], int]
