"""The words of a correction (*ralat*): what a post said wrongly, and what is true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from kabar.content.choosing import place_of
from kabar.content.facts import seasons
from kabar.content.rendering import text_of_template
from kabar.content.templates import current_templates
from kabar.content.text import Text
from kabar.content.wording import long_date
from kabar.election import Calendar
from kabar.satker import Satker

#: The kind of message that a correction is; templates of this kind lie in a folder of this name.
KIND: Final = "ralat"


class Mistake(NamedTuple):
    """What was wrong with a post that stands."""

    #: The facts that had filled its template.
    facts: Mapping[str, str]
    published_at: datetime
    #: What stands there, in the officer's words.
    wrong: str
    #: What is true, in the officer's words.
    truth: str


def render_correction(
    mistake: Mistake,
    *,
    calendar: Calendar,
    stage: str,
    satker: Satker,
    channel: str,
    says_at: datetime,
    templates: Path,
) -> Text:
    """Write the correction of a post, to be said at `says_at`.

    It keeps the facts of the post (satker, link, legal basis), so that the same rules hold it; whether it is
    masa tenang is asked of the new moment. InputError names a template that is missing or cannot be filled.
    """
    shelf = current_templates(templates, stage=stage, kind=KIND)
    zone = satker.timezone
    facts = {
        **mistake.facts,
        **seasons(calendar, says_at.astimezone(zone).date(), says_at),
        "jenis": KIND,
        "salah": mistake.wrong,
        "benar": mistake.truth,
        "tanggal_asal": long_date(mistake.published_at.astimezone(zone).date()),
    }
    choice = shelf.choose(stage, KIND, channel)
    place = place_of(choice, facts, channel)
    return text_of_template(shelf, choice.name, facts, stage=stage, kind=KIND, place=place)
