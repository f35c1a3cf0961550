"""Hold the rules of content and the limits of the channel against what an officer has written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kabar.channels.composing import misfits
from kabar.content import Finding, check, read_rules
from kabar.desk.desk import Check
from kabar.desk.tables import read_tables
from kabar.desk.writing import text_of
from kabar.pattern import read_patterns
from kabar.plan import Obligation, obligations_of
from kabar.settings import Settings
from kabar.tonggak import tonggak_of


def rules_check(settings: Settings) -> Check:
    """Make the check of this installation; rules and patterns are read anew each time."""

    def findings(row: Mapping[str, Any], message: str) -> tuple[Finding, ...]:
        obligation = _obligation(row, settings)
        if obligation is None:
            return (MOVED,)
        text = text_of(row, message)
        rules = read_rules(settings.include / "rules.yaml")
        return (*check(text, obligation, rules), *misfits(obligation.channel, text))

    return findings


#: Without its calendar nobody can tell whether a draft still says what is due.
MOVED = Finding(
    rule="kalender-berubah",
    severity="block",
    message="Tonggak ini tidak ada lagi di kalender tahapan. Tanyakan kepada tim data sebelum menyetujui.",
    legal_basis="Kalender tahapan yang berlaku",
)


def _obligation(row: Mapping[str, Any], settings: Settings) -> Obligation | None:
    """What the draft answers to, in the calendars as they are now; None when that is gone."""
    tables = read_tables(settings)
    calendar = tables.calendars.get(row["calendar"])
    stage = next((one for one in calendar.stages if one.slug == row["stage"]), None) if calendar else None
    if calendar is None or stage is None:
        return None
    patterns = read_patterns(settings.include / "tonggak.yaml")
    tonggak = next((one for one in tonggak_of(calendar, stage, patterns) if one.key == row["tonggak"]), None)
    if tonggak is None:
        return None
    satker = tables.satker[row["satker_code"]]
    return next(iter(obligations_of(calendar, stage, tonggak, [satker], [row["channel"]])), None)
