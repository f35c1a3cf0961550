"""Instagram and Threads through our own channels, opened anew for every question."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TypeVar

import aiohttp
from PIL import Image

from kabar.channels.channel import Channel, Identity, Outgoing, Picture, Standing
from kabar.channels.measured import Measured
from kabar.channels.opening import Door, open_channel
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.sandbox.graph.instagram import instagram_id
from kabar.sandbox.running import RunningSandbox
from kabar.sandbox.threads.accounts import threads_id, threads_token

Result = TypeVar("Result")

TEXT = "Pendaftaran pasangan calon dibuka.\n\nhttps://infopemilu.kpu.go.id/ @kpu_contoh\n\n#Pilkada2024"
LINK = "https://infopemilu.kpu.go.id/Pemilihan?kanal=threads"


def jpeg(size: tuple[int, int] = (400, 400), kind: str = "JPEG") -> bytes:
    """A picture of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", size, "navy").save(stream, kind)
    return stream.getvalue()


@dataclass
class Platform:
    """One of the two platforms, and the account of KPU Jawa Barat on it."""

    name: str
    sandbox: RunningSandbox
    picture_url: str
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.account = (instagram_id if self.name == "instagram" else threads_id)("32")
        if self.name == "threads" and not self.tokens:
            self.tokens = {self.account: threads_token(self.account)}

    def ask(self, work: Callable[[Channel], Awaitable[Result]]) -> Result:
        async def asking() -> Result:
            timeout = aiohttp.ClientTimeout(total=5)
            base, token = self.sandbox.url, self.sandbox.user_token
            if self.name == "threads":
                base, token = f"{base}/threads", ""
            async with aiohttp.ClientSession(timeout=timeout) as session:
                transport = HTTPTransport(session_sender(session, base))
                return await work(await open_channel(self.name, Door(transport, token, self.tokens, 1)))

        return asyncio.run(asking())

    def outgoing(self, *, pictures: int = 1, message: str = TEXT, post_id: int = 41) -> Outgoing:
        picture = Picture("0" * 64, self.picture_url, "Poster pendaftaran.", b"")
        return Outgoing(self.account, message, LINK, post_id, [picture] * pictures)

    def publish(self, post: Outgoing) -> Standing:
        async def work(channel: Channel) -> Standing:
            return await channel.create(await prepared(channel, post))

        return self.ask(work)

    def prepared(self, post: Outgoing) -> Outgoing:
        return self.ask(lambda channel: prepared(channel, post))

    def find(self, post: Outgoing, *, sent_at: datetime | None = None) -> Sequence[Standing]:
        return self.ask(lambda channel: channel.find(post, sent_at=sent_at or datetime.now(UTC)))

    def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        return self.ask(lambda channel: channel.read(post, platform_id))

    def identity(self, account: str | None = None) -> Identity:
        return self.ask(lambda channel: channel.identity(account or self.account))

    def insights(self, metrics: Sequence[str], days: Sequence[date], now: datetime) -> Sequence[Measured]:
        return self.ask(lambda channel: channel.insights(self.account, metrics=metrics, days=days, now=now))

    def posts(self) -> list[dict[str, object]]:
        found = self.sandbox.control(f"log?platform={self.name}")["data"]
        assert isinstance(found, list)
        return found


async def prepared(channel: Channel, post: Outgoing) -> Outgoing:
    """The post with its handle, once nothing is to be waited for."""
    while True:
        step = await channel.prepare(post)
        post = replace(post, handle=step.handle)
        if step.wait_seconds is None:
            return post
        await asyncio.sleep(step.wait_seconds)
