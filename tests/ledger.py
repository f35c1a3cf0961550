"""Packages that are drafted, approved and due, and a worker that sends them to a real sandbox."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import aiohttp

from kabar.channels.channel import Abilities, Channel, Identity, Outgoing, Prepared, Standing
from kabar.channels.facebook import FacebookPages
from kabar.channels.graph import PageAccess, pages_of
from kabar.channels.measured import Measured
from kabar.channels.opening import Door, open_channel
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.channels.usage import UsageBook
from kabar.officers import Officer
from kabar.pictures import Pictures
from kabar.posting.approval import Decided, Denied, Verdict, judge
from kabar.posting.publish import Channels, publish
from kabar.posting.reconcile import read_back, settle, settle_for
from kabar.posting.states import MOVES, State, Unconfirmed
from kabar.sandbox.graph.instagram import instagram_id
from kabar.sandbox.running import RunningSandbox
from kabar.sandbox.seeding import page_id
from kabar.sandbox.threads.accounts import threads_id, threads_token
from kabar.satker import Satker, read_satker
from kabar.settings import REPOSITORY, Pace
from kabar.store import decisions, packages, posts
from kabar.store.database import Connection, Database
from kabar.store.drafts import FreshDraft, Wording, save_account, save_drafts
from kabar.store.ledger import PostgresLedger

Result = TypeVar("Result")

SATKER: Mapping[str, Satker] = {one.code: one for one in read_satker(REPOSITORY / "include" / "satker.csv")}
#: Regencies and cities of the three time zones.
CODES = ("1101", "3204", "3273", "6471", "9171")
CALENDAR, VERSION = "pilkada-2024", 1
CONNECTION = "sandbox"
#: The id that a satker's account has in the sandbox.
ACCOUNT_ID: Mapping[str, Callable[[str], str]] = {
    "facebook": page_id,
    "instagram": instagram_id,
    "threads": threads_id,
}
#: Whom the tests' approvals come from: an office, no person.
HUMAS = Officer(username="humas_ri", title="Humas KPU RI", role="penyetuju", scope="nasional")
#: A worker's patience, short enough for a test.
QUICK = Pace(call_seconds=0.5, lease_seconds=2, settle_seconds=0.2, look_gap_seconds=0.05, in_flight=20)


class Row(NamedTuple):
    """Where one post stands."""

    post_id: int
    state: str
    reason: str
    claim_number: int
    platform_id: str | None


def save_page(
    db: Database,
    code: str,
    *,
    page: str | None = None,
    channel: str = "facebook",
    **changed: Any,  # noqa: ANN401 -- An account's columns, by name.
) -> int:
    """Take over a satker's Page or other account, with what is `changed`, and give the account's number."""
    usual = {
        "satker_code": code,
        "name": SATKER[code].official_name,
        "usage": "rehearsal",
        "reached_by": CONNECTION,
        "is_active": True,
    }
    with db.connection() as connection:
        return save_account(
            connection, channel=channel, external_id=page or ACCOUNT_ID[channel](code), **(usual | changed)
        )


def wording_of(code: str, message: str, *, pictures: Sequence[str] = ()) -> Wording:
    """A text with its hash and a description for each picture, as the machine would write it."""
    return Wording(
        message=f"{message}\n{SATKER[code].official_name}",
        link="https://infopemilu.kpu.go.id/Pemilihan?kanal=facebook",
        alt_text="\n".join(f"Gambar {number} pengumuman." for number, _ in enumerate(pictures, 1)),
        hashtags=("#Pilkada2024", "#KPUMelayani"),
        facts={
            "satker_lengkap": SATKER[code].official_name,
            "satker": SATKER[code].short_name,
            "lembaga": "KIP" if SATKER[code].is_kip else "KPU",
            "tahapan": "Pendaftaran pasangan calon",
            "tautan": "https://infopemilu.kpu.go.id/Pemilihan?kanal=facebook",
            "dasar": "Peraturan KPU Nomor 2 Tahun 2024",
            "kata": "pendaftaran-paslon",
            "kode_kalender": CALENDAR,
        },
        template="pengumuman/facebook.j2",
        template_hash="0" * 64,
        findings=(),
        content_hash=hashlib.sha256(f"{message}{code}".encode()).hexdigest(),
        pictures=tuple(pictures),
    )


def fresh(
    code: str,
    account_id: int | None,
    *,
    message: str = "Pendaftaran dibuka.",
    channel: str = "facebook",
    pictures: Sequence[str] = (),
) -> FreshDraft:
    """A draft that is due tomorrow and worth saying for ten hours."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return FreshDraft(
        satker_code=code,
        province_code=SATKER[code].province_code,
        channel=channel,
        account_id=account_id,
        wave=SATKER[code].zone,
        says_at=tomorrow,
        publish_at=tomorrow,
        not_after=tomorrow + timedelta(hours=10),
        wording=wording_of(code, message, pictures=pictures),
    )


def open_package(
    connection: Connection, *, tonggak: str = "pendaftaran-paslon|H", rehearsal: bool = True
) -> int:
    """A package without drafts, in a rehearsal of its own unless it is real."""
    named = {"calendar": CALENDAR, "stage": "pendaftaran-paslon", "tonggak": tonggak, "dag_id": "tahapan"}
    rehearsal_id = None
    if rehearsal:
        now = datetime.now(UTC)
        timing = {"as_if_at": now, "first_wave_at": now, "gap_seconds": 0, "late_delay_seconds": 60}
        rehearsal_id = packages.open_rehearsal(connection, run_id=tonggak, **named, **timing)
    return packages.open_package(
        connection,
        rehearsal_id=rehearsal_id,
        calendar_version=VERSION,
        kind="pengumuman",
        title="Pendaftaran pasangan calon",
        late_delay_seconds=60,
        run_id=tonggak,
        **named,
    )


def drafted(
    db: Database,
    codes: Sequence[str] = CODES,
    *,
    message: str = "Pendaftaran dibuka.",
    tonggak: str = "pendaftaran-paslon|H",
    rehearsal: bool = True,
    channel: str = "facebook",
    pictures: Sequence[str] = (),
) -> int:
    """A package with one draft a satker, each with its account of the sandbox; gives the package's number."""
    accounts = {code: save_page(db, code, channel=channel) for code in codes}
    with db.connection() as connection:
        package_id = open_package(connection, tonggak=tonggak, rehearsal=rehearsal)
        drafts = [
            fresh(code, accounts[code], message=message, channel=channel, pictures=pictures) for code in codes
        ]
        save_drafts(connection, package_id, drafts)
    return package_id


def decide(
    db: Database,
    package_id: int,
    *,
    verdict: Verdict = "approve",
    officer: Officer = HUMAS,
    request_key: str = "1",
) -> list[Decided | Denied]:
    """Let an officer decide all drafts of a package in their present wording."""
    seen = {row["draft_id"]: row["content_hash"] for row in _present(db, package_id)}
    with db.connection() as connection:
        judged = [
            judge(item, officer=officer, satker=SATKER, verdict=verdict, seen_hash=seen[item.draft_id])
            for item in decisions.lock(connection, sorted(seen), request_key=request_key)
        ]
        decisions.record(
            connection,
            [one for one in judged if isinstance(one, Decided)],
            verdict=verdict,
            reason="" if verdict == "approve" else "Belum waktunya.",
            officer=officer.username,
            officer_scope=officer.scope,
            request_key=request_key,
        )
    return judged


def approved(db: Database, codes: Sequence[str] = CODES, **package: Any) -> int:  # noqa: ANN401 -- As drafted.
    """A package that is approved and due now."""
    package_id = drafted(db, codes, **package)
    decide(db, package_id)
    make_due(db, package_id)
    return package_id


def make_due(db: Database, package_id: int, *, not_after: str = "10 hours") -> None:
    """Let all drafts be due since a second ago, and their not-after time lie ahead by so much."""
    change(
        db,
        "update kabar.draft set publish_at = now() - interval '1 second', not_after = now() + %s::interval"
        " where package_id = %s",
        not_after,
        package_id,
    )


def let_pauses_pass(db: Database) -> None:
    """As if every pause were over: of posts, accounts and connections."""
    change(db, "update kabar.cooldown set until = clock_timestamp()")
    change(db, "update kabar.account_check set checked_at = checked_at - interval '1 hour'")
    change(db, "update kabar.draft set publish_at = now() - interval '1 second' where publish_at > now()")


def change(db: Database, statement: str, *values: object) -> None:
    """Let something happen to the tables that takes too long, or somebody else, in real life."""
    with db.connection() as connection:
        connection.execute(statement, values)


def change_unseen(db: Database, statement: str, *values: object) -> None:
    """The same by the hand of a superuser, past every trigger: the history is not told."""
    with db.connection() as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute(statement, values)


def way(start: State | None, end: State) -> list[State]:
    """The states after `start` on a shortest allowed way to `end`."""
    ways: dict[State | None, list[State]] = {start: []}
    for here in (queue := [start]):
        for before, after in MOVES:
            if before == here and after not in ways:
                ways[after] = [*ways[here], after]
                queue.append(after)
    return ways[end]


def bring(db: Database, state: State, *, lease: str = "1 hour") -> None:
    """Move every post to a state by allowed moves, each with a lease and a name on the platform."""
    change(
        db,
        "update kabar.post"
        " set lease_until = now() + %s::interval, platform_id = coalesce(platform_id, '10_1')",
        lease,
    )
    with db.connection() as connection:
        for row in connection.execute("select id, state from kabar.post").fetchall():
            for step in way(row["state"], state):
                connection.execute("update kabar.post set state = %s where id = %s", (step, row["id"]))


def rows(db: Database, package_id: int) -> dict[str, Row]:
    """Where every post of a package stands, by satker."""
    with db.connection() as connection:
        found = connection.execute(
            "select d.satker_code, p.id, p.state, p.reason, p.claim_number, p.platform_id"
            " from kabar.post p join kabar.draft d on d.id = p.draft_id"
            " where d.package_id = %s order by d.satker_code",
            (package_id,),
        ).fetchall()
    return {
        row["satker_code"]: Row(
            row["id"], row["state"], row["reason"], row["claim_number"], row["platform_id"]
        )
        for row in found
    }


def states(db: Database, package_id: int) -> Counter[str]:
    """How many posts of a package are in each state."""
    return Counter(row.state for row in rows(db, package_id).values())


def due(db: Database, package_id: int) -> list[int]:
    """Numbers of the posts that may go out now."""
    with db.connection() as connection:
        return posts.due(connection, package_id=package_id)


def _present(db: Database, package_id: int) -> list[dict[str, Any]]:
    with db.connection() as connection:
        return connection.execute(
            "select d.id as draft_id, v.content_hash from kabar.draft d"
            " join kabar.draft_version v on v.draft_id = d.id and v.version = d.version"
            " where d.package_id = %s",
            (package_id,),
        ).fetchall()


@dataclass
class Worker:
    """Does what a task does, through the real ledger and the real channel, to a sandbox."""

    db: Database
    sandbox: RunningSandbox
    package_id: int
    name: str = "worker-1"
    pace: Pace = QUICK
    calendar_versions: Mapping[str, int] = field(default_factory=lambda: {CALENDAR: VERSION})
    #: What the satker are called now; a test that renames one says so.
    official_names: Mapping[str, str] = field(default_factory=dict)
    #: Where the sandbox seems to be; a test that needs a closed door names another place.
    url: str | None = None
    platform: str = "facebook"
    ledger: type[PostgresLedger] = PostgresLedger
    pictures: Pictures = field(default_factory=lambda: Pictures(Path("no-pictures")))
    usage: UsageBook = field(default_factory=UsageBook)
    _pages: dict[str, PageAccess] = field(default_factory=dict)

    def publish(
        self, post_ids: Sequence[int] | None = None, *, in_seconds: Mapping[int, float] | None = None
    ) -> Counter[str]:
        chosen = due(self.db, self.package_id) if post_ids is None else post_ids

        async def work(ledger: PostgresLedger, channels: Channels) -> Counter[str]:
            sent = await publish(
                chosen, ledger=ledger, channels=channels, in_seconds=in_seconds, **self.sending
            )
            return Counter({str(outcome): number for outcome, number in sent.items()})

        return self.do(work)

    def settle(self) -> Counter[str]:
        async def work(ledger: PostgresLedger, channels: Channels) -> Counter[str]:
            found = await settle(ledger=ledger, channels=channels, **self._looking)
            return Counter({str(outcome): number for outcome, number in found.items()})

        return self.do(work)

    def settle_for(self, seconds: float) -> Sequence[Unconfirmed]:
        return self.do(
            lambda ledger, channels: settle_for(seconds, ledger=ledger, channels=channels, **self._looking)
        )

    def read_back(self) -> Counter[str]:
        return self.do(
            lambda ledger, channels: read_back(
                ledger=ledger, channels=channels, in_flight=self.pace.in_flight
            )
        )

    @property
    def sending(self) -> dict[str, Any]:
        """What `publish` asks for besides the ledger and the channels."""
        return {
            "pictures": self.pictures,
            "in_flight": self.pace.in_flight,
            "prepare_seconds": self.pace.prepare_seconds,
            "usage": self.usage,
        }

    @property
    def _looking(self) -> dict[str, Any]:
        return {"look_gap_seconds": self.pace.look_gap_seconds, "in_flight": self.pace.in_flight}

    def do(self, work: Callable[[PostgresLedger, Channels], Awaitable[Result]]) -> Result:
        async def doing() -> Result:
            async with self.at_work() as (ledger, channels):
                return await work(ledger, channels)

        return asyncio.run(doing())

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[tuple[PostgresLedger, Channels]]:
        """The ledger and the channels, opened as a task opens them."""
        ledger = self.ledger(
            self.db,
            worker=self.name,
            calendar_versions=self.calendar_versions,
            official_names=self.official_names,
            lease_seconds=self.pace.lease_seconds,
            call_seconds=self.pace.call_seconds,
            package_id=self.package_id,
            account_gap_seconds=self.pace.account_gap_seconds,
        )
        async with ledger, self.channel() as channel:
            yield ledger, {(self.platform, CONNECTION): channel}

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[Channel]:
        """The platform, opened in peace; a fault that is planted hits what follows."""
        if self.platform != "facebook":
            async with self._other_platform() as channel:
                yield channel
            return
        timeout = aiohttp.ClientTimeout(total=self.pace.call_seconds)
        async with aiohttp.ClientSession() as patient:
            reading = HTTPTransport(session_sender(patient, self.sandbox.url))
            self._pages = self._pages or await pages_of(reading, self.sandbox.user_token)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            transport = HTTPTransport(
                session_sender(session, self.url or self.sandbox.url), note=self.usage.noting(CONNECTION)
            )
            yield FacebookPages(transport, self._pages, settle_seconds=self.pace.settle_seconds)

    @asynccontextmanager
    async def _other_platform(self) -> AsyncIterator[Channel]:
        base = self.url or self.sandbox.url
        timeout = aiohttp.ClientTimeout(total=self.pace.call_seconds)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            token, tokens = self.sandbox.user_token, {}
            if self.platform == "threads":
                ids = [threads_id(code) for code in SATKER]
                base, token, tokens = f"{base}/threads", "", {one: threads_token(one) for one in ids}
            transport = HTTPTransport(session_sender(session, base))
            yield await open_channel(self.platform, Door(transport, token, tokens, self.pace.settle_seconds))


class DeafChannel:
    """A platform that answers nothing; a test lets it say the one thing that it is about."""

    settle_seconds = 0.0
    abilities = Abilities()

    async def prepare(self, post: Outgoing) -> Prepared:  # noqa: ARG002 -- It needs nothing.
        return Prepared({})

    async def create(self, post: Outgoing) -> Standing:
        raise NotImplementedError

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        raise NotImplementedError

    async def find(self, post: Outgoing, *, sent_at: datetime) -> Sequence[Standing]:
        raise NotImplementedError

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        raise NotImplementedError

    async def correct(self, post: Outgoing, platform_id: str) -> Standing:
        raise NotImplementedError

    async def identity(self, account_id: str) -> Identity:
        raise NotImplementedError

    async def insights(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date], now: datetime
    ) -> Sequence[Measured]:
        raise NotImplementedError


def counted(sandbox: RunningSandbox) -> tuple[int, int]:
    """What the platform itself counts: posts that it took, and Pages with more than one."""
    count = sandbox.control("count")
    doubles = count["double"]
    assert isinstance(doubles, dict)
    assert isinstance(count["total"], int)
    return count["total"], len(doubles)
