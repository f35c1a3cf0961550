"""Which template says a message: the most particular one wins.

`<stage>/<kind>.<channel>.j2`, `<stage>/<kind>.j2`, `<kind>/<channel>.j2`, `<kind>/pesan.j2`. A stage's own
template builds upon one of the last two, and those build upon the skeleton of the channel, at the top.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from kabar.errors import InputError

#: Channels that a person posts to by hand; they share the templates named `manual` (the channels of
#: `channels.yaml` whose `cara` is manual).
BY_HAND: Final = frozenset({"youtube", "tiktok", "whatsapp", "facebook_group"})
#: Of a kind, for all channels.
MESSAGE: Final = "pesan"
#: Channels whose posts are so short that the name of the satker stands in them once, below the text.
SHORT: Final = frozenset({"threads", "x"})


class Choice(NamedTuple):
    """The template of one message and what it may build upon, each relative to the folder of templates."""

    name: str
    #: What says this kind of message on the channel when the stage has no words of its own for it.
    of_kind: str
    #: Where the blocks stand on the channel.
    skeleton: str


def choose(names: Collection[str], folder: Path, *, words: str, kind: str, channel: str) -> Choice:
    """Choose among the names of templates; `words` is the folder of the stage's own.

    InputError if neither the stage nor the kind has a template.
    """
    shelves = (channel, "manual") if channel in BY_HAND else (channel,)
    of_kind = [f"{kind}/{name}.j2" for name in (*shelves, MESSAGE)]
    own = [f"{words}/{kind}.{name}.j2" for name in shelves]
    ladder = [name for name in (*own, f"{words}/{kind}.j2", *of_kind) if name in names]
    if not ladder:
        raise InputError(
            f"no template says a {kind} on {channel}.",
            file=folder / of_kind[-1],
            line=None,
            key=kind,
            remedy=f"Write {of_kind[-1]}, or {words}/{kind}.j2 for this stage alone.",
        )
    base = next((name for name in of_kind if name in names), of_kind[-1])
    return Choice(ladder[0], base, f"{shelves[-1]}.j2")


def place_of(choice: Choice, facts: Mapping[str, str | int | bool], channel: str) -> dict[str, str | bool]:
    """Give what a template is told besides the facts: where its words will stand, and what it builds upon."""
    is_short = channel in SHORT
    return {
        "kanal": channel,
        "singkat": is_short,
        "sebutan": str(facts["lembaga"] if is_short else facts["satker"]),
        "kerangka": choice.skeleton,
        "templat_jenis": choice.of_kind,
    }
