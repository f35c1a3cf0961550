"""The catalogue of metrics is read strictly, and knows on which days a name is valid."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from kabar.errors import InputError
from kabar.insights.catalogue import asked_on, read_metrics
from kabar.settings import REPOSITORY

CATALOGUE = REPOSITORY / "include" / "metrics.yaml"

#: Names that Facebook retired on 2025-11-15 and by 2026-06-15 (platforms.md 2.4).
DEAD = re.compile(
    r"page_fans|page_fan_|_impressions|page_engaged_users|page_consumptions|page_negative_feedback"
)


def test_the_catalogue_names_nothing_that_facebook_has_retired() -> None:
    names = [metric.name for metric in read_metrics(CATALOGUE)]

    assert len(names) == 14
    assert [name for name in names if DEAD.search(name)] == []


def test_different_people_and_levels_are_never_added_up_over_days() -> None:
    for metric in read_metrics(CATALOGUE):
        assert not (metric.additive and (metric.kind == "level" or metric.name.endswith("_unique")))


def changed(folder: Path, before: str, after: str) -> Path:
    text = CATALOGUE.read_text(encoding="utf-8")
    assert before in text
    path = folder / "metrics.yaml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after", "key", "remedy"),
    [
        ("object: page", "objek: page", "metrics.1.objek", "Did you mean `object`?"),
        ("kind: flow", "kind: flov", "metrics.1.kind", "Did you mean `flow`?"),
        ("additive: true", "additive: ja", "metrics.1.additive", "Write true or false"),
        ("kind: flow", "kind: level", "metrics.1.additive", "Write false."),
        ("period: day", "period: lifetime", "metrics.1.period", "A page has `day`"),
        ("page_total_media_view_unique", "page_media_view", "metrics.2.name", "Keep one of the two."),
        (
            "kind: flow",
            "kind: flow\n    replaced_by: page_folows",
            "metrics.1.replaced_by",
            "`page_follows`?",
        ),
        ("kind: flow", "kind: flow\n    valid_to: 2025-1-5", "metrics.1.valid_to", "year-month-day"),
        (
            "kind: flow",
            "kind: flow\n    valid_from: 2026-01-02\n    valid_to: 2026-01-01",
            "metrics.1.valid_to",
            "from 2026-01-02 on",
        ),
    ],
)
def test_a_mistake_is_named_with_its_key_and_remedy(
    tmp_path: Path, before: str, after: str, key: str, remedy: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_metrics(changed(tmp_path, before, after))

    assert caught.value.key == key
    assert caught.value.line is not None
    assert remedy in caught.value.remedy


def test_an_empty_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "metrics.yaml"
    path.write_text("metrics: []\n", encoding="utf-8")

    with pytest.raises(InputError, match="at least one metric"):
        read_metrics(path)


def test_a_retired_name_is_asked_for_until_its_last_day(tmp_path: Path) -> None:
    metrics = read_metrics(changed(tmp_path, "kind: flow", "kind: flow\n    valid_to: 2026-06-15"))

    def pages(*days: date) -> list[str]:
        return [metric.name for metric in asked_on(metrics, days, of="page")]

    assert "page_media_view" in pages(date(2026, 6, 15))
    assert "page_media_view" not in pages(date(2026, 6, 16))
    assert "page_media_view" in pages(date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 17))


def test_posts_and_pages_have_their_own_metrics() -> None:
    metrics = read_metrics(CATALOGUE)
    day = [date(2026, 11, 20)]

    assert {metric.period for metric in asked_on(metrics, day, of="post")} == {"lifetime"}
    assert len(asked_on(metrics, day, of="post")) + len(asked_on(metrics, day, of="page")) == len(metrics)
