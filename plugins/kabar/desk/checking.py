"""Hold the rules of content and the limits of the channel against what an officer has written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from kabar.channels.composing import misfits
from kabar.content import Finding, Rules, Text, check, read_rules
from kabar.desk.desk import Check
from kabar.desk.tables import Tables, read_tables
from kabar.desk.writing import text_of
from kabar.pattern import Patterns, read_patterns
from kabar.plan import Obligation, obligations_of
from kabar.posting.remedies import corrected_tonggak
from kabar.settings import Settings
from kabar.tonggak import tonggak_of


def rules_check(settings: Settings) -> Check:
    """Make the check of this installation; rules and patterns are read anew each time."""

    def findings(row: Mapping[str, Any], message: str) -> tuple[Finding, ...]:
        return Rulebook.read(settings).findings(row, text_of(row, message))

    return findings


#: Without its calendar nobody can tell whether a draft still says what is due.
MOVED = Finding(
    rule="kalender-berubah",
    severity="block",
    message="Tonggak ini tidak ada lagi di kalender tahapan. Tanyakan kepada tim data sebelum menyetujui.",
    legal_basis="Kalender tahapan yang berlaku",
)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules and what they are held against, as the files say now."""

    tables: Tables
    patterns: Patterns
    rules: Rules

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Read everything once, for one text or for hundreds."""
        return cls(
            read_tables(settings),
            read_patterns(settings.include / "tonggak.yaml"),
            read_rules(settings.include / "rules.yaml"),
        )

    def findings(
        self, row: Mapping[str, Any], text: Text, *, says_at: datetime | None = None
    ) -> tuple[Finding, ...]:
        """Hold the rules against a text that a draft (calendar, stage, tonggak, satker, channel) would say.

        A correction is said at another moment (`says_at`) than the post that it corrects.
        """
        obligation = self._obligation(row)
        if obligation is None:
            return (MOVED,)
        said = obligation if says_at is None else obligation._replace(publish_at=says_at)
        return (*check(text, said, self.rules), *misfits(obligation.channel, text))

    def _obligation(self, row: Mapping[str, Any]) -> Obligation | None:
        """What the draft answers to, in the calendars as they are now; None when that is gone."""
        calendar = self.tables.calendars.get(row["calendar"])
        stage = next((one for one in calendar.stages if one.slug == row["stage"]), None) if calendar else None
        if calendar is None or stage is None:
            return None
        key = corrected_tonggak(row["tonggak"])
        tonggak = next((one for one in tonggak_of(calendar, stage, self.patterns) if one.key == key), None)
        if tonggak is None:
            return None
        satker = self.tables.satker[row["satker_code"]]
        return next(iter(obligations_of(calendar, stage, tonggak, [satker], [row["channel"]])), None)
