"""Many posts at the same time, where one that goes wrong takes nothing from the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import TypeVar

Result = TypeVar("Result")


async def each_has_its_turn(work: Iterable[Coroutine[None, None, Result]]) -> list[Result]:
    """Do all of `work` at the same time and give the results in its order.

    Raises:
        ExceptionGroup: Some met a fault of ours (a lost database, a bug); all others have had their turn.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    failures = [result for result in results if isinstance(result, Exception)]
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(results)} posts met a fault of ours", failures)
    return [result for result in results if not isinstance(result, BaseException)]
