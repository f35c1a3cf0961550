"""The accounts of the Threads stand-in and their tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

from kabar.frozen import Frozen
from kabar.sandbox.graph.errors import GraphError, token_error
from kabar.sandbox.journal import Document, Journal
from kabar.sandbox.seeding import SatkerRow

#: A long-lived token, and the least age at which it is renewed.
LIVES = timedelta(days=60)
RENEWED_AFTER = timedelta(hours=24)
SCOPES = ("threads_basic", "threads_content_publish", "threads_delete", "threads_manage_insights")


class ThreadsAccount(Frozen):
    """An account; the names are the sandbox's own."""

    id: str
    username: str
    name: str


class ThreadsToken(Frozen):
    """A token of one account."""

    value: str
    account: str
    issued_at: datetime
    expires_at: datetime


def threads_id(kode: str) -> str:
    """The 17-digit account id of a satker: `26`, then its code padded with zeros."""
    return "26" + kode.zfill(15)


def threads_token(account_id: str) -> str:
    """The token with which an account of the sandbox begins; anybody may know it, as all of the sandbox."""
    return f"THsandbox-{account_id}-0"


class ThreadsAccounts:
    """Accounts by id and tokens by value; tokens that were renewed are kept on disk."""

    def __init__(self, journal: Journal, satker: tuple[SatkerRow, ...], begun_at: datetime) -> None:
        self._journal = journal
        self.accounts = {
            threads_id(row.kode): ThreadsAccount(
                id=threads_id(row.kode), username=f"sandbox_{row.kode}", name=row.nama_pendek
            )
            for row in satker
            if row.has_all_channels
        }
        self._begun_at = begun_at
        self.tokens: dict[str, ThreadsToken] = {}
        self._begin()
        for body in journal.load("ThreadsToken"):
            self._take(ThreadsToken.model_validate_json(body))

    def resolve(self, value: str | None, now: datetime) -> ThreadsToken:
        """The token behind a text; error 190 for one that is no good, 104 for none."""
        if value is None:
            raise GraphError(104, "An access token is required to request this resource.")
        token = self.tokens.get(value)
        if token is None:
            raise token_error(None)
        if token.expires_at <= now:
            raise token_error(463)
        return token

    def renew(self, token: ThreadsToken, now: datetime) -> ThreadsToken:
        """A new token of the same account; the old one lives until its own end."""
        if now - token.issued_at < RENEWED_AFTER:
            raise GraphError(100, "(#100) A token can be refreshed once it is 24 hours old.")
        stem, _, number = token.value.rpartition("-")
        renewed = ThreadsToken(
            value=f"{stem}-{int(number) + 1}", account=token.account, issued_at=now, expires_at=now + LIVES
        )
        self._journal.keep([Document("ThreadsToken", renewed.value, renewed.model_dump_json())])
        self._take(renewed)
        return renewed

    def reset(self) -> None:
        """Back to the tokens of the beginning."""
        self._journal.forget(("ThreadsToken",))
        self.tokens.clear()
        self._begin()

    def _begin(self) -> None:
        for account in self.accounts:
            self._take(
                ThreadsToken(
                    value=threads_token(account),
                    account=account,
                    issued_at=self._begun_at,
                    expires_at=self._begun_at + LIVES,
                )
            )

    def _take(self, token: ThreadsToken) -> None:
        self.tokens[token.value] = token
