"""`kabar preview`: one message as a citizen would read it, with all that an editor wants to know about it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from kabar.channels.composing import LIMITS, length_on, word_misfits
from kabar.commands.previewed_poster import write_poster
from kabar.commands.terminal import say, table
from kabar.content import Rules, Templates, Text, check, facts_named_in, open_templates, render, templates_of
from kabar.content.machine_checks import Length, SentenceLength
from kabar.content.reading_text import Reading
from kabar.errors import RefusedError
from kabar.orchestration.tables import Tables
from kabar.plan import Obligation, obligations_of
from kabar.satker import ZONES, Satker
from kabar.settings import Settings
from kabar.tonggak import Tonggak, tonggak_of

BLOCKED = 1
_RULE = "─" * 60


def preview(options: argparse.Namespace, settings: Settings) -> int:
    """Show one message, or the list of a stage's messages if none is chosen. Gives 1 when a rule blocks it.

    Templates and calendars are read anew each time: change a file and call it again.
    """
    tables = Tables.read(settings)
    calendar = tables.calendar(options.calendar)
    stage = tables.stage(calendar, options.stage)
    known = tables.channels.names
    if options.channel not in known:
        raise RefusedError(f"There is no channel {options.channel!r}; there are {', '.join(known)}.")
    all_of_stage = tonggak_of(calendar, stage, tables.patterns)
    wanted = [
        one
        for one in all_of_stage
        if options.kind in {None, one.kind} and options.tonggak in {None, one.label}
    ]
    if not wanted:
        labels = ", ".join(f"{one.label} ({one.kind})" for one in all_of_stage)
        raise RefusedError(f"{stage.slug} has no such tonggak; it has {labels or 'none'}.")
    if options.at is not None:
        tonggak = _first_from(options.at, wanted)
    elif options.tonggak is not None or len(wanted) == 1:
        tonggak = wanted[0]
    else:
        _list(wanted)
        return 0
    obligations = obligations_of(calendar, stage, tonggak, tables.satker, (options.channel,))
    obligation = _of_satker(obligations, options.satker, tables.satker)
    templates = open_templates(settings.templates)
    text = render(obligation, calendar=calendar, templates=templates)
    if options.poster is not None:
        text = text._replace(alt_text=write_poster(obligation, templates, settings, options))
    _show(text, obligation)
    _describe(text, obligation, templates, tables.rules)
    price = tables.channels.price(options.channel, text.posted)
    if price is not None:
        say(f"price: US$ {price} a post (include/channels.yaml)")
    # Pictures are made when a draft is made, so here only the words are held to the channel.
    findings = (*check(text, obligation, tables.rules), *word_misfits(options.channel, text))
    for finding in findings:
        say(f"{finding.severity} {finding.rule}: {finding.message}")
        say(f"    basis: {finding.legal_basis}")
    if not findings:
        say("No finding.")
    return BLOCKED if any(finding.severity == "block" for finding in findings) else 0


def _first_from(moment: datetime, wanted: Sequence[Tonggak]) -> Tonggak:
    """Choose the first tonggak whose earliest wave is not before a moment; without a zone it is local."""
    east = ZoneInfo(next(iter(ZONES.values())))
    since = moment if moment.tzinfo else moment.replace(tzinfo=east)
    for one in wanted:
        if one.publish_at(east) >= since:
            return one
    last = f"{wanted[-1].label} at {wanted[-1].publish_at(east).isoformat()}"
    raise RefusedError(f"The last of these messages is {last}; choose an earlier moment.")


def _list(wanted: Sequence[Tonggak]) -> None:
    rows = [("tonggak", "kind", "day", "local time", "theme")]
    rows += [
        (one.label, one.kind, f"{one.on_date:%Y-%m-%d}", f"{one.at_time:%H.%M}", one.theme or "")
        for one in wanted
    ]
    for line in table(rows):
        say(line)
    say("Choose one with --tonggak LABEL or --at MOMENT.")


def _of_satker(obligations: Sequence[Obligation], code: str | None, satker: Sequence[Satker]) -> Obligation:
    if code is None and obligations:
        return obligations[0]
    for obligation in obligations:
        if obligation.satker.code == code:
            return obligation
    if code in {one.code for one in satker}:
        raise RefusedError(f"This stage does not bind satker {code}; it binds {len(obligations)} others.")
    raise RefusedError(f"There is no satker {code!r} in satker.csv.")


def _show(text: Text, obligation: Obligation) -> None:
    satker = obligation.satker
    say(
        f"{obligation.calendar.code} · {obligation.tonggak.key} · {obligation.tonggak.kind} · "
        f"{satker.code} {satker.short_name} · {obligation.channel}"
    )
    say(
        f"due {obligation.publish_at:%Y-%m-%d %H.%M} {satker.zone}, "
        f"not after {obligation.not_after:%Y-%m-%d %H.%M} {satker.zone}"
    )
    say(_RULE)
    say(text.posted)
    say(_RULE)


def _describe(text: Text, obligation: Obligation, templates: Templates, rules: Rules) -> None:
    reading = Reading.of(text, obligation, rules.allowed_hashtags(obligation.calendar.code))
    words = [len(sentence.split()) for sentence in reading.sentences]
    limits = [
        (rule.id, one.most[obligation.channel])
        for rule in rules.rules
        for one in rule.checks
        if isinstance(one, Length) and obligation.channel in one.most
    ]
    of_channel = LIMITS[obligation.channel].length
    if of_channel is not None:
        limits.insert(0, (obligation.channel, of_channel))
    shown = "; ".join(f"{rule} at most {most:,}" for rule, most in limits) or "no limit"
    say(f"length as the channel counts: {length_on(obligation.channel, text):,} ({shown})")
    longest = [
        f"; {rule.id} at most {one.most} on average"
        for rule in rules.rules
        for one in rule.checks
        if isinstance(one, SentenceLength)
    ]
    if words:
        say(
            f"sentences: {len(words)}, {sum(words) / len(words):.1f} words on average, "
            f"the longest {max(words)}{''.join(longest)}"
        )
    say(f"link: {text.link}")
    say(f"alt text: {text.alt_text or 'none, there is no picture'}")
    used = templates_of(obligation, templates)
    say(f"template: {text.template}; built with {', '.join(used[1:]) or 'nothing else'}")
    named = facts_named_in(templates, used)
    say("facts:")
    for name in sorted(named & text.facts.keys()):
        say(f"    {name} = {text.facts[name]}")
