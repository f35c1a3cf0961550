"""All objects of the stand-in, held in memory and written to the journal with every change."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

from kabar.frozen import Frozen
from kabar.sandbox.clock import SandboxClock
from kabar.sandbox.graph.instagram import Instagram
from kabar.sandbox.graph.objects import USUAL_SCOPES, App, LogEntry, Page, Photo, Post, Token
from kabar.sandbox.graph.settings import GraphSettings
from kabar.sandbox.journal import Document, Journal
from kabar.sandbox.seeding import SatkerRow, page_id

#: Serial numbers of posts and photos begin here, so that they have as many digits as real ones.
FIRST_SERIAL = 700_000_000_000_000


class Root(Frozen):
    """The one document that makes a state file what it is: the secret that Page tokens are derived from."""

    secret: str
    app_id: str


class PageToken(Frozen):
    """Which app, Page and generation a Page token belongs to."""

    app_id: str
    page_id: str
    generation: int


class World:
    """The platform's state. `change` is the only way in; readers take the dictionaries as they are."""

    #: Accounts behind Pages; handed in once the memory of the other platforms is open.
    instagram: Instagram

    def __init__(self, journal: Journal, clock: SandboxClock) -> None:
        self.journal = journal
        self.clock = clock
        self.settings = GraphSettings()
        self.apps: dict[str, App] = {}
        self.tokens: dict[str, Token] = {}
        self.page_tokens: dict[str, PageToken] = {}
        self.pages: dict[str, Page] = {}
        self.posts: dict[str, Post] = {}
        self.photos: dict[str, Photo] = {}
        self.post_ids: dict[str, list[str]] = {}
        self.photo_ids: dict[str, list[str]] = {}
        self.log: list[LogEntry] = []
        self._serial = FIRST_SERIAL
        self.root = self._read_root()
        for kind in (GraphSettings, App, Page, Token, Photo, Post, LogEntry):
            for body in journal.load(kind.__name__):
                self._take(kind.model_validate_json(body))
        if not self.apps:
            app = App(id=self.root.app_id, name="Kabar Tahapan", secret=secrets.token_hex(16))
            self.add_token(app.id, "EAA" + secrets.token_hex(60), also=[app])

    def now(self) -> datetime:
        """The platform's present moment."""
        return self.clock.now()

    def next_id(self) -> str:
        """A number that no other post or photo of this state has."""
        self._serial += 1
        return str(self._serial)

    def change(self, *objects: Frozen) -> None:
        """Take new or changed objects into the state and onto disk, all or none, before it returns."""
        self.journal.keep([_document(item) for item in objects])
        for item in objects:
            self._take(item)

    def page_token(self, app_id: str, page: Page) -> str:
        """The Page token of one app, the same for a state file until it is renewed."""
        return self._derive(app_id, page.id, page.token_generation)

    def add_app(self, name: str) -> tuple[App, Token]:
        """A new app with a system user that reaches every Page."""
        app = App(id=_numeric_id("9"), name=name, secret=secrets.token_hex(16))
        token = self.add_token(app.id, "EAA" + secrets.token_hex(60), also=[app])
        return app, token

    def add_token(self, app_id: str, value: str, *, also: Sequence[Frozen] = ()) -> Token:
        """A system-user token of this value for an app; `also` is written in the same transaction."""
        token = Token(
            value=value, kind="SYSTEM_USER", app_id=app_id, user_id=_numeric_id("1"), issued_at=self.now()
        )
        self.change(*also, token)
        return token

    def seed_pages(self, satker: Iterable[SatkerRow]) -> None:
        """One Page per satker that has none yet, all in one transaction."""
        new = [
            Page(
                id=page_id(row.kode),
                name=row.nama_pendek,
                kode=row.kode,
                province=row.provinsi,
                zone=row.zona_waktu,
                fan_count=usual_likes(page_id(row.kode)),
            )
            for row in satker
            if page_id(row.kode) not in self.pages
        ]
        self.change(*new)

    def reset(self, satker: Iterable[SatkerRow]) -> None:
        """Forget posts, photos, log, settings and changes of Pages; apps stay, their tokens are repaired."""
        self.journal.forget(("Page", "Post", "Photo", "LogEntry", "GraphSettings"))
        for collection in (self.pages, self.posts, self.photos, self.post_ids, self.photo_ids):
            collection.clear()
        self.page_tokens.clear()
        self.log.clear()
        self.settings = GraphSettings()
        self.clock.offset = timedelta()
        whole = {"broken_subcode": None, "expires_at": None, "page_ids": None, "scopes": USUAL_SCOPES}
        self.change(*(token.model_copy(update=whole) for token in self.tokens.values()))
        self.seed_pages(satker)

    def page_of(self, node_id: str) -> str | None:
        """The Page that a node id belongs to: a Page itself, a `page_post` or a photo."""
        if node_id in self.photos:
            return self.photos[node_id].page_id
        first = node_id.partition("_")[0]
        return first if first in self.pages else None

    def posts_of(self, page: str) -> list[Post]:
        """All posts of a Page, also deleted and delayed ones, oldest first."""
        return [self.posts[post_id] for post_id in self.post_ids.get(page, ())]

    def _read_root(self) -> Root:
        roots = [Root.model_validate_json(body) for body in self.journal.load("Root")]
        if roots:
            return roots[0]
        root = Root(secret=secrets.token_hex(32), app_id=_numeric_id("9"))
        self.journal.keep([_document(root)])
        return root

    def _take(self, item: Frozen) -> None:
        match item:
            case GraphSettings():
                self.settings = item
                self.clock.offset = timedelta(seconds=item.clock_offset_seconds)
            case App():
                self.apps[item.id] = item
                self._index_tokens(item.id, self.pages.values())
            case Token():
                self.tokens[item.value] = item
            case Page():
                self.pages[item.id] = item
                for app_id in self.apps:
                    self._index_tokens(app_id, [item])
            case Post():
                self._number(
                    item.id, self.post_ids.setdefault(item.page_id, []), is_new=item.id not in self.posts
                )
                self.posts[item.id] = item
            case Photo():
                self._number(
                    item.id, self.photo_ids.setdefault(item.page_id, []), is_new=item.id not in self.photos
                )
                self.photos[item.id] = item
            case LogEntry():
                self.log.append(item)

    def _number(self, item_id: str, ids: list[str], *, is_new: bool) -> None:
        if is_new:
            ids.append(item_id)
            self._serial = max(self._serial, int(item_id.rpartition("_")[2]))

    def _index_tokens(self, app_id: str, pages: Iterable[Page]) -> None:
        for page in pages:
            for generation in range(page.token_generation + 1):
                token = PageToken(app_id=app_id, page_id=page.id, generation=generation)
                self.page_tokens[self._derive(app_id, page.id, generation)] = token

    def _derive(self, app_id: str, page: str, generation: int) -> str:
        text = f"{app_id}:{page}:{generation}".encode()
        return "EAAP" + hmac.new(self.root.secret.encode(), text, hashlib.sha256).hexdigest()


@cache
def usual_likes(page: str) -> int:
    """How many like a seeded Page: 100 to 20,000, and for about one Page in fifty fewer than 100."""
    number = int.from_bytes(hashlib.blake2b(page.encode(), digest_size=8).digest(), "big")
    if number % 50 == 0:
        return 20 + number // 50 % 80
    return int(100 * 200 ** (number // 50 % 10_000 / 10_000))


def _numeric_id(first: str) -> str:
    return f"{first}{secrets.randbelow(10**14):014d}"


def _document(item: Frozen) -> Document:
    match item:
        case Token():
            identity = hashlib.sha256(item.value.encode()).hexdigest()
        case LogEntry():
            identity = f"{item.number:09d}"
        case App() | Page() | Post() | Photo():
            identity = item.id
        case _:
            identity = "only"
    return Document(type(item).__name__, identity, item.model_dump_json())
