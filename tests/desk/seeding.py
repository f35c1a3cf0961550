"""Packages and desks for the tests: real satker, a made-up text, no person."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient

from kabar.calendar import read_calendar
from kabar.channel_table import read_channels
from kabar.content import Finding
from kabar.desk.correcting import corrections
from kabar.desk.desk import Desk
from kabar.desk.seal import Seal
from kabar.desk.tables import Tables
from kabar.officers import Officer
from kabar.orchestration.today import Today
from kabar.pictures import Pictures
from kabar.satker import Satker, read_satker
from kabar.settings import REPOSITORY, Settings
from kabar.store import drafts, packages, posts
from kabar.store.database import Connection, Database
from kabar.store.drafts import FreshDraft, Wording

SATKER: Mapping[str, Satker] = {one.code: one for one in read_satker(REPOSITORY / "include" / "satker.csv")}
CHANNELS = read_channels(REPOSITORY / "include" / "channels.yaml")
CALENDARS = {"pilkada-2024": read_calendar(REPOSITORY / "include" / "calendars" / "pilkada_2024.yaml")}
#: The database has its own clock, so what is still to come lies ahead of the real one.
NOW = datetime.now(UTC)
#: The calendar's moment in a rehearsal: 07.00 in Jakarta, 08.00 in Makassar.
FIRST_DAY = datetime(2024, 8, 27, 0, 0, tzinfo=UTC)
#: A run of Airflow is named by both.
DAG_ID = "tahapan_pilkada_2024_pendaftaran"
TOMORROW = NOW + timedelta(days=1)
NO_PICTURES = Pictures(Path("no-pictures"))

OFFICERS = (
    ("humas_ri", "Humas KPU RI", "penyetuju", "nasional"),
    ("penyusun_ri", "Penyusun naskah KPU RI", "penyusun", "nasional"),
    ("pengawas_ri", "Pengawas KPU RI", "pengawas", "nasional"),
    ("humas_32", "Humas KPU Provinsi Jawa Barat", "penyetuju", "provinsi:32"),
    ("humas_3204", "Humas KPU Kabupaten Bandung", "penyetuju", "satker:3204"),
)
FORBIDDEN_WORD = "terlarang"
BLOCK = Finding("netral", "block", "Kata ini tidak boleh terbit.", "Contoh dasar hukum")
WARN = Finding("panjang", "warn", "Kalimatnya panjang.", "Kebiasaan rumah ini")


def check(_row: Mapping[str, Any], message: str) -> tuple[Finding, ...]:
    """A rule that anyone can see: one word blocks."""
    return (BLOCK,) if FORBIDDEN_WORD in message else ()


def desk_for(db: Database, *, now: Callable[[], datetime], pictures: Pictures = NO_PICTURES) -> Desk:
    """A desk on `db` whose officers are those above."""
    officers = {
        name: Officer(username=name, title=title, role=role, scope=scope)
        for name, title, role, scope in OFFICERS
    }
    tables = Tables(satker=SATKER, officers=officers, calendars=CALENDARS, channels=CHANNELS)
    return Desk(
        database=lambda: db,
        tables=lambda: tables,
        check=check,
        correct=corrections(Settings.from_environment()),
        clock=now,
        seal=Seal(b"tests"),
        today=lambda: Today(Settings.from_environment()),
        pictures=pictures,
    )


@dataclass(frozen=True)
class Seed:
    """What differs between the drafts of a test."""

    satker_code: str
    message: str = "Pendaftaran pasangan calon dibuka besok.\n\nDasar: PKPU 2/2024."
    findings: tuple[Finding, ...] = ()
    says_at: datetime = TOMORROW
    publish_at: datetime = TOMORROW
    not_after: datetime = TOMORROW + timedelta(hours=10)
    account_name: str | None = field(default=None)
    channel: str = "facebook"
    #: The account's id on the platform; None for a number of the satker.
    account_id: str | None = None
    usage: str = "rehearsal"
    by_hand: bool = False
    pictures: tuple[str, ...] = ()
    alt_text: str = ""


def seed_package(
    db: Database,
    seeds: Sequence[Seed],
    *,
    stage: str = "pendaftaran-paslon",
    label: str = "H-7",
    title: str = "Pendaftaran pasangan calon: H-7",
    as_rehearsal: bool = False,
) -> int:
    """Make a package of these drafts and give its number."""
    named = {"calendar": "pilkada-2024", "stage": stage, "tonggak": f"{stage}|{label}", "dag_id": DAG_ID}
    run_id = run_of(stage, label, as_rehearsal=as_rehearsal)
    with db.connection() as connection:
        rehearsal_id = None
        if as_rehearsal:
            rehearsal_id = packages.open_rehearsal(
                connection,
                as_if_at=NOW,
                first_wave_at=NOW,
                gap_seconds=60,
                late_delay_seconds=60,
                run_id=run_id,
                **named,
            )
        package_id = packages.open_package(
            connection,
            rehearsal_id=rehearsal_id,
            calendar_version=CALENDARS["pilkada-2024"].version,
            kind="pengumuman",
            title=title,
            late_delay_seconds=1800,
            run_id=run_id,
            **named,
        )
        drafts.save_drafts(connection, package_id, [_draft(connection, seed) for seed in seeds])
    return package_id


def run_of(stage: str, label: str, *, as_rehearsal: bool = False) -> str:
    """The id of the Airflow run that drafted a package."""
    return f"{'manual' if as_rehearsal else 'scheduled'}__{stage}.{label}"


def seed_nation(db: Database, seed: Seed, **package: Any) -> int:  # noqa: ANN401 -- As seed_package.
    """Make a package with a draft of every satker but KPU RI: 552 of them."""
    return seed_package(db, [replace(seed, satker_code=code) for code in SATKER if code != "00"], **package)


def leave_unconfirmed(db: Database, draft_id: int, *, looks: int) -> int:
    """Send a draft's post into doubt, look for it in vain some times, and give the post's number."""
    with db.connection() as connection:
        row = drafts.draft(connection, draft_id)
        if row is None:
            raise LookupError(draft_id)
        claim = posts.take_claim(connection, row["post_id"], worker="worker-1", lease_seconds=60)
        posts.record_outcome(
            connection, claim, state="unconfirmed", worker="worker-1", reason="no answer in time", evidence={}
        )
    for number in range(looks):
        with db.connection() as connection:
            doubted = next(one for one in posts.unconfirmed(connection) if one.post_id == row["post_id"])
            reason = f"look {number + 1}: not on the platform"
            posts.record_look(connection, doubted, worker="worker-1", reason=reason, evidence={})
    return int(row["post_id"])


def _draft(connection: Connection, seed: Seed) -> FreshDraft:
    satker = SATKER[seed.satker_code]
    account_id = drafts.save_account(
        connection,
        channel=seed.channel,
        external_id=seed.account_id or f"7{seed.satker_code}",
        satker_code=seed.satker_code,
        name=seed.account_name or satker.official_name,
        usage=seed.usage,
        reached_by="facebook_pages",
        is_active=True,
    )
    wording = Wording(
        message=f"{seed.message}\n{satker.short_name}",
        link="https://www.kpu.go.id/",
        alt_text=seed.alt_text,
        hashtags=("#KPUMelayani",),
        facts={"satker_lengkap": satker.official_name, "dasar": "Peraturan KPU Nomor 2 Tahun 2024"},
        template="pengumuman/facebook.j2",
        template_hash="0" * 64,
        findings=tuple(finding._asdict() for finding in seed.findings),
        content_hash=hashlib.sha256(f"{seed.message} {seed.satker_code}".encode()).hexdigest(),
        pictures=seed.pictures,
    )
    return FreshDraft(
        satker_code=seed.satker_code,
        province_code=satker.province_code,
        channel=seed.channel,
        account_id=account_id,
        wave=satker.zone,
        says_at=seed.says_at,
        publish_at=seed.publish_at,
        not_after=seed.not_after,
        wording=wording,
        by_hand=seed.by_hand,
    )


def form_of(desk: Desk, username: str, **fields: object) -> dict[str, object]:
    """A form as our own page would send it: an approval unless said otherwise."""
    token = desk.seal.form_token(desk.tables().officers[username])
    return {"verdict": "approve", "request_key": str(uuid4()), "form_token": token} | fields


def pins_of(client: TestClient, package_id: int) -> list[str]:
    """Every draft of a package in the client's scope, pinned to its present wording."""
    return [f"{item['id']}:{item['content_hash']}" for item in client.get(f"/api/paket/{package_id}").json()]


def states(client: TestClient, package_id: int) -> list[str]:
    """The states of a package's posts, in the order of satker codes."""
    return [item["state"] for item in client.get(f"/api/paket/{package_id}").json()]
