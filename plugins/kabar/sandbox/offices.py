"""Accounts of offices on X, on Telegram and on their own websites, and what a test may change of them.

Their ids and names are the sandbox's own: no real account is known to it. Tokens are no secrets here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kabar.frozen import Frozen
from kabar.sandbox.journal import Document, Journal
from kabar.sandbox.seeding import SatkerRow

#: How each platform's ids look: what stands before the code of the satker, and its digits.
ID_SHAPES: Final[Mapping[str, tuple[str, int]]] = {
    "x": ("19", 17),
    "telegram": ("-1001", 9),
    "website": ("situs-", 2),
}
BOT_ID: Final = 7_000_000_001
BOT_TOKEN: Final = f"{BOT_ID}:AAsandbox-bot-of-the-sandbox-alone-0"


class Office(Frozen):
    """One account; the switches are what tests turn."""

    platform: str
    id: str
    name: str
    username: str
    zone: str = "Asia/Jakarta"
    #: X: its token works. Telegram: the channel exists. Website: its secret is accepted.
    is_open: bool = True
    #: X: it may write. Telegram: the bot may post. Website: it takes posts now.
    may_post: bool = True
    #: Telegram: what the bot is in the channel.
    bot_status: str = "administrator"
    can_delete_messages: bool = False
    #: X: how long it works on a picture.
    processing_seconds: float = 0
    #: X: only followers see its posts.
    is_protected: bool = False
    followers: int = 1000


class Offices:
    """The accounts of one platform; changes are on disk before a caller is answered."""

    def __init__(self, journal: Journal, platform: str, satker: Iterable[SatkerRow]) -> None:
        self._journal = journal
        self.platform = platform
        self._seeded = {
            office_id(platform, row.kode): Office(
                platform=platform,
                id=office_id(platform, row.kode),
                name=row.nama_pendek,
                username=f"sandbox_{row.kode}",
                zone=row.zona_waktu,
            )
            for row in satker
            if row.has_all_channels
        }
        self.by_id = dict(self._seeded)
        for body in journal.load(self._kind):
            self._take(Office.model_validate_json(body))

    def change(self, account: str, members: Mapping[str, Any]) -> Office:
        """Turn some switches of an account; KeyError for one that is not there, ValueError for no switch."""
        changed = Office.model_validate(self.by_id[account].model_dump() | dict(members))
        self._journal.keep([Document(self._kind, changed.id, changed.model_dump_json())])
        self._take(changed)
        return changed

    def reset(self) -> None:
        """Every account as it was seeded."""
        self._journal.forget((self._kind,))
        self.by_id = dict(self._seeded)

    @property
    def _kind(self) -> str:
        return f"Office.{self.platform}"

    def _take(self, office: Office) -> None:
        self.by_id[office.id] = office


def office_id(platform: str, kode: str) -> str:
    """The id of a satker's account on a platform."""
    begin, digits = ID_SHAPES[platform]
    return begin + kode.zfill(digits)


def office_token(platform: str, account: str) -> str:
    """What proves on a platform that we speak for an account: a token, the bot's token, a site's secret."""
    return BOT_TOKEN if platform == "telegram" else f"{platform}-sandbox-{account}-token"
