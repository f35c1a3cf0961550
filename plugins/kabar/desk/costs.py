"""What platforms take for posts, said before anybody approves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from kabar.addresses import has_address
from kabar.channel_table import ChannelTable
from kabar.desk.words import number
from kabar.posting.publish import full_text
from kabar.posting.states import State

#: Of these nothing more will be sent.
_FREE: Final[frozenset[State]] = frozenset({"refused", "expired"})
_CENT: Final = Decimal("0.01")


def cost_lines(rows: Iterable[Mapping[str, Any]], channels: ChannelTable) -> tuple[str, ...]:
    """Say for each channel that charges what the posts of these drafts cost; nothing where none is charged.

    `rows` are those of `store.drafts`; what was refused or died costs nothing, what is out already counts.
    """
    spent: dict[str, Decimal] = {}
    posts: dict[str, list[bool]] = {}
    for row in rows:
        text = full_text(row["message"], row["hashtags"])
        price = channels.price(row["channel"], text)
        if price is not None and row["state"] not in _FREE:
            spent[row["channel"]] = spent.get(row["channel"], Decimal(0)) + price
            posts.setdefault(row["channel"], []).append(has_address(text))
    titles: dict[str, str] = {name: row.title for name, row in channels.by_name.items()}
    return tuple(
        f"Biaya {titles[channel]}: {dollars(total)} untuk {_posts(posts[channel])}."
        for channel, total in spent.items()
    )


def _posts(has_link: list[bool]) -> str:
    linked = sum(has_link)
    kinds = ((linked, "unggahan bertautan"), (len(has_link) - linked, "unggahan tanpa tautan"))
    return " dan ".join(f"{number(many)} {kind}" for many, kind in kinds if many)


def dollars(amount: Decimal) -> str:
    """An amount as Indonesian writes it: `US$ 1.109,00`; parts of a cent only where there are any."""
    places = 2 if amount == amount.quantize(_CENT) else 3
    return f"US$ {amount:,.{places}f}".translate(str.maketrans(",.", ".,"))
