"""Packages on the channels beside Facebook, and a worker that sends them to the sandbox's stand-ins."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import aiohttp
import requests
from PIL import Image

from kabar.channels.channel import Channel, Outgoing, Picture, Prepared, Standing
from kabar.channels.opening import Door, open_channel
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.sandbox.offices import office_id, office_token
from kabar.sandbox.running import RunningSandbox
from kabar.store.database import Database
from kabar.store.drafts import save_account, save_drafts
from ledger import CONNECTION, SATKER, Worker, decide, fresh, make_due, open_package

#: KPU RI and provinces of the three time zones: those the stand-ins know.
CODES = ("00", "11", "32", "64", "91")
LINK = "https://infopemilu.kpu.go.id/Pemilihan?kanal=uji"
#: Words with everything that platforms like to change.
WORDS = 'Pendaftaran dibuka. Syarat <umur & domisili> "berlaku" *sama* _di mana saja_.'


def jpeg(colour: str = "red", *, side: int = 8) -> bytes:
    """A small picture of one colour."""
    stream = BytesIO()
    Image.new("RGB", (side, side), colour).save(stream, "JPEG")
    return stream.getvalue()


def picture(colour: str = "red", *, alt_text: str = "Gambar uji.", side: int = 8) -> Picture:
    """A picture as the posting loop hands it to a channel."""
    content = jpeg(colour, side=side)
    sha256 = hashlib.sha256(content).hexdigest()
    return Picture(sha256, f"https://gambar.example/{sha256}.jpg", alt_text, content)


def outgoing(
    channel: str,
    code: str = "32",
    *,
    post_id: int = 7,
    **members: Any,  # noqa: ANN401 -- Those of Outgoing, by name.
) -> Outgoing:
    """A post for a province's account."""
    usual = {"message": WORDS, "link": LINK}
    return Outgoing(account_id=office_id(channel, code), post_id=post_id, **(usual | members))


def door(channel: str, transport: HTTPTransport, *, settle_seconds: float = 0.2) -> Door:
    """The opened connection of a channel, with everything that proves who we are."""
    if channel == "telegram":
        return Door(transport, office_token(channel, ""), {}, settle_seconds)
    tokens = {office_id(channel, code): office_token(channel, office_id(channel, code)) for code in CODES}
    return Door(transport, "", tokens, settle_seconds)


@asynccontextmanager
async def opened(
    channel: str, address: str, *, call_seconds: float = 5, settle_seconds: float = 0.2
) -> AsyncIterator[Channel]:
    """A channel on a stand-in of the sandbox."""
    timeout = aiohttp.ClientTimeout(total=call_seconds)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        transport = HTTPTransport(session_sender(session, f"{address}/{channel}"))
        yield await open_channel(channel, door(channel, transport, settle_seconds=settle_seconds))


async def sent(channel: Channel, post: Outgoing) -> tuple[Standing, Outgoing]:
    """Prepare a post to the end and create it; what was made, and the post with its handle."""
    prepared = Prepared({}, 0.0)
    while prepared.wait_seconds is not None:
        prepared = await channel.prepare(post)
        post = replace(post, handle=prepared.handle)
    return await channel.create(post), post


def log(sandbox: RunningSandbox, channel: str) -> list[Mapping[str, Any]]:
    """Every post of a platform, as it stands now."""
    found: Any = sandbox.control(f"log?platform={channel}")["data"]
    return list(found)


def counted_on(sandbox: RunningSandbox, channel: str) -> tuple[int, int]:
    """What the platform counts: posts that it took, and accounts with more than one."""
    count: Any = sandbox.control(f"count?platform={channel}")
    return count["total"], len(count["double"])


def turn(sandbox: RunningSandbox, channel: str, code: str = "32", **switches: object) -> None:
    """Turn switches of a province's account."""
    sandbox.control(f"offices/{channel}/{office_id(channel, code)}", switches)


def seen(sandbox: RunningSandbox, path: str) -> str:
    """A page for people."""
    answer = requests.get(sandbox.url + path, timeout=5)
    answer.raise_for_status()
    return answer.text


def approved_on(
    db: Database, channel: str, codes: Sequence[str] = CODES, *, pictures: Mapping[str, str] | None = None
) -> int:
    """A package of one channel that is approved and due now; `pictures` are alt texts by sha256."""
    with db.connection() as connection:
        accounts = {
            code: save_account(
                connection,
                channel=channel,
                external_id=office_id(channel, code),
                satker_code=code,
                name=SATKER[code].official_name,
                usage="rehearsal",
                reached_by=CONNECTION,
                is_active=True,
            )
            for code in codes
        }
        package_id = open_package(connection)
        drafts = []
        for code in codes:
            draft = fresh(code, accounts[code], message=WORDS)
            wording = replace(
                draft.wording, pictures=tuple(pictures or ()), alt_text="\n".join((pictures or {}).values())
            )
            drafts.append(replace(draft, channel=channel, wording=wording))
        save_drafts(connection, package_id, drafts)
    decide(db, package_id)
    make_due(db, package_id)
    return package_id


@dataclass
class OfficeWorker(Worker):
    """The worker of `ledger`, on another channel."""

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[Channel]:  # type: ignore[override]
        async with opened(
            self.platform,
            self.url or self.sandbox.url,
            call_seconds=self.pace.call_seconds,
            settle_seconds=self.pace.settle_seconds,
        ) as channel:
            yield channel


def evidence_of(db: Database) -> str:
    """Everything that the ledger has written, as one text."""
    with db.connection() as connection:
        found = connection.execute(
            "select coalesce(string_agg(p::text, ' '), '') || coalesce((select string_agg(e::text, ' ')"
            " from kabar.post_event e), '') as everything from kabar.post p"
        ).fetchone()
    assert found is not None
    return str(found["everything"])
