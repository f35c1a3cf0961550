"""The pictures of drafts: one poster a satker and tonggak, for all its channels that show one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kabar.calendar import Calendar
from kabar.content import open_templates
from kabar.content.designs import Designs
from kabar.content.drawing import draw
from kabar.content.poster import poster
from kabar.orchestration.tables import Tables
from kabar.plan import Obligation
from kabar.settings import Settings


class Pictured(NamedTuple):
    """One poster as it is kept."""

    sha256: str
    alt_text: str


def pictures_of(
    obligations: Iterable[Obligation], calendar: Calendar, tables: Tables, settings: Settings
) -> Mapping[str, Pictured]:
    """Draw and keep the posters that some obligations of one tonggak need, by the code of their satker.

    What was drawn before is not drawn again. InputError names file and line of a design that cannot be drawn.
    """
    speakers = {one.satker.code: one for one in obligations if tables.channels.has_picture(one.channel)}
    if not speakers:
        return {}
    templates, designs = open_templates(settings.templates), Designs(settings.posters)
    posters = [
        poster(one, calendar=calendar, templates=templates, designs=designs) for one in speakers.values()
    ]
    names = draw(posters, settings.picture_store)
    return {
        code: Pictured(name, drawn.alt_text)
        for code, drawn, name in zip(speakers, posters, names, strict=True)
    }
