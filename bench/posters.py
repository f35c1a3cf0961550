"""553 posters of one message, from words to kept JPEG, then once more from the cache.

Run: PYTHONPATH=plugins .venv/bin/python bench/posters.py
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path

from kabar.calendar import read_calendars
from kabar.content import open_templates
from kabar.content.designs import Designs
from kabar.content.drawing import draw
from kabar.content.poster import poster
from kabar.pictures import Pictures
from kabar.plan import Obligation
from kabar.satker import read_satker
from kabar.settings import Settings
from kabar.tonggak import read_patterns, tonggak_of

CALENDAR, STAGE, LABEL = "pilkada-2024", "pembentukan-badan-adhoc", "H-3"


def main() -> None:
    """Print how long words, pixels and the cache take."""
    settings = Settings.from_environment()
    patterns = read_patterns(settings.include / "tonggak.yaml")
    satker = read_satker(settings.include / "satker.csv")
    calendar = next(one for one in read_calendars(settings.calendars) if one.code == CALENDAR)
    stage = calendar.stage(STAGE)
    tonggak = next(one for one in tonggak_of(calendar, stage, patterns) if one.label == LABEL)
    obligations = [
        # Every one of the 553, whether or not this stage binds it.
        Obligation(
            calendar,
            stage,
            tonggak,
            one,
            "facebook",
            tonggak.publish_at(one.timezone),
            tonggak.not_after(one.timezone),
        )
        for one in satker
    ]
    templates, designs = open_templates(settings.templates), Designs(settings.posters)
    with tempfile.TemporaryDirectory() as folder:
        pictures = Pictures(Path(folder))
        began = time.perf_counter()
        posters = [
            poster(one, calendar=calendar, templates=templates, designs=designs) for one in obligations
        ]
        worded = time.perf_counter()
        names = draw(posters, pictures)
        drawn = time.perf_counter()
        draw(posters, pictures)
        again = time.perf_counter()
        sizes = sorted(pictures.path(name).stat().st_size for name in set(names))
        print(f"cores                     {len(os.sched_getaffinity(0))}")
        print(f"posters                   {len(posters)}, {len(set(names))} pictures")
        print(f"words and drawings        {worded - began:.1f} s")
        print(f"pixels, JPEG, kept        {drawn - worded:.1f} s")
        print(f"together                  {drawn - began:.1f} s")
        print(f"processor time, all       {_processor_seconds():.1f} s")
        print(f"again, from the cache     {again - drawn:.2f} s")
        print(f"bytes, median and largest {sizes[len(sizes) // 2]:,} {sizes[-1]:,}")


def _processor_seconds() -> float:
    """Give what this process and its ended children used; a busy machine changes it less than the clock."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
