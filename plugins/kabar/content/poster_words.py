"""What a poster says: the words of the messages that it goes with, part by part.

For the templates a poster is one more channel (`kabar.content.choosing`): its blocks headline, body and call
are those of the kind and the stage, and `<kind>/poster.j2` adds the day that it shows. So a poster and the
posts around it cannot differ.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

from kabar.content.choosing import place_of
from kabar.content.facts import facts_of
from kabar.content.templates import Templates
from kabar.content.wording import sentence_case
from kabar.election import Calendar
from kabar.errors import InputError
from kabar.plan import Obligation

#: The channel by whose name the templates of posters are chosen.
POSTER: Final = "poster"

_BLOCKS: Final = ("label", "judul", "pengantar", "dari", "sampai", "jam", "fakta", "ajakan")
#: A day as `wording.long_date` writes it.
_DAY: Final = re.compile(r"(?P<weekday>\w+), (?P<day>\d{1,2}) (?P<month>\w+) (?P<year>\d{4})")
_DASH: Final = "\u2013"
_END: Final = (".", "?", "!")


class Words(NamedTuple):
    """Every text that may stand on a poster, each on one line; empty where the message has none."""

    satker: str
    calendar: str
    #: What kind of message it is, or what stood before a colon in the headline: `Besok`, `Hari ini`.
    label: str
    title: str
    #: What happens on the day below: `Dimulai`, `Berakhir`.
    lead: str
    #: The day or days as large as can be (`27` to `29`), their month and year, and weekdays with hours.
    number: str
    month: str
    detail: str
    fact: str
    call: str
    #: Official site without its scheme.
    site: str
    #: All of it in sentences, for those who cannot see the poster; one line.
    alt_text: str

    def drawn(self) -> dict[str, object]:
        """Give the texts by the names under which the drawings know them."""
        return {
            "satker": self.satker,
            "kalender": self.calendar,
            "label": self.label,
            "judul": self.title,
            "pengantar": self.lead,
            "angka": self.number,
            "bulan": self.month,
            "rinci": self.detail,
            "fakta": self.fact,
            "ajakan": self.call,
            "laman": self.site,
        }


def words_of_poster(obligation: Obligation, *, calendar: Calendar, templates: Templates) -> Words:
    """Take the words of a poster from the message that an obligation asks for.

    InputError names file and line of a template that cannot be filled or gives no proper day.
    """
    stage, kind = obligation.stage.slug, obligation.tonggak.kind
    choice = templates.choose(stage, kind, POSTER)
    name, values = choice.name, facts_of(obligation, calendar)
    blocks = templates.blocks(name, {**values, **place_of(choice, values, POSTER)})
    for block in _BLOCKS:
        if block not in blocks:
            _refuse(
                templates,
                name,
                f"there is no block {block}.",
                f"Write {{% block {block} %}}{{% endblock %}}.",
            )
    said = {block: " ".join(blocks[block].split()) for block in _BLOCKS}
    label, title = _headline(said["label"], said["judul"])
    days = [said["dari"], *([said["sampai"]] if said["sampai"] not in {"", said["dari"]} else [])]
    when = ", ".join(part for part in (" sampai ".join(filter(None, days)), said["jam"]) if part)
    # In the order in which a poster is read, so that an abbreviation is written out where it comes first.
    label, title, lead, when, fact, call = templates.abbreviations.explain(
        "\n".join((label, title, said["pengantar"], when, said["fakta"], said["ajakan"]))
    ).split("\n")
    satker, site = obligation.satker.short_name, _site(str(values["tautan"]))
    number, month, detail = _shown(days, said["jam"], templates, name) if said["dari"] else ("", "", "")
    return Words(
        satker=satker,
        calendar=calendar.short_title,
        label=label,
        title=title,
        lead=lead,
        number=number,
        month=month,
        detail=detail,
        fact=fact,
        call=call,
        site=site,
        alt_text=" ".join(
            sentence if sentence.endswith(_END) else f"{sentence}."
            for sentence in (
                f"Poster {satker}, {calendar.short_title}",
                f"{label}: {title}" if label else title,
                f"{lead}: {when}" if lead and when else when,
                fact,
                call,
                f"Informasi resmi: {site}",
            )
            if sentence
        ),
    )


def _headline(label: str, title: str) -> tuple[str, str]:
    before, colon, after = title.partition(": ")
    return (before, sentence_case(after)) if colon else (label, title)


def _site(address: str) -> str:
    parts = urlsplit(address)
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}"


def _shown(days: list[str], hours: str, templates: Templates, name: str) -> tuple[str, str, str]:
    """Split days into what is drawn large, the month below, and the weekdays with the hours."""
    found = [_DAY.fullmatch(day) for day in days]
    if None in found:
        _refuse(
            templates,
            name,
            f"“{' / '.join(days)}” is no day.",
            "Blocks dari and sampai hold a whole date: {{ mulai }}, {{ selesai }}, {{ hari_ini }}.",
        )
    parts = [one.groupdict() for one in found if one]
    first, last = parts[0], parts[-1]
    # Weekdays say something about a few days, and nothing about a span of months.
    weekdays = " sampai ".join(one["weekday"] for one in parts) if first["month"] == last["month"] else ""
    detail = ", ".join(part for part in (weekdays, hours) if part)
    if first["year"] != last["year"]:
        number, month = f" {_DASH} ".join(f"{one['day']} {one['month']} {one['year']}" for one in parts), ""
    elif first["month"] != last["month"]:
        number, month = f" {_DASH} ".join(f"{one['day']} {one['month']}" for one in parts), first["year"]
    else:
        number, month = _DASH.join(one["day"] for one in parts), f"{first['month']} {first['year']}"
    return number, month, detail


def _refuse(templates: Templates, name: str, problem: str, remedy: str) -> NoReturn:
    raise InputError(problem, file=templates.folder / name, line=None, key=name, remedy=remedy)
