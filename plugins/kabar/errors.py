"""Every error of the house, named by what the caller should do next.

    KabarError
    ├── InputError         edit a file: file, line, key and remedy are in the message
    ├── RefusedError       a person decides; asking again changes nothing
    │   └── AccountError   this account cannot publish until somebody repairs it
    ├── UnreachableError   ask again later; nothing happened
    │   └── PausedError    ask again after `pause_seconds`; asking earlier makes it worse
    │       └── NotReadyError  the same for this one post; its account is as free as before
    └── UnconfirmedError   it may have happened: look before you act, never repeat

Only `orchestration/policies.py` turns an error into a retry.
"""

from __future__ import annotations

from pathlib import Path


class KabarError(Exception):
    """An error of this system; its text is a whole sentence for the person who reads it."""


class InputError(KabarError):
    """A file that an editor keeps is wrong; nothing of it was loaded."""

    def __init__(self, problem: str, *, file: Path, line: int | None, key: str, remedy: str) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        self.key = key
        self.remedy = remedy
        place = f"{file}:{line}" if line is not None else str(file)
        super().__init__(f"{place}: {key}: {problem} {remedy}")


class RefusedError(KabarError):
    """The platform or a rule of ours said no; a person decides what happens next."""


class AccountError(RefusedError):
    """The account itself cannot publish (token, permission, policy block); other accounts are unhurt."""


class UnreachableError(KabarError):
    """Nothing happened and nothing was changed; the same question may be asked again."""


class PausedError(UnreachableError):
    """The platform or we ourselves are slowing down; ask again after `pause_seconds`."""

    def __init__(self, problem: str, *, pause_seconds: float, is_app_wide: bool = True) -> None:
        self.pause_seconds = pause_seconds
        #: Whether every account behind the same connection must wait, or only the one that was asked for.
        self.is_app_wide = is_app_wide
        super().__init__(problem)


class NotReadyError(PausedError):
    """The platform takes its time with one post; its account and all others may be called meanwhile."""

    def __init__(self, problem: str, *, pause_seconds: float) -> None:
        super().__init__(problem, pause_seconds=pause_seconds, is_app_wide=False)


class UnconfirmedError(KabarError):
    """The platform may have published it. Read before you act; never send again."""
