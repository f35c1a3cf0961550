"""Calls that read Pages, posts and photos back (platforms.md 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kabar.sandbox.graph.access import Scope, require_page
from kabar.sandbox.graph.fields import Field
from kabar.sandbox.graph.insights import read_insights
from kabar.sandbox.graph.instagram_nodes import LINKED, read_instagram
from kabar.sandbox.graph.nodes import (
    PAGE_DEFAULT,
    PAGE_FIELDS,
    PHOTO_DEFAULT,
    PHOTO_FIELDS,
    POST_DEFAULT,
    POST_FIELDS,
    Edges,
    describe,
    wanted,
)
from kabar.sandbox.graph.objects import Photo, Post
from kabar.sandbox.graph.paging import paginate

#: About so many ranked posts a year come back (platforms.md 1.6): an empty scan proves nothing.
RANKED_POSTS = 600


def read_node(scope: Scope, node_id: str) -> dict[str, object]:
    """`GET /{id}` of a Page, a post, a photo or something of Instagram; error 100/33 for everything else."""
    world, now = scope.world, scope.world.now()
    if (page := world.pages.get(node_id)) is not None:
        return describe(scope, page, wanted(scope, PAGE_DEFAULT), PAGE_FIELDS, edges=PAGE_EDGES)
    post = world.posts.get(node_id)
    if post is not None and post.exists(now):
        require_page(scope, node_id, task=None, permission="pages_read_engagement")
        return describe(scope, post, wanted(scope, POST_DEFAULT), POST_FIELDS, edges=POST_EDGES)
    photo = world.photos.get(node_id)
    if photo is not None and photo.exists(now):
        require_page(scope, node_id, task=None, permission="pages_read_engagement")
        return describe(scope, photo, wanted(scope, PHOTO_DEFAULT), PHOTO_FIELDS)
    return read_instagram(scope, node_id)


def list_public(scope: Scope, node_id: str) -> dict[str, object]:
    """`/published_posts` and `/posts`: what the Page has published, newest first."""
    return _posts(scope, node_id, lambda post: post.is_public(scope.world.now()))


def list_feed(scope: Scope, node_id: str) -> dict[str, object]:
    """`/feed`: published posts and also those that are not yet (`is_published`)."""
    return _posts(scope, node_id, lambda post: post.exists(scope.world.now()))


def list_scheduled(scope: Scope, node_id: str) -> dict[str, object]:
    """`/scheduled_posts`: posts whose time has not come."""
    now = scope.world.now()
    return _posts(
        scope,
        node_id,
        lambda post: post.exists(now) and post.scheduled_at is not None and not post.is_public(now),
    )


def list_photos(scope: Scope, node_id: str) -> dict[str, object]:
    """`/photos`: photos that a published post shows, newest first."""
    page = require_page(scope, node_id, task=None, permission="pages_read_engagement")
    world, now = scope.world, scope.world.now()
    shown = [
        photo
        for photo in (world.photos[photo_id] for photo_id in world.photo_ids.get(page.id, ()))
        if (story := world.posts.get(photo.post_id or "")) is not None and story.is_public(now)
    ]
    fields = wanted(scope, PHOTO_DEFAULT)
    return paginate(
        scope.call,
        sorted(shown, key=_age, reverse=True),
        key=_age,
        render=lambda photo: describe(scope, photo, fields, PHOTO_FIELDS),
        descending=True,
    )


def _posts(scope: Scope, node_id: str, is_listed: Callable[[Post], bool]) -> dict[str, object]:
    page = require_page(scope, node_id, task=None, permission="pages_read_engagement")
    since, until = scope.call.moment("since"), scope.call.moment("until")
    newest = scope.world.now() - scope.call.list_lag
    found = [
        post
        for post in scope.world.posts_of(page.id)
        if is_listed(post)
        and post.appears_at <= newest
        and (since is None or post.created_at >= since)
        and (until is None or post.created_at <= until)
    ]
    fields = wanted(scope, POST_DEFAULT)
    return paginate(
        scope.call,
        sorted(found, key=_age, reverse=True)[:RANKED_POSTS],
        key=_age,
        render=lambda post: describe(scope, post, fields, POST_FIELDS, edges=POST_EDGES),
        descending=True,
    )


def _age(item: Post | Photo) -> str:
    return f"{item.created_at:%Y%m%d%H%M%S%f} {item.id}"


def _expanded(endpoint: Callable[[Scope, str], dict[str, object]]) -> Callable[[Scope, str, Field], object]:
    """Make an edge answer as a field: its arguments become parameters, its braces become `fields`."""

    def answer(scope: Scope, node_id: str, field: Field) -> object:
        inner = dict(field.arguments)
        if field.children:
            inner["fields"] = _written(field.children)
        call = replace(scope.call, path=(node_id, field.name), parameters=inner)
        return endpoint(replace(scope, call=call), node_id)

    return answer


def _written(fields: Sequence[Field]) -> str:
    return ",".join(
        field.name
        + "".join(f".{name}({value})" for name, value in field.arguments.items())
        + (f"{{{_written(field.children)}}}" if field.children else "")
        for field in fields
    )


POST_EDGES: Edges = {"insights": _expanded(read_insights)}
PAGE_EDGES: Edges = {
    **LINKED,
    "insights": _expanded(read_insights),
    "published_posts": _expanded(list_public),
    "posts": _expanded(list_public),
    "feed": _expanded(list_feed),
    "photos": _expanded(list_photos),
}
