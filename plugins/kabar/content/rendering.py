"""From an obligation to a text: choose the template, fill it, explain what is abbreviated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from kabar.content.choosing import place_of
from kabar.content.facts import facts_of
from kabar.content.templates import Plain, Templates, current_templates
from kabar.content.text import Text
from kabar.election import Calendar
from kabar.plan import Obligation

#: The last lines of a template when they hold hashtags only; elsewhere a hashtag is part of the sentence.
_HASHTAGS: Final = re.compile(r"(?:\A|\s*\n)(#\w+(?: #\w+)*)\Z")
_SPACES: Final = re.compile(r"[ \t]+")
_SPACE_AT_END: Final = re.compile(r" ?\n ?")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def render(obligation: Obligation, *, calendar: Calendar, templates: Path | Templates) -> Text:
    """Write the message that an obligation asks for, in the words of its template.

    Hand over the folder and every file's time is looked at, or opened templates when many texts are written.
    InputError names file and line of a template that cannot be filled.
    """
    stage, kind = obligation.stage.slug, obligation.tonggak.kind
    shelf = (
        templates
        if isinstance(templates, Templates)
        else current_templates(templates, stage=stage, kind=kind)
    )
    choice = shelf.choose(stage, kind, obligation.channel)
    facts = facts_of(obligation, calendar)
    place = place_of(choice, facts, obligation.channel)
    return text_of_template(shelf, choice.name, facts, stage=stage, kind=kind, place=place)


def text_of_template(
    shelf: Templates,
    name: str,
    facts: Mapping[str, Plain],
    *,
    stage: str,
    kind: str,
    place: Mapping[str, Plain] = MappingProxyType({}),
) -> Text:
    """Fill one template of a stage and kind with facts and make its text; errors as `render`.

    `place` are values that only the template needs and no officer has to see.
    """
    filled = _tidy(shelf.fill(name, {**facts, **place}))
    hashtags = _HASHTAGS.search(filled)
    return Text(
        message=shelf.abbreviations.explain(filled[: hashtags.start()] if hashtags else filled),
        link=str(facts["tautan"]),
        alt_text="",
        hashtags=tuple(hashtags[1].split()) if hashtags else (),
        facts={key: value if isinstance(value, str) else _plain(value) for key, value in facts.items()}
        | {"aman_masa_tenang": _plain(shelf.is_quiet(name))},
        template=name,
        template_hash=shelf.hash_of(name, stage=stage, kind=kind),
    )


def _tidy(text: str) -> str:
    """Take away what blocks and conditions leave behind: doubled spaces and more than one empty line."""
    return _BLANK_LINES.sub("\n\n", _SPACE_AT_END.sub("\n", _SPACES.sub(" ", text))).strip()


def _plain(value: int | bool) -> str:  # noqa: FBT001  A fact is a value, not a switch.
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return str(value)
