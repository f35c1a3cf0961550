"""Write the golden files anew: every message on every channel, and every poster, as a citizen reads them.

Run with `PYTHONPATH=plugins python tests/golden/rewrite.py` and read the difference before you commit it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from kabar.calendar import Calendar, binds, read_calendars
from kabar.content import Mistake, Templates, open_templates, render, render_correction
from kabar.content.poster_words import words_of_poster
from kabar.plan import Obligation, obligations_of, public_stages
from kabar.satker import Satker, read_satker
from kabar.tonggak import Patterns, Tonggak, read_patterns, tonggak_of

FOLDER = Path(__file__).resolve().parent
INCLUDE = FOLDER.parents[1] / "include"
#: A province in WITA, a KIP in Aceh, and a kabupaten in WIT with a long name.
CONTRASTING = ("51", "1101", "9502")
#: Channels with words of their own; of the others, which take the words of the first and end differently, the
#: differences are shown for the first message of each kind.
IN_FULL = ("facebook", "threads", "x")
LIKE_THE_FIRST = ("instagram", "telegram", "website", "whatsapp")
#: Weekly messages repeat their words after four weeks at the latest; later weeks would add nothing to read.
LAST_WEEKLY_DAY = 28
#: How long after the wrong post its correction is said.
CORRECTED_AFTER = timedelta(hours=2)


def golden_texts() -> dict[Path, str]:
    """Render what each golden file should hold, by its path."""
    satker = {one.code: one for one in read_satker(INCLUDE / "satker.csv")}
    patterns = read_patterns(INCLUDE / "tonggak.yaml")
    templates = open_templates(INCLUDE / "templates")
    calendars = read_calendars(INCLUDE / "calendars")
    posters = {
        FOLDER / calendar.code / f"{stage.slug}.poster.txt": "\n".join(
            _posters(calendar, stage.slug, satker, patterns, templates)
        )
        for calendar in calendars
        for stage in public_stages(calendar)
    }
    corrected = next(one for one in calendars if one.code == "pilkada-2024")
    corrections = _corrections(corrected, satker, patterns, templates)
    return (
        posters
        | {FOLDER / "ralat.txt": "\n".join(corrections)}
        | {
            FOLDER / calendar.code / f"{stage.slug}.txt": "\n".join(
                _messages(calendar, stage.slug, satker, patterns, templates)
            )
            for calendar in calendars
            for stage in public_stages(calendar)
        }
    )


def _corrections(
    calendar: Calendar, satker: Mapping[str, Satker], patterns: Patterns, templates: Templates
) -> Iterator[str]:
    """What a correction says on each channel, for the first day of one stage."""
    stage = calendar.stage("pendaftaran-paslon")
    tonggak = next(one for one in tonggak_of(calendar, stage, patterns) if one.days_to_anchor == 0)
    for code in CONTRASTING:
        for obligation in obligations_of(
            calendar, stage, tonggak, (satker[code],), (*IN_FULL, *LIKE_THE_FIRST)
        ):
            wrong = render(obligation, calendar=calendar, templates=templates)
            text = render_correction(
                Mistake(
                    wrong.facts,
                    obligation.publish_at,
                    "Pendaftaran dibuka pukul 07.00.",
                    "Pendaftaran dibuka pukul 08.00.",
                ),
                calendar=calendar,
                stage=stage.slug,
                satker=obligation.satker,
                channel=obligation.channel,
                says_at=obligation.publish_at + CORRECTED_AFTER,
                templates=INCLUDE / "templates",
            )
            yield f"{_head(obligation)}, ralat\n\n{text.posted}\n"


def _messages(
    calendar: Calendar, slug: str, satker: Mapping[str, Satker], patterns: Patterns, templates: Templates
) -> Iterator[str]:
    stage = calendar.stage(slug)
    bound = [one for one in satker.values() if binds(stage, one)]
    chosen = [one for one in bound if one.code in CONTRASTING] or bound[:1]
    kinds: set[str] = set()
    for tonggak in tonggak_of(calendar, stage, patterns):
        if _repeats(tonggak):
            continue
        is_first = tonggak.kind not in kinds
        kinds.add(tonggak.kind)
        for one in chosen:
            written = {
                obligation.channel: (
                    _head(obligation),
                    render(obligation, calendar=calendar, templates=templates).posted,
                )
                for obligation in obligations_of(
                    calendar, stage, tonggak, (one,), (*IN_FULL, *LIKE_THE_FIRST)
                )
            }
            for channel in IN_FULL:
                head, posted = written[channel]
                yield f"{head}\n\n{posted}\n"
            for channel in LIKE_THE_FIRST if is_first else ():
                head, posted = written[channel]
                yield f"{head}, like {IN_FULL[0]} but\n\n{_changes(written[IN_FULL[0]][1], posted)}\n"


def _head(obligation: Obligation) -> str:
    tonggak, satker = obligation.tonggak, obligation.satker
    moment = f"{obligation.publish_at:%Y-%m-%d %H.%M} {satker.zone}"
    return f"──────── {tonggak.key} · {tonggak.kind} · {satker.code} · {moment} · {obligation.channel}"


def _changes(like: str, posted: str) -> str:
    """The lines that one text lacks and those it has instead."""
    lines = difflib.ndiff(like.splitlines(), posted.splitlines())
    return "\n".join(line.rstrip() for line in lines if line.startswith(("- ", "+ ")) and line[2:].strip())


def _posters(
    calendar: Calendar, slug: str, satker: Mapping[str, Satker], patterns: Patterns, templates: Templates
) -> Iterator[str]:
    """What the posters of a stage say; of one satker, because only its name differs."""
    stage = calendar.stage(slug)
    bound = [one for one in satker.values() if binds(stage, one)]
    chosen = [one for one in bound if one.code in CONTRASTING] or bound
    for tonggak in tonggak_of(calendar, stage, patterns):
        if _repeats(tonggak):
            continue
        (obligation,) = obligations_of(calendar, stage, tonggak, chosen[-1:], ("facebook",))
        words = words_of_poster(obligation, calendar=calendar, templates=templates)
        yield f"──────── {tonggak.key} · {tonggak.kind} · {obligation.satker.code}\n"
        yield f"{words.number} | {words.month} | {words.detail}\n{words.alt_text}\n"


def _repeats(tonggak: Tonggak) -> bool:
    return tonggak.kind == "edukasi" and tonggak.days_to_anchor < -LAST_WEEKLY_DAY


def main() -> None:
    """Replace all golden files; files of stages that are gone are removed."""
    texts = golden_texts()
    for file in FOLDER.rglob("*.txt"):
        if file not in texts:
            file.unlink()
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
