"""What is known about a post in doubt, in words: what was tried, read and prepared, with its times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from kabar.desk.reasons import reason_words
from kabar.desk.tables import Tables
from kabar.desk.words import STATES, moment
from kabar.store.drafts import MACHINE


class Trace(NamedTuple):
    """One thing that happened or was seen; `at` is empty where nobody noted the time."""

    at: str
    what: str


#: Parts of the evidence that are said in words; everything else is shown as it is.
_SAID = frozenset({"by", "said", "found", "since", "at"})


def traces(row: Mapping[str, Any], *, tables: Tables, zone: str) -> tuple[Trace, ...]:
    """Every step since the first call, oldest first; `row` is one of `store.questions.questions`."""
    return tuple(
        Trace(
            moment(datetime.fromisoformat(step["at"]), zone),
            f"{STATES[step['to_state']].label}, {_who(step['changed_by'], tables)}: "
            f"{reason_words(step['reason'])}",
        )
        for step in row["steps"] or ()
    )


def proofs(row: Mapping[str, Any], *, zone: str) -> tuple[Trace, ...]:
    """What platforms answered and what was read, in the order in which it was saved."""
    return tuple(_proof(item, zone) for item in row["evidence"] if item)


def prepared(handle: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What lies prepared on the platform, by name; ids of uploads and containers with their states."""
    return tuple(_flat(handle))


def _proof(item: Mapping[str, Any], zone: str) -> Trace:
    at = moment(datetime.fromisoformat(item["at"]), zone) if isinstance(item.get("at"), str) else ""
    rest = "; ".join(
        f"{name}: {value}" for name, value in _flat({k: v for k, v in item.items() if k not in _SAID})
    )
    if item.get("by") == "answer":
        words = f"Jawaban platform: {reason_words(item['said'])}" if item.get("said") else "Jawaban platform"
    elif item.get("found") is False:
        since = moment(datetime.fromisoformat(item["since"]), zone) if item.get("since") else ""
        looked = "akunnya dibaca" if item.get("by") == "reading" else "platform ini tidak dapat dibaca mesin"
        words = f"Dicari sejak {since}: {looked}, kiriman tidak ditemukan" if since else f"Dicari: {looked}"
    else:
        words = "Terbaca di platform" if item.get("by") == "reading" else f"Dari {item.get('by', 'sistem')}"
    return Trace(at, f"{words} ({rest})" if rest else words)


def _flat(value: Mapping[str, Any], name: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of a JSON object with their names."""
    for key, inner in value.items():
        full = f"{name}.{key}" if name else str(key)
        if isinstance(inner, Mapping):
            yield from _flat(inner, full)
        elif isinstance(inner, Sequence) and not isinstance(inner, str):
            yield full, ", ".join(str(part) for part in inner)
        elif inner is not None:
            yield full, str(inner)


def _who(name: str, tables: Tables) -> str:
    return "sistem" if name == MACHINE or name not in tables.officers else tables.officer_title(name)
