"""An amended calendar in Meja Humas: what it changes, and the one decision that applies it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kabar.desk.amended_words import PackageChange, Wrong, package_change, wrong_line
from kabar.desk.desk import Desk, Today
from kabar.desk.refusal import PageRefusal
from kabar.desk.scope import DECIDERS
from kabar.election import Calendar
from kabar.officers import NATION, Officer
from kabar.posting.amending import Redrafted, as_values, judge
from kabar.store import amendments, packages
from kabar.store.amendments import Decision, Judged, Outdated
from kabar.store.database import Connection
from kabar.store.drafts import FreshDraft
from kabar.store.packages import Package

Fresh = Mapping[int, Mapping[tuple[str, str], FreshDraft]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a calendar would do now."""

    calendar: Calendar
    old_versions: tuple[int, ...]
    file_hash: str
    #: By effect; `added` are drafts that were not there.
    effects: Counter[str]
    changes: tuple[PackageChange, ...]
    wrong: tuple[Wrong, ...]

    @property
    def is_empty(self) -> bool:
        """Whether every draft agrees with the calendar, or was judged by it."""
        return not self.effects


def may_apply(officer: Officer) -> bool:
    """A calendar is the nation's: who decides drafts for the whole of it may apply one."""
    return officer.role in DECIDERS and officer.scope == NATION


def plan(desk: Desk, code: str) -> Plan:
    """Compare every draft of a calendar that is not of its present version; changes nothing.

    Raises:
        PageRefusal: There is no such calendar.
    """
    today = desk.today()
    calendar = _calendar(today, code)
    with desk.database().connection() as connection:
        found, known = _found(connection, calendar)
        fresh = _redraft(connection, today, known)
        judged = list(_judge(connection, calendar, fresh))
        added = _added(connection, fresh, known, desk.clock())
        rows = {one.drafted.draft_id: one for one in amendments.standing(connection, list(fresh))}
    tables = desk.tables()
    return Plan(
        calendar=calendar,
        old_versions=old_versions(found),
        file_hash=today.file_hash(code),
        effects=_effects(judged, added),
        changes=tuple(
            change
            for package in known
            if (
                change := package_change(
                    package,
                    [one for one in judged if one.package_id == package.id],
                    added=len(added.get(package.id, ())),
                )
            )
        ),
        wrong=tuple(
            wrong_line(rows[one.draft_id], one.verdict.effect, as_values(one.verdict.changes), tables=tables)
            for one in judged
            if one.verdict.effect in {"wrong", "wrong_and_gone"}
        ),
    )


def apply(desk: Desk, code: str, *, seen_hash: str, request_key: str, officer: Officer) -> int:
    """Apply a calendar as it stands in its file and give the amendment's number; the same form applies once.

    Everything happens in one transaction, or nothing does.

    Raises:
        PageRefusal: Not this officer's decision, another file than was seen, or nothing left to apply.
    """
    if not may_apply(officer):
        raise PageRefusal(
            403, "Tidak berwenang menerapkan", "Kalender berlaku nasional: hanya penyetuju tingkat nasional."
        )
    today = desk.today()
    calendar = _calendar(today, code)
    # The words are written before the locks are taken: nobody waits for that.
    with desk.database().connection() as connection:
        _, known = _found(connection, calendar)
        fresh = _redraft(connection, today, known)
    with desk.database().connection() as connection:
        amendments.lock(connection)
        if (number := amendments.made_by(connection, request_key)) is not None:
            return number
        if today.file_hash(code) != seen_hash:
            raise PageRefusal(
                409,
                "Kalender berubah lagi",
                "Berkas kalender berubah setelah halaman ini dibuka. Buka lagi, baca, lalu putuskan.",
            )
        still = [
            one for one in amendments.outdated(connection, _version(calendar)) if one.package_id in fresh
        ]
        fresh = {one.package_id: fresh[one.package_id] for one in still}
        if not fresh:
            raise PageRefusal(
                409,
                "Tidak ada yang perlu diterapkan",
                "Rekan Anda sudah menerapkannya. Tidak ada yang diubah.",
            )
        amendments.lock_posts(connection, list(fresh))
        known = [one for one in known if one.id in fresh]
        return amendments.apply(
            connection,
            Decision(
                calendar=code,
                from_versions=old_versions(still),
                to_version=calendar.version,
                file_hash=seen_hash,
                officer=officer.username,
                officer_scope=officer.scope,
                request_key=request_key,
            ),
            list(_judge(connection, calendar, fresh)),
            added=_added(connection, fresh, known, desk.clock()),
            agreeing=[number for number, drafts in fresh.items() if drafts],
        )


def _effects(judged: Sequence[Judged], added: Mapping[int, Sequence[FreshDraft]]) -> Counter[str]:
    effects: Counter[str] = Counter(one.verdict.effect for one in judged)
    return effects + Counter({"added": sum(map(len, added.values()))})


def _calendar(today: Today, code: str) -> Calendar:
    calendar = today.calendar(code)
    if calendar is None:
        raise PageRefusal(404, "Kalender tidak ditemukan", "Kalender ini tidak ada, atau tidak dapat dibaca.")
    return calendar


def _version(calendar: Calendar) -> dict[str, int]:
    return {calendar.code: calendar.version}


def old_versions(found: Sequence[Outdated]) -> tuple[int, ...]:
    """The versions that drafts still agree with, each once."""
    return tuple(sorted({version for one in found for version in one.versions}))


def _found(connection: Connection, calendar: Calendar) -> tuple[list[Outdated], list[Package]]:
    found = amendments.outdated(connection, _version(calendar))
    known = (packages.package(connection, one.package_id) for one in found)
    return found, [package for package in known if package is not None]


def _redraft(connection: Connection, today: Today, known: Sequence[Package]) -> Fresh:
    return {
        package.id: today.redraft(
            package,
            packages.rehearsal(connection, package.rehearsal_id)
            if package.rehearsal_id is not None
            else None,
        )
        for package in known
    }


def _judge(connection: Connection, calendar: Calendar, fresh: Fresh) -> Iterator[Judged]:
    for one in amendments.standing(connection, list(fresh)):
        if one.calendar_version == calendar.version:
            continue
        now = fresh[one.package_id].get((one.satker_code, one.channel))
        verdict = judge(one.drafted, _redrafted(now))
        if verdict is not None:
            is_new = verdict.effect in {"moved", "reworded"}
            yield Judged(one.drafted.draft_id, one.package_id, verdict, now if is_new else None)


def _redrafted(now: FreshDraft | None) -> Redrafted | None:
    if now is None:
        return None
    return Redrafted(
        says_at=now.says_at,
        not_after=now.not_after,
        facts=now.wording.facts,
        findings=now.wording.findings,
        content_hash=now.wording.content_hash,
    )


def _added(
    connection: Connection, fresh: Fresh, known: Sequence[Package], now: datetime
) -> dict[int, list[FreshDraft]]:
    """Drafts that are asked for and not there, each with its satker's account; none that is past."""
    there: set[tuple[int, str, str]] = {
        (one.package_id, one.satker_code, one.channel) for one in amendments.standing(connection, list(fresh))
    }
    added: dict[int, list[FreshDraft]] = {}
    for package in known:
        usage = "rehearsal" if package.rehearsal_id is not None else "real"
        accounts = amendments.active_accounts(connection, usage=usage)
        new = [
            replace(one, account_id=accounts.get(key))
            for key, one in fresh[package.id].items()
            if (package.id, *key) not in there and one.not_after > now
        ]
        if new:
            added[package.id] = new
    return added
