"""The list of packages and the page of one: what waits, what was decided, draft by draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from kabar.desk.cards import Card, card, is_free
from kabar.desk.costs import cost_lines
from kabar.desk.filtering import PAGE_SIZE, Filter
from kabar.desk.refusal import not_in_scope
from kabar.desk.scope import home_zone, scope_of
from kabar.desk.tables import Tables
from kabar.desk.words import KINDS, STATES, StateWord, moment, span
from kabar.officers import Officer
from kabar.posting.states import State
from kabar.store import drafts, packages
from kabar.store.database import Connection

#: The store counts in columns named after what Humas do; the page speaks of the ledger's states.
COLUMN_OF_STATE: Mapping[State, str] = {"planned": "waiting"}


@dataclass(frozen=True, slots=True)
class PackageLine:
    """One package in the list, counted over the officer's scope."""

    id: int
    title: str
    calendar: str
    kind: str
    is_rehearsal: bool
    drafts: int
    #: States that occur, in the order of the road.
    counts: tuple[tuple[StateWord, State, int], ...]
    waiting: int
    unconfirmed: int
    #: When the first wave goes out, in the officer's zone.
    publishes_at: str
    #: `3 jam 20 menit`; empty when that moment has passed.
    left: str
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class ProvinceCount:
    """How many drafts of a package lie in one province."""

    code: str
    name: str
    drafts: int
    waiting: int
    with_findings: int


@dataclass(frozen=True, slots=True)
class PackageView:
    """One package as an officer has chosen to see it."""

    line: PackageLine
    provinces: tuple[ProvinceCount, ...]
    chosen: int
    #: Chosen drafts that one click may approve.
    free: int
    groups: tuple[tuple[ProvinceCount, tuple[Card, ...]], ...]
    pages: int
    #: What the chosen drafts cost where a platform charges; empty where none does.
    costs: tuple[str, ...]


#: With less than this left a package is marked as urgent.
URGENT_HOURS = 6


def package_lines(
    connection: Connection, *, officer: Officer, tables: Tables, now: datetime
) -> list[PackageLine]:
    """Every package with drafts in the officer's scope; what waits comes first, the nearest hour on top."""
    scope = scope_of(officer)
    rows = packages.packages(connection, province=scope.province, satker=scope.satker)
    # Sorting is stable: what does not wait keeps the store's order, newest first.
    rows.sort(key=lambda row: (not row["waiting"], row["first_publish_at"] if row["waiting"] else now))
    zone = home_zone(officer, tables.satker)
    return [_line(row, zone=zone, tables=tables, now=now) for row in rows]


def package_of_run(connection: Connection, *, dag_id: str, run_id: str, officer: Officer) -> int:
    """The number of the package that an Airflow run drafted.

    Raises:
        PageRefusal: The run has no package, or none with a draft in scope.
    """
    scope = scope_of(officer)
    for row in packages.packages(connection, province=scope.province, satker=scope.satker):
        if (row["dag_id"], row["run_id"]) == (dag_id, run_id):
            number: int = row["id"]
            return number
    raise not_in_scope()


def scoped_drafts(connection: Connection, package_id: int, officer: Officer) -> list[dict[str, Any]]:
    """Every draft of a package that the officer sees, in the order of satker codes.

    Raises:
        PageRefusal: There is none; a package of others looks the same as none at all.
    """
    scope = scope_of(officer)
    rows = drafts.drafts(connection, package_id, province=scope.province, satker=scope.satker)
    if not rows:
        raise not_in_scope()
    return rows


def package_view(
    connection: Connection,
    package_id: int,
    *,
    officer: Officer,
    tables: Tables,
    choice: Filter,
    now: datetime,
) -> PackageView:
    """One page of a package.

    Raises:
        PageRefusal: The package has no draft in the officer's scope.
    """
    rows = scoped_drafts(connection, package_id, officer)
    chosen = choice.choose(rows)
    first = (choice.page - 1) * PAGE_SIZE
    by_code = {count.code: count for count in _provinces(rows, tables)}
    return PackageView(
        line=_line(
            _summary(connection, package_id, rows),
            zone=home_zone(officer, tables.satker),
            tables=tables,
            now=now,
        ),
        provinces=tuple(by_code.values()),
        chosen=len(chosen),
        free=sum(is_free(row, officer) for row in chosen),
        groups=tuple(
            (by_code[code], tuple(card(row, officer=officer, tables=tables) for row in group))
            for code, group in groupby(
                chosen[first : first + PAGE_SIZE], key=lambda row: row["province_code"]
            )
        ),
        pages=max(1, -(-len(chosen) // PAGE_SIZE)),
        costs=cost_lines(chosen, tables.channels),
    )


def _summary(connection: Connection, package_id: int, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count the drafts that were read, as `packages.packages` counts those of a scope."""
    package = packages.package(connection, package_id)
    if package is None:
        raise not_in_scope()
    states = Counter(row["state"] for row in rows)
    return {
        **{field: getattr(package, field) for field in ("id", "rehearsal_id", "calendar", "kind", "title")},
        "drafts": len(rows),
        "first_publish_at": min(row["publish_at"] for row in rows),
        **{COLUMN_OF_STATE.get(state, state): states[state] for state in STATES},
    }


def _line(row: Mapping[str, Any], *, zone: str, tables: Tables, now: datetime) -> PackageLine:
    left = row["first_publish_at"] - now
    counts = ((word, state, row.get(COLUMN_OF_STATE.get(state, state), 0)) for state, word in STATES.items())
    return PackageLine(
        id=row["id"],
        title=row["title"],
        calendar=tables.calendar_title(row["calendar"]),
        kind=KINDS.get(row["kind"], row["kind"]),
        is_rehearsal=row["rehearsal_id"] is not None,
        drafts=row["drafts"],
        counts=tuple(count for count in counts if count[2]),
        waiting=row["waiting"],
        unconfirmed=row["unconfirmed"],
        publishes_at=moment(row["first_publish_at"], zone),
        left=span(left) if left.total_seconds() > 0 else "",
        is_urgent=bool(row["waiting"]) and left.total_seconds() < URGENT_HOURS * 3600,
    )


def _provinces(rows: Sequence[Mapping[str, Any]], tables: Tables) -> list[ProvinceCount]:
    counts = []
    for code, group in groupby(rows, key=lambda row: row["province_code"]):
        members = list(group)
        counts.append(
            ProvinceCount(
                code=code,
                # KPU RI belongs to no province.
                name=tables.satker[code].province or tables.satker[code].short_name,
                drafts=len(members),
                waiting=sum(row["state"] == "planned" for row in members),
                with_findings=sum(bool(row["findings"]) for row in members),
            )
        )
    return counts
