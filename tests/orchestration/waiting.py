"""Letting a trigger wait as the triggerer does, while the test does what it waits for."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import psycopg
from airflow.sdk.serde import deserialize, serialize
from airflow.triggers.base import BaseTrigger, TriggerEvent

#: Longest that a test waits for an event that has to come.
PATIENCE_SECONDS = 20.0


class Woken(NamedTuple):
    """The event that ended a wait, and how long after the cause it came."""

    event: TriggerEvent
    seconds: float


def sent_to_the_triggerer(trigger: BaseTrigger) -> BaseTrigger:
    """The trigger as the triggerer makes it again from what the task left in Airflow's database."""
    path, kwargs = trigger.serialize()
    module, _, name = path.rpartition(".")
    stored = json.loads(json.dumps(serialize(kwargs)))
    made: BaseTrigger = getattr(import_module(module), name)(**deserialize(stored))
    return made


def woken(
    trigger: BaseTrigger, cause: Callable[[], object] = lambda: None, *, listening_at: str | None = None
) -> Woken:
    """Run a trigger, let the cause happen when it listens (at this database), and give its first event."""

    async def waiting() -> Woken:
        task = asyncio.create_task(_first_event(sent_to_the_triggerer(trigger)))
        if listening_at is not None:
            await asyncio.to_thread(until_heard, listening_at)
            assert not task.done()
        await asyncio.to_thread(cause)
        began = time.monotonic()
        event = await asyncio.wait_for(task, PATIENCE_SECONDS)
        return Woken(event, time.monotonic() - began)

    return asyncio.run(waiting())


def stays_asleep(
    trigger: BaseTrigger, cause: Callable[[], object], *, listening_at: str, seconds: float
) -> bool:
    """Whether a trigger is still waiting `seconds` after the cause."""

    async def waiting() -> bool:
        task = asyncio.create_task(_first_event(sent_to_the_triggerer(trigger)))
        await asyncio.to_thread(until_heard, listening_at)
        await asyncio.to_thread(cause)
        _, pending = await asyncio.wait({task}, timeout=seconds)
        task.cancel()
        return bool(pending)

    return asyncio.run(waiting())


async def _first_event(trigger: BaseTrigger) -> TriggerEvent:
    events: Any = trigger.run()
    try:
        return await anext(events)
    finally:
        await events.aclose()


def until_heard(url: str) -> None:
    """Return when somebody listens for decisions at this database."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            found = connection.execute(
                "select 1 from pg_stat_activity where datname = current_database() and state = 'idle'"
                " and query ilike 'listen %'"
            ).fetchone()
            if found:
                return
            time.sleep(0.02)
    raise TimeoutError("Nobody listens for decisions.")


def until_gone(pid: int) -> None:
    """Return when a process has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise TimeoutError(f"Process {pid} goes on.")


def until_back(url: str) -> None:
    """Return when PostgreSQL answers again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
