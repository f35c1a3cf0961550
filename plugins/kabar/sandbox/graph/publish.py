"""Calls that create, change and delete: posts and photos (platforms.md 1.2, 1.3, 1.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from kabar.sandbox.graph.access import Scope, require_page
from kabar.sandbox.graph.errors import GraphError, invalid_parameter, missing_object
from kabar.sandbox.graph.nodes import PHOTO_FIELDS, POST_FIELDS, describe, wanted
from kabar.sandbox.graph.objects import LogEntry, Page, Photo, Post

#: The length that published clients use; Facebook's page does not state one (platforms.md 1.2).
MESSAGE_CHARACTERS = 63_206
#: Meta's own pages say 30 and 75 days (platforms.md 1.2); the stand-in takes the wider.
SCHEDULE_LEAST = timedelta(minutes=10)
SCHEDULE_MOST = timedelta(days=75)
#: The documentation says 10 MB; what subcode 1366046 says, as published clients read it, is 4 MB.
PHOTO_BYTES = 4_000_000
MOST_ATTACHED = 10
BURST = timedelta(minutes=10)
PICTURE_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}


def create_post(scope: Scope, node_id: str) -> dict[str, object]:
    """`POST /{page}/feed`: the new post's id, or the fields asked with read-after-write."""
    page = require_page(scope, node_id, task="CREATE_CONTENT", permission="pages_manage_posts")
    message, link = scope.call.text("message"), scope.call.text("link")
    photos = _attachable(scope, page, scope.call.attached_media())
    if message is None and link is None and not photos:
        raise invalid_parameter("Param message, link or attached_media is required")
    _check_words(message, link)
    post = _new_post(scope, page, message=message, link=link, photos=photos)
    return describe(scope, post, wanted(scope, ["id"]), POST_FIELDS)


def create_photo(scope: Scope, node_id: str) -> dict[str, object]:
    """`POST /{page}/photos`: the photo's id, and `post_id` when the photo made a post at once."""
    page = require_page(scope, node_id, task="CREATE_CONTENT", permission="pages_manage_posts")
    caption = scope.call.text("caption") or scope.call.text("message") or scope.call.text("name")
    _check_words(caption, None)
    content = scope.call.upload
    if content is None:
        raise GraphError(324, "(#324) Requires upload file", subcode=2069019)
    media_type = next((kind for magic, kind in PICTURE_TYPES.items() if content.startswith(magic)), None)
    if media_type is None:
        raise GraphError(324, "(#324) Missing or invalid image file", subcode=2069019)
    if len(content) > PHOTO_BYTES:
        raise GraphError(
            324, "(#324) Photos should be smaller than 4 MB and saved as JPG or PNG", subcode=1366046
        )
    now = scope.world.now()
    photo = Photo(
        id=scope.world.next_id(),
        page_id=page.id,
        app_id=scope.grant.app.id,
        caption=caption,
        alt_text=scope.call.text("alt_text_custom"),
        created_at=now,
        appears_at=now + scope.call.effect_delay,
        published=scope.call.flag("published", default=True),
        temporary=scope.call.flag("temporary", default=False),
        digest=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
    )
    scope.world.journal.keep_picture(photo.digest, content)
    makes_post = photo.published or scope.call.text("scheduled_publish_time") is not None
    if makes_post and not scope.call.flag("no_story", default=False):
        post = _new_post(scope, page, message=caption, link=None, photos=[photo])
        photo = scope.world.photos[photo.id]
        return describe(scope, photo, wanted(scope, ["id"]), PHOTO_FIELDS) | {"post_id": post.id}
    scope.world.change(
        photo, _entry(scope, page, "photo", photo_id=photo.id, message=caption, photos=[photo])
    )
    return describe(scope, photo, wanted(scope, ["id"]), PHOTO_FIELDS)


def update_post(scope: Scope, node_id: str) -> dict[str, object]:
    """`POST /{page_post}`: only the app that made a post may change it (platforms.md 1.5)."""
    page, post = _own_post(scope, node_id)
    if post.app_id != scope.grant.app.id:
        raise GraphError(200, "(#200) This post was not created by this application.")
    now = scope.world.now()
    changes: dict[str, object] = {"updated_at": now}
    if (message := scope.call.text("message")) is not None:
        _check_words(message, None)
        changes["message"] = message
    if "is_hidden" in scope.call.parameters:
        changes["is_hidden"] = scope.call.flag("is_hidden", default=False)
    if (when := _schedule(scope)) is not None:
        changes["scheduled_at"] = when
    publishes = scope.call.flag("is_published", default=False) and not post.is_public(now)
    if publishes:
        changes |= {"published": True, "scheduled_at": None, "appears_at": now + scope.call.effect_delay}
    changed = post.model_copy(update=changes)
    if not publishes:
        scope.world.change(changed)
    else:
        entry = _entry(scope, page, "publish", post_id=post.id, message=changed.message, link=post.link)
        scope.world.change(changed, entry)
    return {"success": True}


def delete_post(scope: Scope, node_id: str) -> dict[str, object]:
    """`DELETE /{page_post}`: the post is gone for readers; the sandbox's log keeps its creation."""
    _, post = _own_post(scope, node_id)
    scope.world.change(post.model_copy(update={"deleted_at": scope.world.now()}))
    return {"success": True}


def _own_post(scope: Scope, node_id: str) -> tuple[Page, Post]:
    page = require_page(scope, node_id, task="CREATE_CONTENT", permission="pages_manage_posts")
    post = scope.world.posts.get(node_id)
    if post is None or not post.exists(scope.world.now()):
        raise missing_object(node_id, scope.call.method.lower())
    return page, post


def _new_post(
    scope: Scope, page: Page, *, message: str | None, link: str | None, photos: Sequence[Photo]
) -> Post:
    world, now = scope.world, scope.world.now()
    scheduled_at = _schedule(scope)
    published = scope.call.flag("published", default=True)
    if published and scheduled_at is not None:
        raise invalid_parameter("You cannot specify a scheduled publish time on a published post")
    entry = _entry(scope, page, "post", message=message, link=link, photos=photos, published=published)
    try:
        _guard(scope, page, message, link, [photo.digest for photo in photos])
    except GraphError as refusal:
        world.change(entry.model_copy(update={"refused_code": refusal.code}))
        raise
    post = Post(
        id=f"{page.id}_{world.next_id()}",
        page_id=page.id,
        app_id=scope.grant.app.id,
        message=message,
        link=link,
        photo_ids=tuple(photo.id for photo in photos),
        created_at=now,
        updated_at=now,
        appears_at=now + scope.call.effect_delay,
        published=published,
        scheduled_at=scheduled_at,
        unpublished_content_type=scope.call.text("unpublished_content_type"),
    )
    carried = [photo.model_copy(update={"post_id": post.id}) for photo in photos]
    world.change(*carried, post, entry.model_copy(update={"post_id": post.id}))
    return post


def _guard(scope: Scope, page: Page, message: str | None, link: str | None, digests: list[str]) -> None:
    """Refuse a consecutive double (506) and, when so set, a burst (368/1390008)."""
    world, now = scope.world, scope.world.now()
    posts = [post for post in world.posts_of(page.id) if post.deleted_at is None]
    burst = world.settings.posts_in_ten_minutes
    if burst is not None and sum(post.created_at > now - BURST for post in posts[-burst:]) >= burst:
        raise GraphError(
            368,
            "(#368) The action attempted has been deemed abusive or is otherwise disallowed",
            subcode=1390008,
        )
    if not world.settings.refuse_duplicates or not posts:
        return
    last = posts[-1]
    last_digests = [world.photos[photo_id].digest for photo_id in last.photo_ids]
    if (last.message, last.link, last_digests) == (message, link, digests):
        # The subcode that really comes with 506 is not known (platforms.md 9), so there is none.
        raise GraphError(
            506, "(#506) Duplicate status message: duplicate posts cannot be published consecutively."
        )


def _attachable(scope: Scope, page: Page, photo_ids: Sequence[str]) -> list[Photo]:
    if len(photo_ids) > MOST_ATTACHED:
        raise invalid_parameter(f"Param attached_media may have {MOST_ATTACHED} elements")
    photos: list[Photo] = []
    for photo_id in photo_ids:
        photo = scope.world.photos.get(photo_id)
        if photo is None or photo.page_id != page.id or not photo.exists(scope.world.now()):
            raise missing_object(photo_id, "post")
        story = scope.world.posts.get(photo.post_id or "")
        is_taken = photo.published or (story is not None and story.deleted_at is None)
        if is_taken or photo in photos:
            raise invalid_parameter("The photos were already posted", subcode=1366051)
        photos.append(photo)
    return photos


def _check_words(message: str | None, link: str | None) -> None:
    if message is not None and len(message) > MESSAGE_CHARACTERS:
        raise invalid_parameter("Param message is too long")
    if link is None:
        return
    parts = urlsplit(link)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise GraphError(100, "(#100) The link must be a valid URL", subcode=2061006)
    if host == "facebook.com" or host.endswith(".facebook.com"):
        raise GraphError(1609005, "(#1609005) Error posting link", subcode=1609008)


def _schedule(scope: Scope) -> datetime | None:
    when, now = scope.call.moment("scheduled_publish_time"), scope.world.now()
    if when is not None and not now + SCHEDULE_LEAST <= when <= now + SCHEDULE_MOST:
        raise invalid_parameter("The specified scheduled publish time is invalid.")
    return when


def _entry(
    scope: Scope,
    page: Page,
    kind: str,
    *,
    post_id: str | None = None,
    photo_id: str | None = None,
    message: str | None = None,
    link: str | None = None,
    photos: Sequence[Photo] = (),
    published: bool = True,
) -> LogEntry:
    return LogEntry.model_validate(
        {
            "number": len(scope.world.log) + 1,
            "kind": kind,
            "page_id": page.id,
            "page_name": page.name,
            "post_id": post_id,
            "photo_id": photo_id,
            "message": message,
            "link": link,
            "alt_texts": tuple(photo.alt_text for photo in photos if photo.alt_text),
            "published": published and photo_id is None,
            "at": scope.world.now() + scope.call.effect_delay,
            "app_id": scope.grant.app.id,
        }
    )
