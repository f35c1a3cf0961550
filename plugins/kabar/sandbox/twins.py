"""Which platforms stand beside Facebook."""

from __future__ import annotations

from collections.abc import Sequence

from kabar.sandbox.seeding import SatkerRow
from kabar.sandbox.twin import Twin, TwinBook


def make_twins(book: TwinBook, satker: Sequence[SatkerRow]) -> list[Twin]:  # noqa: ARG001 -- For the first of them.
    """Every twin, on one memory of posts."""
    return []
