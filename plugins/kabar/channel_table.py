"""The channels of `include/channels.yaml`: how a post gets there, who owes one, what one costs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field

from kabar.accounts import Channel
from kabar.addresses import has_address
from kabar.frozen import Frozen
from kabar.reading import Flag, Line, WrongValueError
from kabar.yaml_file import read_yaml

_DOLLARS: Final = re.compile(r"\d{1,3}\.\d{2,4}", re.ASCII)

Status: TypeAlias = Literal["bersumber", "usulan", "ingatan"]


def _dollars(value: object) -> object:
    if isinstance(value, str) and _DOLLARS.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    # Written as a number it would be read as a binary fraction, and 545 posts would not cost 109.00.
    raise WrongValueError(f"`{value}` is not a price.", "Write dollars and cents in quotes, as in '0.015'.")


Dollars = Annotated[Decimal, BeforeValidator(_dollars)]


class Price(Frozen):
    """What the platform takes for one post, in US dollars."""

    without_link: Dollars = Field(alias="tanpa_tautan")
    with_link: Dollars = Field(alias="dengan_tautan")
    status: Status
    sources: tuple[Line, ...] = Field(alias="sumber", min_length=1)


class ChannelRow(Frozen):
    """One channel."""

    #: As Humas officers read it.
    title: Line = Field(alias="nama")
    #: `manual`: no lawful way for a machine; a person copies, posts and pastes the link back.
    way: Literal["api", "manual"] = Field(alias="cara")
    #: `semua`: every satker owes its posts; `bila_punya_akun`: those with an account in the registry.
    owed: Literal["semua", "bila_punya_akun"] = Field(alias="wajib")
    #: Whether its posts carry the official link.
    has_link: Flag = Field(alias="tautan")
    #: Whether the platform takes a description of a picture; otherwise the text itself must say it all.
    has_alt_text: Flag = Field(alias="alt_teks")
    price: Price | None = Field(alias="harga_usd", default=None)
    status: Status
    sources: tuple[Line, ...] = Field(alias="sumber", default=())

    @property
    def is_manual(self) -> bool:
        """Whether a person posts it by hand."""
        return self.way == "manual"


class ChannelTable(Frozen):
    """Everything that `include/channels.yaml` decides."""

    schema_version: Literal[1] = Field(alias="versi_skema", default=1)
    by_name: Mapping[Channel, ChannelRow] = Field(alias="kanal")

    @property
    def names(self) -> tuple[Channel, ...]:
        """All channels, in the order of the file."""
        return tuple(self.by_name)

    @property
    def manual(self) -> frozenset[str]:
        """The channels on which a person posts by hand."""
        return frozenset(name for name, row in self.by_name.items() if row.is_manual)

    def owed_with(self, held: Collection[str]) -> tuple[Channel, ...]:
        """Return the channels on which a satker owes its posts, given those on which it has an account."""
        return tuple(name for name, row in self.by_name.items() if row.owed == "semua" or name in held)

    def price(self, channel: str, text: str) -> Decimal | None:
        """Return what one post of this text costs in US dollars; None on a channel that takes nothing.

        X takes more for a post with a link, and a bare `kpu.go.id` is one (docs.x.com, pricing).
        """
        for name, row in self.by_name.items():
            if name == channel and row.price is not None:
                return row.price.with_link if has_address(text) else row.price.without_link
        return None


def read_channels(path: Path) -> ChannelTable:
    """Return the table of channels; every channel that an account may name stands in it.

    Raises:
        InputError: the first thing that is wrong, with file, line, key and remedy.
    """
    document = read_yaml(path)
    table = document.read_as(ChannelTable)
    for name in get_args(Channel):
        if name not in table.by_name:
            raise document.error(("kanal", name), "is missing.", "Restore it from the last version.")
    return table
