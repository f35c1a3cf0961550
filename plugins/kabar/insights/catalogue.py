"""The catalogue of metrics: what is asked of a platform, and what an answer may be used for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from kabar.frozen import Frozen
from kabar.reading import Day, Document, Flag, Line
from kabar.yaml_file import read_yaml

Object = Literal["page", "post"]


class Metric(Frozen):
    """One metric under one name of one platform."""

    name: Line
    platform: Literal["facebook"]
    object: Object
    #: A flow happened on its day; a level stood so at the end of it.
    kind: Literal["flow", "level"]
    period: Literal["day", "lifetime"]
    #: Whether values of several days may be added up.
    additive: Flag
    valid_from: Day | None = None
    valid_to: Day | None = None
    replaced_by: Line | None = None
    meaning: Line

    def is_valid_on(self, day: date) -> bool:
        """Whether the platform is asked for this name about `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class _Catalogue(Frozen):
    metrics: tuple[Metric, ...]


def read_metrics(path: Path) -> tuple[Metric, ...]:
    """Read `metrics.yaml`, in its order.

    Raises:
        InputError: An unknown or missing key, a wrong value, a name that stands twice, a period that does not
            fit the object, a level that is called additive, an end before its beginning, a successor that is
            not in the file.
    """
    document = read_yaml(path)
    metrics = document.read_as(_Catalogue).metrics
    if not metrics:
        raise document.error(("metrics",), "is empty.", "List at least one metric.")
    for number, metric in enumerate(metrics):
        _check(document, number, metric, metrics)
    return metrics


def asked_on(metrics: Iterable[Metric], days: Iterable[date], *, of: Object) -> tuple[Metric, ...]:
    """The metrics of Pages or of posts that are valid on at least one of `days`."""
    wanted = tuple(days)
    return tuple(m for m in metrics if m.object == of and any(m.is_valid_on(day) for day in wanted))


def _check(document: Document, number: int, metric: Metric, metrics: tuple[Metric, ...]) -> None:
    place = ("metrics", number)
    if [other.name for other in metrics].index(metric.name) < number:
        raise document.error((*place, "name"), f"`{metric.name}` stands twice.", "Keep one of the two.")
    if (metric.object == "page") != (metric.period == "day"):
        remedy = "A page has `day`, a post has `lifetime`."
        raise document.error((*place, "period"), f"a {metric.object} has no period {metric.period}.", remedy)
    if metric.kind == "level" and metric.additive:
        raise document.error((*place, "additive"), "a level cannot be added up.", "Write false.")
    if metric.valid_from and metric.valid_to and metric.valid_to < metric.valid_from:
        remedy = f"Write a day from {metric.valid_from} on."
        raise document.error((*place, "valid_to"), "lies before `valid_from`.", remedy)
    if metric.replaced_by is not None:
        known = {other.name for other in metrics if other.name != metric.name}
        if metric.replaced_by not in known:
            raise document.unknown((*place, "replaced_by"), metric.replaced_by, known)
