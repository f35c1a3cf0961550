"""The sandbox's memory on disk: documents and pictures in one SQLite file.

The working state is held in Python objects. Every change is written here, in one transaction, before
the caller is answered: a sandbox that is killed at any moment knows afterwards exactly what it accepted,
which is what an independent count of posts needs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

SCHEMA = Path(__file__).with_name("journal.sql")


class Document(NamedTuple):
    """One remembered object: what it is, its id within that kind, and its JSON."""

    kind: str
    id: str
    body: str


class Journal:
    """One SQLite file (or `:memory:`), opened by one process and used from one thread."""

    def __init__(self, path: Path | str) -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(SCHEMA.read_text(encoding="utf-8"))

    def load(self, kind: str) -> Iterator[str]:
        """The JSON of every document of one kind, in the order of their ids."""
        rows = self._database.execute("select body from document where kind = ? order by id", (kind,))
        return (body for (body,) in rows)

    def keep(self, documents: Iterable[Document]) -> None:
        """Write documents in one transaction; those with a known kind and id are replaced."""
        self._database.execute("begin immediate")
        self._database.executemany("insert or replace into document values (?, ?, ?)", documents)
        self._database.execute("commit")

    def forget(self, kinds: Iterable[str]) -> None:
        """Delete all documents of these kinds in one transaction."""
        self._database.execute("begin immediate")
        self._database.executemany("delete from document where kind = ?", [(kind,) for kind in kinds])
        self._database.execute("commit")

    def keep_picture(self, digest: str, content: bytes) -> None:
        """Keep a picture under its SHA-256; the same picture is kept once."""
        self._database.execute("insert or ignore into picture values (?, ?)", (digest, content))

    def picture(self, digest: str) -> bytes | None:
        """The bytes of a picture, or None when there is none."""
        row: tuple[bytes] | None = self._database.execute(
            "select content from picture where digest = ?", (digest,)
        ).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Close the file; what was kept stays."""
        self._database.close()
