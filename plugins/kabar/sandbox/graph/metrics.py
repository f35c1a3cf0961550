"""Which insight metrics are alive, and the stable figures that the stand-in gives for them.

Names and periods follow platforms.md 2.4. A figure depends on nothing but seed, Page or post, metric and day,
so that it is the same after a restart, for every range, and in a second harvest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from kabar.sandbox.graph.world import usual_likes

Value = int | dict[str, int]
Kind = Literal["flow", "level", "dict"]

ROLLING = ("day", "week", "days_28")
RANGE = (*ROLLING, "total_over_range")
REACTIONS = (("like", 0.7), ("love", 0.15), ("wow", 0.05), ("haha", 0.05), ("sorry", 0.03), ("anger", 0.02))
#: Counting of followers begins here; before it a Page has the follower figure of its seed.
FIRST_DAY = date(2024, 1, 1)
_BITS_64 = 2**64 - 1


class PageMetric(NamedTuple):
    """One living Page metric: what its value is, the periods it knows, and its share of the audience."""

    kind: Kind
    periods: tuple[str, ...] = ROLLING
    weight: float = 0.01
    #: A metric whose figure this one is a part of, so that unique never exceeds all.
    part_of: str | None = None


PAGE_METRICS: dict[str, PageMetric] = {
    "page_media_view": PageMetric("flow", weight=0.30),
    "page_total_media_view_unique": PageMetric("flow", RANGE, weight=0.62, part_of="page_media_view"),
    "page_views_total": PageMetric("flow", weight=0.03),
    "page_total_actions": PageMetric("flow", weight=0.1, part_of="page_views_total"),
    "page_follows": PageMetric("level", ("day",)),
    "page_daily_follows": PageMetric("flow", ("day",)),
    "page_daily_follows_unique": PageMetric("flow"),
    "page_daily_unfollows_unique": PageMetric("flow"),
    "page_post_engagements": PageMetric("flow", weight=0.08, part_of="page_media_view"),
    "page_actions_post_reactions_total": PageMetric(
        "dict", ("day",), weight=0.5, part_of="page_post_engagements"
    ),
    **{f"page_actions_post_reactions_{kind}_total": PageMetric("flow") for kind, _ in REACTIONS},
    "page_video_views": PageMetric("flow", weight=0.02),
    "page_video_views_paid": PageMetric("flow", weight=0.0),
    "page_video_views_organic": PageMetric("flow", weight=1.0, part_of="page_video_views"),
    "page_video_views_by_paid_non_paid": PageMetric("dict", part_of="page_video_views"),
    "page_video_view_time": PageMetric("flow", weight=40.0),
    "page_fan_adds_by_paid_non_paid_unique": PageMetric("dict", ("day",)),
    "page_lifetime_engaged_followers_unique": PageMetric(
        "flow", ("day",), weight=0.3, part_of="page_media_view"
    ),
}

#: These answer code 200: they need a permission that KPU has no use for (platforms.md 2.4).
MONEY_METRICS = frozenset({"content_monetization_earnings", "monetization_approximate_earnings"})

#: Post metrics and their share of the post's views; None marks dictionaries.
POST_METRICS: dict[str, float | None] = {
    "post_media_view": 1.0,
    "post_total_media_view_unique": 0.62,
    "post_clicks": 0.06,
    "post_clicks_by_type": None,
    "post_reactions_by_type_total": None,
    "post_activity_by_action_type": None,
    **{f"post_reactions_{kind}_total": 0.05 * share for kind, share in REACTIONS},
    "post_video_views": 0.0,
    "post_video_view_time": 0.0,
    "post_video_avg_time_watched": 0.0,
}


def page_value(seed: int, page_id: str, metric: str, on: date) -> Value:
    """The figure of one Page metric on one Los Angeles day."""
    if metric in OWN_FIGURES:
        return OWN_FIGURES[metric](seed, page_id, on)
    return _flow(seed, page_id, metric, on)


def post_value(seed: int, page_id: str, post_id: str, metric: str, age_hours: float) -> Value:
    """The lifetime figure of one post metric so far: it grows with age and levels off after some days."""
    expected = usual_likes(page_id) * 0.4 * (0.5 + _chance(seed, post_id, "views", 0))
    views = int(expected * age_hours / (age_hours + 18))
    weight = POST_METRICS[metric]
    if weight is not None:
        return int(views * weight)
    if metric == "post_reactions_by_type_total":
        return _by_reaction(int(views * 0.05))
    if metric == "post_clicks_by_type":
        clicks = int(views * 0.06)
        parts = {
            "other": clicks - clicks // 4 - clicks // 8,
            "photo view": clicks // 4,
            "link clicks": clicks // 8,
        }
    else:
        parts = {"share": int(views * 0.01), "like": int(views * 0.035), "comment": int(views * 0.004)}
    return {name: count for name, count in parts.items() if count}


def _flow(seed: int, page_id: str, metric: str, on: date) -> int:
    known = PAGE_METRICS[metric]
    chance = _chance(seed, page_id, metric, on.toordinal())
    if known.part_of is not None:
        spread = 1.0 if known.weight >= 1 else 0.8 + 0.2 * chance
        return int(_flow(seed, page_id, known.part_of, on) * known.weight * spread)
    return int(usual_likes(page_id) * known.weight * (0.4 + 1.2 * chance))


def _followers(seed: int, page_id: str, on: date) -> int:
    likes = usual_likes(page_id)
    wobble = int(3 * _chance(seed, page_id, "page_follows", on.toordinal()))
    return likes + max(0, (on - FIRST_DAY).days) * likes // 2000 + wobble


def _follows(seed: int, page_id: str, on: date, *, is_loss: bool = False) -> int:
    """Followers won or lost on a day; won minus lost is the day's step of the level."""
    step = _followers(seed, page_id, on) - _followers(seed, page_id, date.fromordinal(on.toordinal() - 1))
    churn = int(2 * _chance(seed, page_id, "churn", on.toordinal()))
    return churn + max(0, -step if is_loss else step)


def _by_reaction(count: int) -> dict[str, int]:
    """Reactions by kind; kinds that nobody used are left out, so keys come and go."""
    shares = {kind: int(count * share) for kind, share in REACTIONS[1:]}
    kinds = {"like": count - sum(shares.values()), **shares}
    return {kind: number for kind, number in kinds.items() if number}


def _reactions(seed: int, page_id: str, on: date) -> dict[str, int]:
    return _by_reaction(_flow(seed, page_id, "page_actions_post_reactions_total", on))


def _one_reaction(kind: str) -> Callable[[int, str, date], Value]:
    return lambda seed, page_id, on: _reactions(seed, page_id, on).get(kind, 0)


def _paid_and_not(count: int) -> dict[str, int]:
    return {"total": count, "paid": 0, "unpaid": count}


def _chance(seed: int, whose: str, metric: str, number: int) -> float:
    """A stable number in [0, 1): a hash of its own for whose and metric, spread over days by splitmix64.

    A year of all Pages is some millions of figures, too many for a cryptographic hash each.
    """
    mixed = (_root(seed, whose, metric) + number * 0x9E3779B97F4A7C15) & _BITS_64
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _BITS_64
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _BITS_64
    return (mixed ^ (mixed >> 31)) / 2**64


@lru_cache(maxsize=100_000)
def _root(seed: int, whose: str, metric: str) -> int:
    digest = hashlib.blake2b(f"{seed}:{whose}:{metric}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


#: Metrics that are no plain share of the audience.
OWN_FIGURES: dict[str, Callable[[int, str, date], Value]] = {
    "page_follows": _followers,
    "page_daily_follows": _follows,
    "page_daily_follows_unique": _follows,
    "page_daily_unfollows_unique": lambda seed, page_id, on: _follows(seed, page_id, on, is_loss=True),
    "page_fan_adds_by_paid_non_paid_unique": lambda *of: _paid_and_not(_follows(*of)),
    "page_video_views_by_paid_non_paid": lambda seed, page_id, on: _paid_and_not(
        _flow(seed, page_id, "page_video_views", on)
    ),
    "page_actions_post_reactions_total": _reactions,
    **{f"page_actions_post_reactions_{kind}_total": _one_reaction(kind) for kind, _ in REACTIONS},
}
