"""Rules that a message must keep, as editors write them in `rules.yaml`, and what breaks them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field

from kabar.content.machine_checks import MachineCheck
from kabar.content.reading_text import Reading
from kabar.content.text import Text
from kabar.content.word_checks import WordCheck
from kabar.frozen import Frozen
from kabar.plan import Obligation
from kabar.reading import Line
from kabar.yaml_file import read_yaml

Severity = Literal["block", "warn"]
_SEVERITIES: Final[dict[str, Severity]] = {"tolak": "block", "peringatan": "warn"}


class Finding(NamedTuple):
    """One thing in a text that a rule forbids or misses."""

    #: Id of the rule in `rules.yaml`.
    rule: str
    #: A *block* must be cleared before approval; a *warn* is shown to the one who approves.
    severity: Severity
    #: What is wrong and what would be right, in Bahasa Indonesia.
    message: str
    #: Law, regulation or platform rule behind it.
    legal_basis: str


class Rule(Frozen):
    """One rule with its legal basis and the checks by which a machine can see that it is broken."""

    id: Line
    text: Line = Field(alias="aturan")
    legal_basis: Line = Field(alias="dasar")
    #: Whether a source confirms it; `usulan` is a proposal of this project.
    status: Literal["bersumber", "ingatan", "usulan"]
    sources: tuple[Line, ...] = Field(alias="sumber", default=())
    #: How a person or a programme can test it, in the editor's words.
    test: Line = Field(alias="uji")
    severity: Literal["tolak", "peringatan"] = Field(alias="keparahan")
    #: Empty where only a person can see it.
    checks: tuple[Annotated[MachineCheck | WordCheck, Field(discriminator="cara")], ...] = Field(
        alias="periksa"
    )
    note: Line | None = Field(alias="catatan", default=None)


class Hashtag(Frozen):
    """A hashtag that satker use, with its evidence."""

    tag: Line = Field(alias="tagar")
    status: Literal["bersumber", "ingatan"]
    #: Codes of the calendars it belongs to; empty for all.
    calendars: tuple[Line, ...] = Field(alias="kalender", default=())
    remark: Line = Field(alias="keterangan")
    sources: tuple[Line, ...] = Field(alias="sumber", default=())


class Rules(Frozen):
    """All rules of `rules.yaml` and the list of hashtags."""

    schema_version: Literal[1] = Field(alias="versi_skema")
    rules: tuple[Rule, ...] = Field(alias="aturan", min_length=1)
    hashtags: tuple[Hashtag, ...] = Field(alias="tagar")

    def allowed_hashtags(self, calendar_code: str) -> frozenset[str]:
        """Give the hashtags that a text of this calendar may carry: sourced ones, general or its own."""
        return frozenset(
            hashtag.tag
            for hashtag in self.hashtags
            if hashtag.status == "bersumber" and (not hashtag.calendars or calendar_code in hashtag.calendars)
        )


def read_rules(path: Path) -> Rules:
    """Read `rules.yaml`; a broken file is one InputError with its line, and no rule of it holds."""
    document = read_yaml(path)
    rules = document.read_as(Rules)
    seen: set[str] = set()
    for index, rule in enumerate(rules.rules):
        if rule.id in seen:
            raise document.error(
                ("aturan", index, "id"), f"`{rule.id}` stands twice.", "Give each rule its own id."
            )
        seen.add(rule.id)
    return rules


def check(text: Text, obligation: Obligation, rules: Rules) -> tuple[Finding, ...]:
    """Report what in a text breaks the rules, in the order of the rules; nothing when it may go out."""
    reading = Reading.of(text, obligation, rules.allowed_hashtags(text.facts.get("kode_kalender", "")))
    return tuple(
        Finding(rule.id, _SEVERITIES[rule.severity], message, rule.legal_basis)
        for rule in rules.rules
        for one in rule.checks
        for message in one.find(reading)
    )
