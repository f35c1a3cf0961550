"""Decide about posts that stand: lock them, judge each one, and set in motion what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal, NamedTuple

from kabar.desk.desk import Correct
from kabar.desk.refusal import PageRefusal, not_in_scope
from kabar.desk.scope import DECIDERS
from kabar.desk.tables import Tables
from kabar.officers import Officer
from kabar.posting.remedies import (
    CORRECTING,
    CORRECTION_LASTS,
    WITHDRAWING,
    Action,
    Obstacle,
    Remediable,
    correction_tonggak,
    obstacle_to,
)
from kabar.store import packages, remedies, withdrawals
from kabar.store.database import Connection
from kabar.store.drafts import FreshDraft, Wording, save_drafts

#: What a person did about a post that the machine cannot take down.
ByHand = Literal["gone", "again"]


class Decision(NamedTuple):
    """What an officer wants about some posts."""

    action: Action
    reason: str
    wrong: str
    truth: str
    #: How the posts were chosen, in words.
    chosen_by: str
    request_key: str


@dataclass(frozen=True, slots=True)
class Remedied:
    """What became of a decision."""

    withdrawn: int
    corrected: int
    #: Packages of corrections that wait for approval now.
    packages: tuple[int, ...]
    obstacles: Counter[Obstacle]
    #: Whether the same form had been sent before; then nothing was done now.
    is_repeated: bool = False

    def as_values(self) -> dict[str, Any]:
        """The same for a machine."""
        return asdict(self) | {"obstacles": dict(self.obstacles), "packages": list(self.packages)}


def remedy(
    connection: Connection,
    post_ids: Sequence[int],
    decision: Decision,
    *,
    officer: Officer,
    tables: Tables,
    correct: Correct,
    now: datetime,
) -> Remedied:
    """Take down and correct what this officer may; the same form decides once, however often it is sent.

    A withdrawal begins when this is committed. Corrections become drafts of the officer's own wording, in a
    package for each package of the wrong posts; another officer approves them, and then they go out at once.
    """
    posts = remedies.lock(connection, post_ids)
    if remedies.of_request(connection, decision.request_key) is not None:
        return Remedied(0, 0, (), Counter(), is_repeated=True)
    obstacles: Counter[Obstacle] = Counter()
    open_posts = []
    for post in posts:
        why = obstacle_to(post, officer=officer, satker=tables.satker, action=decision.action)
        if why is None:
            open_posts.append(post)
        else:
            obstacles[why] += 1
    words = (
        correct(open_posts, wrong=decision.wrong, truth=decision.truth, now=now)
        if decision.action in CORRECTING
        else {}
    )
    if decision.action in CORRECTING:
        obstacles["no_words"] += len(open_posts) - len(words)
    taken_down = [post.post_id for post in open_posts] if decision.action in WITHDRAWING else []
    if not taken_down and not words:
        return Remedied(0, 0, (), +obstacles)
    remedy_id = remedies.record(
        connection, **decision._asdict(), officer=officer.username, officer_scope=officer.scope
    )
    if remedy_id is None:
        return Remedied(0, 0, (), Counter(), is_repeated=True)
    remedies.add_withdrawals(connection, remedy_id, taken_down)
    drafted = _draft(
        connection,
        remedy_id,
        [post for post in open_posts if post.post_id in words],
        words,
        officer=officer,
        tables=tables,
        now=now,
    )
    remedies.announce(connection)
    return Remedied(len(taken_down), len(words), drafted, +obstacles)


def _draft(
    connection: Connection,
    remedy_id: int,
    posts: Sequence[Remediable],
    words: Mapping[int, Wording],
    *,
    officer: Officer,
    tables: Tables,
    now: datetime,
) -> tuple[int, ...]:
    """Save the corrections as drafts in a package for each package of wrong posts; gives their numbers."""
    numbers = []
    for _, group in groupby(sorted(posts, key=_package), key=_package):
        wrong = list(group)
        first = wrong[0]
        calendar = tables.calendars.get(first.calendar)
        package_id = packages.open_package(
            connection,
            rehearsal_id=first.rehearsal_id,
            calendar=first.calendar,
            # The words are written under the calendar as it is now, and held if it changes again.
            calendar_version=calendar.version if calendar else first.calendar_version,
            stage=first.stage,
            tonggak=correction_tonggak(first.tonggak, remedy_id),
            kind="ralat",
            title=f"Ralat: {first.title.removeprefix('Ralat: ')}",
            late_delay_seconds=0,
            dag_id="withdraw_and_correct",
            run_id=f"ralat-{remedy_id}-{first.package_id}",
        )
        fresh = [_fresh(post, words[post.post_id], now=now) for post in wrong]
        save_drafts(connection, package_id, fresh, author=officer.username)
        remedies.add_corrections(connection, remedy_id, package_id, wrong)
        numbers.append(package_id)
    return tuple(numbers)


def _package(post: Remediable) -> int:
    return post.package_id


def _fresh(post: Remediable, wording: Wording, *, now: datetime) -> FreshDraft:
    return FreshDraft(
        satker_code=post.satker_code,
        province_code=post.province_code,
        channel=post.channel,
        account_id=post.account_id,
        wave=post.wave,
        says_at=post.says_at if post.rehearsal_id is not None else now,
        # Due from now on: it goes out as soon as it is approved.
        publish_at=now,
        not_after=now + CORRECTION_LASTS,
        wording=wording,
        by_hand=post.by_hand,
    )


def done_by_hand(
    connection: Connection,
    withdrawal_id: int,
    *,
    answer: ByHand,
    said: str,
    officer: Officer,
    tables: Tables,
) -> None:
    """Save what a person did about a post that the machine could not take down.

    Raises:
        PageRefusal: Not this officer's to answer, answered meanwhile, or *gone* without a word about it.
    """
    row = remedies.one_manual(connection, withdrawal_id)
    if row is not None and not officer.covers(tables.satker[row["satker_code"]]):
        raise not_in_scope()
    if officer.role not in DECIDERS:
        raise PageRefusal(403, "Tidak berwenang menjawab", "Jabatan Anda hanya dapat membaca tugas ini.")
    if row is None:
        raise PageRefusal(
            409, "Tugas ini sudah selesai", "Rekan Anda sudah menyelesaikannya. Tidak ada yang diubah."
        )
    if answer == "again":
        withdrawals.ask_the_machine_again(connection, withdrawal_id)
        remedies.announce(connection)
        return
    if not said.strip():
        raise PageRefusal(422, "Keterangan belum diisi", "Tulis apa yang Anda lihat setelah menghapusnya.")
    withdrawals.finish(
        connection,
        withdrawal_id,
        said=said.strip(),
        finished_by=officer.username,
        person=officer.username,
        evidence={"by": officer.username, "said": said.strip(), "withdrawn": True},
    )
