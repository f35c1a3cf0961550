"""What a Page, a post and a photo show of themselves: one function a field (platforms.md 1.3, 1.6, 1.12)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from kabar.sandbox.containers import Container
from kabar.sandbox.graph.access import Scope
from kabar.sandbox.graph.call import graph_time
from kabar.sandbox.graph.errors import GraphError, invalid_parameter
from kabar.sandbox.graph.fields import Field, parse_fields, project
from kabar.sandbox.graph.instagram import InstagramAccount
from kabar.sandbox.graph.objects import Page, Photo, Post
from kabar.sandbox.twin import TwinPost

Node = TypeVar("Node", Page, Post, Photo, TwinPost, Container, InstagramAccount)
Fields = Mapping[str, Callable[[Scope, Node], object]]

#: The category's id in the sandbox; the real one is not known here.
CATEGORY_ID = "1"


def category_list(page: Page) -> list[dict[str, str]]:
    """A Page's category in the list form that `/me/accounts` gives."""
    return [{"id": CATEGORY_ID, "name": page.category}]


def permalink(scope: Scope, post: Post) -> str:
    """Where a citizen reads the post: here the sandbox's public view, so that nobody is sent to Facebook."""
    return f"{scope.call.base_url}/{post.page_id}/posts/{post.id.rpartition('_')[2]}"


def picture_url(scope: Scope, photo: Photo) -> str:
    """A signed-looking address that changes with every call, as `full_picture` does (platforms.md 1.6)."""
    return f"{scope.call.base_url}/gambar/{photo.id}?oh={secrets.token_hex(8)}"


def _page_access_token(scope: Scope, page: Page) -> str | None:
    if scope.grant.kind == "PAGE" or not scope.grant.reaches(page):
        return None
    return scope.world.page_token(scope.grant.app.id, page)


def _page_tasks(scope: Scope, page: Page) -> list[str] | None:
    return list(page.tasks) if scope.grant.kind != "APP" else None


PAGE_FIELDS: Fields[Page] = {
    "id": lambda _, page: page.id,
    "name": lambda _, page: page.name,
    "username": lambda _, page: page.username,
    "about": lambda _, page: page.about,
    "website": lambda _, page: page.website,
    "category": lambda _, page: page.category,
    "category_list": lambda _, page: category_list(page),
    "fan_count": lambda _, page: page.fan_count,
    "followers_count": lambda _, page: page.fan_count,
    "link": lambda scope, page: f"{scope.call.base_url}/{page.id}",
    "is_published": lambda _, page: page.is_published,
    "verification_status": lambda _, page: page.verification_status,
    "has_transitioned_to_new_page_experience": lambda _, _page: True,
    "access_token": _page_access_token,
    "tasks": _page_tasks,
}


def _from(scope: Scope, node: Post | Photo) -> dict[str, str]:
    return {"id": node.page_id, "name": scope.world.pages[node.page_id].name}


def _photos(scope: Scope, post: Post) -> list[Photo]:
    return [scope.world.photos[photo_id] for photo_id in post.photo_ids]


def _full_picture(scope: Scope, post: Post) -> str | None:
    photos = _photos(scope, post)
    return picture_url(scope, photos[0]) if photos else None


def _attachments(scope: Scope, post: Post) -> dict[str, object] | None:
    parts: list[dict[str, object]] = [
        {
            "media_type": "photo",
            "description": photo.caption or "",
            "media": {"image": {"src": picture_url(scope, photo)}},
            "target": {"id": photo.id, "url": f"{scope.call.base_url}/gambar/{photo.id}"},
            "url": f"{scope.call.base_url}/gambar/{photo.id}",
        }
        for photo in _photos(scope, post)
    ]
    if len(parts) > 1:
        return {
            "data": [{"media_type": "album", "target": {"id": post.id}, "subattachments": {"data": parts}}]
        }
    if parts:
        return {"data": parts}
    if post.link is None:
        return None
    shown = {"media_type": "link", "target": {"url": post.link}, "url": post.link, "unshimmed_url": post.link}
    return {"data": [shown]}


def _no_reader(scope: Scope, post: Post) -> dict[str, object]:
    """Comments and reactions lose the whole call without `pages_read_user_content` (platforms.md 1.6)."""
    tasks = scope.world.pages[post.page_id].tasks
    if "pages_read_user_content" not in scope.grant.scopes or "MODERATE" not in tasks:
        raise GraphError(10, "(#10) This endpoint requires the 'pages_read_user_content' permission.")
    return {"data": [], "summary": {"total_count": 0}}


def _scheduled(_: Scope, post: Post) -> int | None:
    return int(post.scheduled_at.timestamp()) if post.scheduled_at else None


def _application(scope: Scope, post: Post) -> dict[str, str]:
    app = scope.world.apps[post.app_id]
    return {"id": app.id, "name": app.name}


POST_FIELDS: Fields[Post] = {
    "id": lambda _, post: post.id,
    "message": lambda _, post: post.message,
    "link": lambda _, post: post.link,
    "created_time": lambda _, post: graph_time(post.created_at),
    "updated_time": lambda _, post: graph_time(post.updated_at),
    "permalink_url": permalink,
    "status_type": lambda _, post: post.status_type,
    "is_published": lambda scope, post: post.is_public(scope.world.now()),
    "is_hidden": lambda _, post: post.is_hidden,
    "is_expired": lambda _, _post: False,
    "scheduled_publish_time": _scheduled,
    "full_picture": _full_picture,
    "attachments": _attachments,
    "application": _application,
    "from": _from,
    "privacy": lambda _, _post: {"value": "EVERYONE"},
    # Shares are missing while there are none; for a readable post that is zero (platforms.md 2.4).
    "shares": lambda _, _post: None,
    "comments": _no_reader,
    "reactions": _no_reader,
}


def _story(scope: Scope, photo: Photo) -> str | None:
    post = scope.world.posts.get(photo.post_id or "")
    return post.id if post is not None and post.is_public(scope.world.now()) else None


def _images(scope: Scope, photo: Photo) -> list[dict[str, str]]:
    return [{"source": picture_url(scope, photo)}]


PHOTO_FIELDS: Fields[Photo] = {
    "id": lambda _, photo: photo.id,
    "created_time": lambda _, photo: graph_time(photo.created_at),
    "name": lambda _, photo: photo.caption,
    "alt_text_custom": lambda _, photo: photo.alt_text,
    "link": lambda scope, photo: f"{scope.call.base_url}/gambar/{photo.id}",
    "images": _images,
    "from": _from,
    # "Applies only to published photos": the proof of a post whose answer was lost (platforms.md 1.7 A).
    "page_story_id": _story,
}

PAGE_DEFAULT = ("name", "id")
POST_DEFAULT = ("created_time", "message", "id")
PHOTO_DEFAULT = ("created_time", "name", "id")


def wanted(scope: Scope, default: Sequence[str]) -> tuple[Field, ...]:
    """The fields a call asks for, or the usual ones of the node."""
    text = ",".join(scope.call.names("fields"))
    return parse_fields(text) if text else tuple(Field(name) for name in default)


def describe(
    scope: Scope, node: Node, fields: Sequence[Field], known: Fields[Node], *, edges: Edges | None = None
) -> dict[str, object]:
    """The asked fields of a node with its id; empty ones are left out, unknown ones lose the whole call."""
    found: dict[str, object] = {}
    for field in fields:
        if edges is not None and field.name in edges:
            if (edge := edges[field.name](scope, node.id, field)) is not None:
                found[field.name] = edge
        elif field.name in known:
            value = project(known[field.name](scope, node), field.children)
            if value is not None:
                found[field.name] = value
        else:
            kind = type(node).__name__
            raise invalid_parameter(f"Tried accessing nonexisting field ({field.name}) on node type ({kind})")
    return {**found, "id": node.id}


#: Edges that may be asked as fields of their node, such as `insights.metric(a).period(day)`.
Edges = Mapping[str, Callable[[Scope, str, Field], object]]
