"""What a satker says: templates filled with the calendar's facts, and the rules that every text must keep."""

from kabar.content.correcting import Mistake, render_correction
from kabar.content.origin import Origin, Origins, facts_named_in, templates_of
from kabar.content.rendering import render
from kabar.content.rules import Finding, Rules, check, read_rules
from kabar.content.templates import Templates, open_templates
from kabar.content.text import Text, content_hash

__all__ = [
    "Finding",
    "Mistake",
    "Origin",
    "Origins",
    "Rules",
    "Templates",
    "Text",
    "check",
    "content_hash",
    "facts_named_in",
    "open_templates",
    "read_rules",
    "render",
    "render_correction",
    "templates_of",
]
