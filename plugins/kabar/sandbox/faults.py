"""Faults that a test plants: which calls they hit, how often, what goes wrong (platforms.md section 8)."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import Field, field_validator

from kabar.frozen import Frozen
from kabar.sandbox.tally import Tally


class FaultKind(StrEnum):
    """What goes wrong. *After* means that the call took effect before the client lost its answer."""

    #: Nothing happens for `seconds`, then the connection closes.
    HANG_BEFORE = "hang_before"
    #: The effect, silence for `seconds`, then the answer, if anybody still waits.
    HANG_AFTER = "hang_after"
    #: The effect, then the connection closes without an answer.
    CUT_AFTER = "cut_after"
    #: The effect, then half an answer and a connection reset.
    RESET_MID_BODY = "reset_mid_body"
    #: The effect, then a complete HTTP answer whose JSON ends in the middle.
    HALF_JSON = "half_json"
    #: The effect, then 200 with an empty object.
    NO_ID = "no_id"
    #: The platform's own error, `when` before or after the effect.
    ERROR = "error"
    #: The usual answer now, the effect `seconds` later.
    LATE_EFFECT = "late_effect"
    #: The connection closes at once; the effect comes `seconds` later.
    LOST_AND_LATE = "lost_and_late"
    #: The effect, then 200 with something that is no JSON.
    GARBAGE = "garbage"
    #: A redirect to `location`; nothing happens.
    REDIRECT = "redirect"
    #: The effect, then the answer byte by byte over `seconds`.
    SLOW_DRIP = "slow_drip"
    #: `seconds` of waiting, then all as usual.
    LATENCY = "latency"
    #: Lists of posts run `seconds` behind.
    LIST_LAG = "list_lag"


class Fault(Frozen):
    """One planted fault; all that is left None matches every call."""

    kind: FaultKind
    method: str | None = None
    #: Regular expression, searched in the path without version, such as `100000000001101/feed`.
    edge: str | None = None
    page: str | None = None
    #: How many matching calls it hits; None is all of them until it is removed.
    times: int | None = Field(default=1, ge=1)
    #: Share of matching calls that it hits, drawn from `seed`.
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0
    seconds: float = Field(default=30, ge=0)
    status: int = Field(default=400, ge=200, le=599)
    code: int = 1
    subcode: int | None = None
    message: str = "An unknown error occurred"
    is_transient: bool | None = None
    #: For `error`: whether the call took effect nevertheless.
    when: str = Field(default="before", pattern="^(before|after)$")
    location: str = "/_sandbox/health"

    @field_validator("edge")
    @classmethod
    def is_expression(cls, edge: str | None) -> str | None:
        """An edge must be a regular expression."""
        if edge is not None:
            try:
                re.compile(edge)
            except re.error as error:
                raise ValueError(f"edge is no regular expression: {error}") from error
        return edge

    @property
    def takes_effect(self) -> bool:
        """Whether the platform does what was asked."""
        if self.kind is FaultKind.ERROR:
            return self.when == "after"
        return self.kind not in {FaultKind.HANG_BEFORE, FaultKind.REDIRECT}

    @property
    def loses_answer(self) -> bool:
        """Whether the client cannot read an answer; inside a batch such a call shows as `null`."""
        return self.kind in {
            FaultKind.HANG_BEFORE,
            FaultKind.HANG_AFTER,
            FaultKind.CUT_AFTER,
            FaultKind.LOST_AND_LATE,
            FaultKind.RESET_MID_BODY,
            FaultKind.HALF_JSON,
            FaultKind.GARBAGE,
            FaultKind.REDIRECT,
        }


@dataclass(slots=True)
class PlantedFault:
    """A fault in the book with its number and how often it has hit."""

    number: int
    fault: Fault
    hits: int = 0
    _dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.fault.seed)  # noqa: S311 - Repeatable chance is the point.

    def hit(self, method: str, edge: str, page: str | None) -> bool:
        """Whether this call is hit; counts it if so."""
        fault = self.fault
        matches = (
            (fault.times is None or self.hits < fault.times)
            and fault.method in {None, method}
            and (fault.edge is None or re.search(fault.edge, edge) is not None)
            and fault.page in {None, page}
            and (fault.probability >= 1 or self._dice.random() < fault.probability)
        )
        self.hits += matches
        return matches


class FaultBook:
    """All planted faults, in the order in which they were planted; the first that matches hits.

    The book lives in memory: a restarted sandbox behaves.
    """

    def __init__(self) -> None:
        self.planted: dict[int, PlantedFault] = {}
        #: Every call, hit or not, on every platform.
        self.calls = Tally()
        self._next = 1

    def plant(self, fault: Fault) -> int:
        """Add a fault; the number removes it again."""
        number = self._next
        self._next += 1
        self.planted[number] = PlantedFault(number, fault)
        return number

    def remove(self, number: int | None = None) -> None:
        """Remove one fault, or all."""
        if number is None:
            self.planted.clear()
        else:
            self.planted.pop(number, None)

    def reset(self) -> None:
        """Forget all faults and all counts."""
        self.remove()
        self.calls.clear()

    def match(self, method: str, edge: str, page: str | None) -> Fault | None:
        """Count this call; the fault that hits it, or None."""
        self.calls.count(method, edge, page)
        return next((entry.fault for entry in self.planted.values() if entry.hit(method, edge, page)), None)
