"""Which platforms stand beside Facebook."""

from __future__ import annotations

from collections.abc import Callable

from kabar.sandbox.containers import ContainerBook
from kabar.sandbox.graph.settings import GraphSettings
from kabar.sandbox.seeding import SatkerRow
from kabar.sandbox.telegram.twin import TelegramTwin
from kabar.sandbox.threads.twin import ThreadsTwin
from kabar.sandbox.twin import Twin, TwinBook
from kabar.sandbox.website_twin import WebsiteTwin
from kabar.sandbox.x.twin import XTwin


def make_twins(
    book: TwinBook,
    satker: tuple[SatkerRow, ...],
    containers: ContainerBook,
    *,
    dials: Callable[[], GraphSettings],
) -> list[Twin]:
    """Every twin, on one memory of posts."""
    return [
        ThreadsTwin(containers, satker, dials=dials),
        XTwin(book, satker, dials=dials),
        TelegramTwin(book, satker),
        WebsiteTwin(book, satker),
    ]
