"""Write the golden files anew: every message as a citizen would read it, one file a stage.

Run with `PYTHONPATH=plugins python tests/golden/rewrite.py` and read the difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kabar.calendar import Calendar, binds, read_calendars
from kabar.content import Templates, open_templates, render
from kabar.plan import obligations_of, public_stages
from kabar.satker import Satker, read_satker
from kabar.tonggak import Patterns, Tonggak, read_patterns, tonggak_of

FOLDER = Path(__file__).resolve().parent
INCLUDE = FOLDER.parents[1] / "include"
#: A province in WITA, a KIP in Aceh, and a kabupaten in WIT with a long name.
CONTRASTING = ("51", "1101", "9502")
#: Weekly messages repeat their words after four weeks at the latest; later weeks would add nothing to read.
LAST_WEEKLY_DAY = 28


def golden_texts() -> dict[Path, str]:
    """Render what each golden file should hold, by its path."""
    satker = {one.code: one for one in read_satker(INCLUDE / "satker.csv")}
    patterns = read_patterns(INCLUDE / "tonggak.yaml")
    templates = open_templates(INCLUDE / "templates")
    return {
        FOLDER / calendar.code / f"{stage.slug}.facebook.txt": "\n".join(
            _messages(calendar, stage.slug, satker, patterns, templates)
        )
        for calendar in read_calendars(INCLUDE / "calendars")
        for stage in public_stages(calendar)
    }


def _messages(
    calendar: Calendar, slug: str, satker: Mapping[str, Satker], patterns: Patterns, templates: Templates
) -> Iterator[str]:
    stage = calendar.stage(slug)
    bound = [one for one in satker.values() if binds(stage, one)]
    chosen = [one for one in bound if one.code in CONTRASTING] or bound[:1]
    for tonggak in tonggak_of(calendar, stage, patterns):
        if _repeats(tonggak):
            continue
        for obligation in obligations_of(calendar, stage, tonggak, chosen, ("facebook",)):
            text = render(obligation, calendar=calendar, templates=templates)
            moment = f"{obligation.publish_at:%Y-%m-%d %H.%M} {obligation.satker.zone}"
            yield f"──────── {tonggak.key} · {tonggak.kind} · {obligation.satker.code} · {moment}\n"
            yield f"{text.posted}\n"


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
