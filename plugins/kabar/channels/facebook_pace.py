"""When the harvest is to leave Facebook alone: what its usage headers and its limit errors say.

Publishing needs the same budget and stops at `usage.NEAR_LIMIT_PERCENT`; reading stops well before.
"""

from __future__ import annotations

from collections.abc import Mapping

from kabar.channels.usage import strains

#: At this percentage of any budget the harvest stops asking; the rest belongs to publishing.
BUSY_PERCENT = 75


class Pace:
    """Which accounts, or the whole application, are to be left alone for the rest of this night."""

    def __init__(self) -> None:
        self._accounts: dict[str, str] = {}
        self._application: str | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        """Read the usage headers of an answer; unreadable or absent ones change nothing."""
        for strain in strains(headers, at_percent=BUSY_PERCENT):
            if strain.account:
                self.pause_account(strain.account, strain.reason)
            else:
                self.pause_application(strain.reason)

    def pause_account(self, account: str, reason: str) -> None:
        """Leave one Page alone for the rest of the night; the first reason stays."""
        self._accounts.setdefault(account, reason)

    def pause_application(self, reason: str) -> None:
        """Leave every Page alone for the rest of the night; the first reason stays."""
        self._application = self._application or reason

    def reason_to_wait(self, account: str) -> str | None:
        """Why `account` is not to be asked now; None when it may be."""
        return self._application or self._accounts.get(account)
