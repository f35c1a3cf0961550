"""What a test may ask under `/_sandbox/`, checked at the door."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from kabar.frozen import Frozen


class PageChange(Frozen):
    """What a test may change of a Page; left out stays. `token_subcode` 0 repairs a broken token."""

    name: str | None = None
    category: str | None = None
    likes: int | None = Field(default=None, ge=0)
    is_published: bool | None = None
    tasks: tuple[str, ...] | None = None
    username: str | None = None
    website: str | None = None
    verification_status: str | None = None
    is_in_roster: bool | None = None
    token_subcode: int | None = None
    renews_token: bool = False


class NewPage(Frozen):
    """A Page of a test's own."""

    id: str = Field(pattern=r"^\d+$")
    name: str
    likes: int = Field(default=1000, ge=0)
    zone: str = "Asia/Jakarta"
    province: str = ""


class TokenChange(Frozen):
    """What happens to an app's user tokens; without `app_id`, to all apps'."""

    app_id: str | None = None
    #: The subcode of their error 190; 0 repairs them.
    subcode: int | None = None
    expires_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    page_ids: tuple[str, ...] | None = None


class NewApp(Frozen):
    """A further app, such as the one an office uses by itself."""

    name: str
