"""Everything Facebook knows in this sandbox: apps, tokens, Pages, posts, photos and the log of creations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from kabar.frozen import Frozen

#: Page tasks of a portfolio's system user (platforms.md 1.11).
ALL_TASKS = ("ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE")

#: Permissions of the seeded system user: what publishing, reading back and insights need (platforms.md 1.1),
#: without `pages_read_user_content`, which many real apps lack too.
USUAL_SCOPES = (
    "business_management",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_contents",
    "instagram_manage_insights",
    "pages_manage_posts",
    "pages_read_engagement",
    "pages_show_list",
    "read_insights",
)


#: How long a temporary photo waits for the scheduled post that it is meant for (from memory).
TEMPORARY_FOR = timedelta(days=1)


class App(Frozen):
    """An app; its secret signs `appsecret_proof`."""

    id: str
    name: str
    secret: str


class Token(Frozen):
    """A user or system-user token. Page tokens are derived from the state's secret, see `World`."""

    value: str
    kind: Literal["USER", "SYSTEM_USER"]
    app_id: str
    user_id: str
    #: Pages that it reaches; None reaches all.
    page_ids: tuple[str, ...] | None = None
    scopes: tuple[str, ...] = USUAL_SCOPES
    issued_at: datetime
    #: None never expires.
    expires_at: datetime | None = None
    #: Set when the token is broken: the subcode of the error 190 that it earns (platforms.md 1.8).
    broken_subcode: int | None = None


class Page(Frozen):
    """A Page; `kode`, `province` and `zone` are the sandbox's own knowledge and never leave through Graph."""

    id: str
    name: str
    category: str = "Government organization"
    kode: str = ""
    province: str = ""
    zone: str = "Asia/Jakarta"
    tasks: tuple[str, ...] = ALL_TASKS
    fan_count: int
    username: str | None = None
    website: str | None = None
    about: str | None = None
    verification_status: Literal["not_verified", "blue_verified", "gray_verified"] = "not_verified"
    is_published: bool = True
    #: Whether `/me/accounts` lists it: a Page that nobody ticked for the system user is missing there.
    is_in_roster: bool = True
    #: Grows when the Page's tokens are renewed; older tokens then earn 190/460.
    token_generation: int = 0
    broken_subcode: int | None = None


class Post(Frozen):
    """A post of a Page, published, scheduled or a draft."""

    id: str
    page_id: str
    app_id: str
    message: str | None = None
    link: str | None = None
    photo_ids: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime
    #: Later than `created_at` when a planted fault delays the effect.
    appears_at: datetime
    published: bool = True
    scheduled_at: datetime | None = None
    unpublished_content_type: str | None = None
    is_hidden: bool = False
    deleted_at: datetime | None = None

    def exists(self, now: datetime) -> bool:
        """Whether the API can see it at all."""
        return self.deleted_at is None and self.appears_at <= now

    def is_public(self, now: datetime) -> bool:
        """Whether it has been published, at once or by its schedule."""
        return self.exists(now) and (
            self.published or (self.scheduled_at is not None and self.scheduled_at <= now)
        )

    @property
    def status_type(self) -> str:
        """Graph's word for what kind of post it is (platforms.md 1.6)."""
        if self.photo_ids:
            return "added_photos"
        return "shared_story" if self.link else "mobile_status_update"


class Photo(Frozen):
    """An uploaded photo; `post_id` is set once a post carries it."""

    id: str
    page_id: str
    app_id: str
    caption: str | None = None
    alt_text: str | None = None
    created_at: datetime
    appears_at: datetime
    published: bool = True
    temporary: bool = False
    digest: str
    media_type: str
    post_id: str | None = None

    def exists(self, now: datetime) -> bool:
        """Whether the API can see it: a temporary photo that no post took within a day is gone."""
        is_over = self.temporary and self.post_id is None and now >= self.created_at + TEMPORARY_FOR
        return self.appears_at <= now and not is_over


class LogEntry(Frozen):
    """One creating call: the sandbox's own, independent record of what it accepted or refused.

    `kind` is *post* (a post came into being), *photo* (an unpublished photo) or *publish* (a draft went out).
    """

    number: int
    kind: Literal["post", "photo", "publish"]
    page_id: str
    page_name: str
    post_id: str | None = None
    photo_id: str | None = None
    message: str | None = None
    link: str | None = None
    alt_texts: tuple[str, ...] = ()
    published: bool = True
    at: datetime
    app_id: str
    #: Graph's error code when the call was refused as a double; None when it took effect.
    refused_code: int | None = None
