"""Containers of Instagram and Threads: what lies on the platform unseen until it is published, once.

`platforms.md` 3 and 4.2: states over time, the end after 24 hours, and a quota of publications a day.
"""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from PIL import Image, UnidentifiedImageError

from kabar.frozen import Frozen
from kabar.sandbox.journal import Document
from kabar.sandbox.twin import TwinBook, TwinPost

State = Literal["IN_PROGRESS", "FINISHED", "ERROR", "EXPIRED", "PUBLISHED"]

LIVES = timedelta(hours=24)
QUOTA_DURATION = timedelta(hours=24)
PICTURE_BYTES = 8_000_000
#: Ids of containers and media begin here, so that they have as many digits as real ones.
FIRST_SERIAL = 17_900_000_000_000_000


class Container(Frozen):
    """One post that is being prepared, or one picture of a carousel."""

    platform: str
    id: str
    account: str
    media_type: str
    text: str = ""
    #: SHA-256 and description of each picture.
    pictures: tuple[str, ...] = ()
    alt_texts: tuple[str, ...] = ()
    link: str = ""
    is_carousel_item: bool = False
    #: Later than the call that made it when a planted fault delays the effect.
    exists_at: datetime
    #: Until then it is IN_PROGRESS.
    ready_at: datetime
    #: Why it never becomes FINISHED; empty when it does.
    fault: str = ""
    #: The post that it became, and when that is to be seen.
    post_id: str | None = None
    published_at: datetime | None = None

    def state(self, now: datetime) -> State:
        """What the platform says of it."""
        if self.published_at is not None and self.published_at <= now:
            return "PUBLISHED"
        if now >= self.exists_at + LIVES:
            return "EXPIRED"
        if now < self.ready_at:
            return "IN_PROGRESS"
        return "ERROR" if self.fault else "FINISHED"


class Look(NamedTuple):
    """What a picture file is."""

    media_type: str
    width: int
    height: int
    size: int

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height


def look_at(content: bytes) -> Look | None:
    """Format (`JPEG`, `PNG`, …) and measures of a picture; None when it is none."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return Look(image.format or "", *image.size, len(content))
    except (UnidentifiedImageError, OSError):
        return None


class Made(Frozen):
    """What a call asks a container to be."""

    platform: str
    account: str
    media_type: str
    text: str = ""
    pictures: tuple[str, ...] = ()
    alt_texts: tuple[str, ...] = ()
    link: str = ""
    is_carousel_item: bool = False
    fault: str = ""


class ContainerBook:
    """All containers of both platforms, on disk before a caller is answered."""

    def __init__(self, book: TwinBook) -> None:
        self.book = book
        self.containers: dict[str, Container] = {}
        self._serial = FIRST_SERIAL
        for body in book.journal.load("Container"):
            self._take(Container.model_validate_json(body))
        for post in book.posts.values():
            if post.id.isdigit():
                self._serial = max(self._serial, int(post.id))

    def make(self, made: Made, *, seconds: float, delay: timedelta) -> Container:
        """A new container that is ready after so many seconds; `delay` is a planted fault's."""
        exists_at = self.book.now() + delay
        container = Container(
            id=self._next(),
            exists_at=exists_at,
            ready_at=exists_at + timedelta(seconds=seconds),
            **made.model_dump(),
        )
        self._keep(container)
        return container

    def get(self, platform: str, number: str) -> Container | None:
        """One container of a platform that is there already."""
        found = self.containers.get(number)
        if found is None or found.platform != platform or found.exists_at > self.book.now():
            return None
        return found

    def quota_used(self, platform: str, account: str) -> int:
        """Publications of the last 24 hours; deleting one gives nothing back."""
        since = self.book.now() - QUOTA_DURATION
        return sum(post.created_at > since for post in self.book.of(platform, account))

    def publish(self, container: Container, *, delay: timedelta, permalink: str) -> TwinPost:
        """Make the container a post."""
        now = self.book.now()
        number = self._next()
        post = TwinPost(
            platform=container.platform,
            id=number,
            account=container.account,
            text=container.text,
            first_text=container.text,
            link=container.link,
            alt_texts=container.alt_texts,
            pictures=container.pictures,
            created_at=now,
            appears_at=now + delay,
            permalink=f"{permalink}#{number}",
            more={"media_type": container.media_type, "container": container.id},
        )
        self.book.keep(post)
        self._keep(container.model_copy(update={"post_id": number, "published_at": post.appears_at}))
        return post

    def keep_picture(self, content: bytes) -> str:
        """Keep a fetched picture and give its SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        self.book.journal.keep_picture(digest, content)
        return digest

    def reset(self) -> None:
        """Forget all of both platforms."""
        self.book.journal.forget(("Container",))
        self.containers.clear()

    def _next(self) -> str:
        self._serial += 1
        return str(self._serial)

    def _keep(self, container: Container) -> None:
        self.book.journal.keep([Document("Container", container.id, container.model_dump_json())])
        self._take(container)

    def _take(self, container: Container) -> None:
        self.containers[container.id] = container
        self._serial = max(self._serial, int(container.id))
