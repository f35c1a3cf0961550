"""Instagram behind Facebook Login: containers, publishing, the quota, media (platforms.md section 3).

The tokens of reference pages are user and system-user tokens; the linked Page's own token is taken as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kabar.frozen import Frozen
from kabar.sandbox.containers import PICTURE_BYTES, QUOTA_DURATION, Container, ContainerBook, Made, look_at
from kabar.sandbox.graph.call import Call
from kabar.sandbox.graph.errors import GraphError, invalid_parameter, missing_object
from kabar.sandbox.graph.objects import Page
from kabar.sandbox.seeding import SatkerRow, page_id
from kabar.sandbox.twin import TwinPost

if TYPE_CHECKING:
    from kabar.sandbox.graph.access import Scope

PLATFORM = "instagram"
CAPTION_CHARACTERS = 2200
MOST_HASHTAGS = 30
MOST_MENTIONS = 20
ALT_CHARACTERS = 1000
CHILDREN = range(2, 11)
#: 4:5 to 1.91:1, with room for a rounded pixel.
LEAST_RATIO, MOST_RATIO = 0.799, 1.911
CONTAINERS_A_DAY = 400


class InstagramAccount(Frozen):
    """A professional account that is linked to a Page; the names are the sandbox's own."""

    id: str
    page_id: str
    username: str
    name: str


def instagram_id(kode: str) -> str:
    """The 17-digit account id of a satker: `17`, then its code padded with zeros."""
    return "17" + kode.zfill(15)


@dataclass
class Instagram:
    """The accounts, and the containers that Instagram shares with Threads."""

    containers: ContainerBook
    accounts: dict[str, InstagramAccount]

    @classmethod
    def seeded(cls, containers: ContainerBook, satker: Sequence[SatkerRow]) -> Instagram:
        """An account for KPU RI and for each province: as many as a demo needs."""
        return cls(
            containers,
            {
                instagram_id(row.kode): InstagramAccount(
                    id=instagram_id(row.kode),
                    page_id=page_id(row.kode),
                    username=f"sandbox_{row.kode}",
                    name=row.nama_pendek,
                )
                for row in satker
                if row.has_all_channels
            },
        )

    def of_page(self, page: Page) -> InstagramAccount | None:
        """The account behind a Page."""
        return next((one for one in self.accounts.values() if one.page_id == page.id), None)

    def account_of(self, node_id: str) -> str | None:
        """The account that a node id belongs to: itself, a container or a medium."""
        if node_id in self.accounts:
            return node_id
        if (container := self.containers.containers.get(node_id)) and container.platform == PLATFORM:
            return container.account
        post = self.containers.book.post(PLATFORM, node_id)
        return post.account if post else None


def require_instagram(scope: Scope, node_id: str, permission: str, *, task: str | None = None) -> str:
    """The account of a node, when a token with this permission and a role on its Page asks."""
    account_id = scope.world.instagram.account_of(node_id)
    if account_id is None:
        raise missing_object(node_id, scope.call.method.lower())
    page = scope.world.pages[scope.world.instagram.accounts[account_id].page_id]
    if not scope.grant.reaches(page):
        raise missing_object(node_id, scope.call.method.lower())
    if permission not in scope.grant.scopes:
        raise GraphError(10, "(#10) Application does not have permission for this action")
    if task is not None and task not in page.tasks:
        raise GraphError(200, "(#200) The user does not have the required role on the linked Page.")
    return account_id


def create_container(scope: Scope, node_id: str) -> dict[str, object]:
    """`POST /{ig-user}/media`: a container with one picture, or with the children of a carousel."""
    account_id = require_instagram(scope, node_id, "instagram_content_publish", task="CREATE_CONTENT")
    call, book = scope.call, scope.world.instagram.containers
    made_today = [
        one
        for one in book.containers.values()
        if one.account == account_id and one.exists_at > scope.world.now() - timedelta(hours=24)
    ]
    if len(made_today) >= CONTAINERS_A_DAY:
        raise GraphError(9, "(#9) Too many containers were created.", subcode=2207042)
    caption = call.text("caption") or ""
    _check_caption(caption)
    is_child = call.flag("is_carousel_item", default=False)
    if call.text("media_type") == "CAROUSEL":
        made = _carousel(scope, account_id, caption)
    elif call.text("image_url"):
        made = _picture(scope, account_id, caption, is_child=is_child)
    else:
        raise GraphError(100, "(#100) The parameter image_url is required")
    seconds = scope.world.settings.container_seconds
    return {"id": book.make(made, seconds=seconds, delay=call.effect_delay).id}


def publish_container(scope: Scope, node_id: str) -> dict[str, object]:
    """`POST /{ig-user}/media_publish`: the id of the medium; one container is published once."""
    account_id = require_instagram(scope, node_id, "instagram_content_publish", task="CREATE_CONTENT")
    book, now = scope.world.instagram.containers, scope.world.now()
    container = book.get(PLATFORM, scope.call.text("creation_id") or "")
    if container is None or container.account != account_id or container.is_carousel_item:
        raise GraphError(24, "The requested resource does not exist", subcode=2207008)
    if container.post_id is not None:
        # What the platform says to a second publication is not known (platforms.md 9).
        raise GraphError(24, "The media has already been published", subcode=2207006)
    match container.state(now):
        case "IN_PROGRESS":
            raise GraphError(9007, "Media ID is not available", subcode=2207027)
        case "EXPIRED":
            raise GraphError(-2, "The media has expired", subcode=2207020)
        case "ERROR":
            raise GraphError(-1, "The media could not be created", subcode=2207032)
    if book.quota_used(PLATFORM, account_id) >= scope.world.settings.instagram_posts_a_day:
        raise GraphError(9, "(#9) The maximum number of posts was reached.", subcode=2207042)
    shown = f"{scope.call.base_url}/publik/{PLATFORM}/{account_id}"
    return {"id": book.publish(container, delay=scope.call.effect_delay, permalink=shown).id}


def publishing_limit(scope: Scope, node_id: str) -> dict[str, object]:
    """`GET /{ig-user}/content_publishing_limit`: how many of the day's posts are used up."""
    account_id = require_instagram(scope, node_id, "instagram_content_publish")
    used = scope.world.instagram.containers.quota_used(PLATFORM, account_id)
    config = {
        "quota_total": scope.world.settings.instagram_posts_a_day,
        "quota_duration": int(QUOTA_DURATION.total_seconds()),
    }
    return {"data": [{"quota_usage": used, "config": config}]}


def delete_medium(scope: Scope, node_id: str) -> dict[str, object]:
    """`DELETE /{ig-media}`, as Meta's own SDK calls it."""
    require_instagram(scope, node_id, "instagram_manage_contents", task="CREATE_CONTENT")
    post = visible(scope, node_id)
    if post is None:
        raise missing_object(node_id, "delete")
    scope.world.instagram.containers.book.keep(post.model_copy(update={"deleted_at": scope.world.now()}))
    return {"success": True}


def visible(scope: Scope, node_id: str) -> TwinPost | None:
    """A medium that a citizen sees now."""
    post = scope.world.instagram.containers.book.post(PLATFORM, node_id)
    return post if post is not None and post.stands(scope.world.now()) else None


def _carousel(scope: Scope, account_id: str, caption: str) -> Made:
    book = scope.world.instagram.containers
    children: list[Container] = []
    for number in scope.call.names("children"):
        child = book.get(PLATFORM, number)
        if child is None or child.account != account_id or not child.is_carousel_item:
            raise GraphError(24, "The requested resource does not exist", subcode=2207008)
        if child.state(scope.world.now()) != "FINISHED":
            raise GraphError(9007, "Media ID is not available", subcode=2207027)
        children.append(child)
    if len(children) not in CHILDREN:
        raise invalid_parameter("Param children must hold 2 to 10 containers")
    return Made(
        platform=PLATFORM,
        account=account_id,
        media_type="CAROUSEL_ALBUM",
        text=caption,
        pictures=tuple(digest for child in children for digest in child.pictures),
        alt_texts=tuple(text for child in children for text in child.alt_texts),
    )


def _picture(scope: Scope, account_id: str, caption: str, *, is_child: bool) -> Made:
    content = _fetched(scope.call)
    found = look_at(content)
    if found is None or found.media_type != "JPEG":
        raise GraphError(36001, "The image format is not supported.", subcode=2207005)
    if found.size > PICTURE_BYTES:
        raise GraphError(36000, "The image size is too large.", subcode=2207004)
    if not LEAST_RATIO <= found.ratio <= MOST_RATIO:
        raise GraphError(36003, "The aspect ratio is not supported.", subcode=2207009)
    alt_text = scope.call.text("alt_text") or ""
    if len(alt_text) > ALT_CHARACTERS:
        raise invalid_parameter("Param alt_text is too long")
    return Made(
        platform=PLATFORM,
        account=account_id,
        media_type="IMAGE",
        text=caption,
        pictures=(scope.world.instagram.containers.keep_picture(content),),
        alt_texts=(alt_text,) if alt_text else (),
        is_carousel_item=is_child,
    )


def _fetched(call: Call) -> bytes:
    if call.upload is None:
        raise GraphError(9004, "The media could not be fetched from this URI.", subcode=2207052)
    return call.upload


def _check_caption(caption: str) -> None:
    if len(caption) > CAPTION_CHARACTERS:
        raise GraphError(36004, "The caption is too long.", subcode=2207010)
    signs = Counter(word[0] for word in caption.split())
    if signs["#"] > MOST_HASHTAGS or signs["@"] > MOST_MENTIONS:
        raise invalid_parameter("The caption has too many hashtags or mentions", subcode=2207010)
