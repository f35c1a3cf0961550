"""Everything that the pages need, handed in when the app is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from kabar.content import Finding
from kabar.desk.seal import Seal
from kabar.desk.tables import Tables
from kabar.pictures import Pictures
from kabar.store.database import Database

#: Holds the rules of content against a draft (a row of `store.drafts`) in a new message.
Check = Callable[[Mapping[str, Any], str], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Desk:
    """The doors of Meja Humas: database, tables, rules, clock, secret, pictures."""

    database: Callable[[], Database]
    tables: Callable[[], Tables]
    check: Check
    clock: Callable[[], datetime]
    seal: Seal
    pictures: Pictures


def desk_of(request: Request) -> Desk:
    """The desk that this app was made with."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]
