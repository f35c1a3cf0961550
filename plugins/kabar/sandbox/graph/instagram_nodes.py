"""What an Instagram account, a container and a medium show of themselves (platforms.md section 3)."""

from __future__ import annotations

from kabar.sandbox.containers import Container
from kabar.sandbox.graph.access import Scope
from kabar.sandbox.graph.call import graph_time
from kabar.sandbox.graph.errors import missing_object
from kabar.sandbox.graph.fields import Field, project
from kabar.sandbox.graph.instagram import PLATFORM, InstagramAccount, require_instagram, visible
from kabar.sandbox.graph.nodes import Edges, Fields, describe, wanted
from kabar.sandbox.graph.paging import paginate
from kabar.sandbox.graph.world import usual_likes
from kabar.sandbox.twin import TwinPost

ACCOUNT_FIELDS: Fields[InstagramAccount] = {
    "id": lambda _, account: account.id,
    "username": lambda _, account: account.username,
    "name": lambda _, account: account.name,
    "followers_count": lambda _, account: usual_likes(account.id),
    "media_count": lambda scope, account: len(_media(scope, account.id)),
}


def _status(scope: Scope, container: Container) -> str:
    """A sentence; of an error it is the reason."""
    state = container.state(scope.world.now())
    return f"Error: {container.fault}" if state == "ERROR" else state.replace("_", " ").capitalize()


CONTAINER_FIELDS: Fields[Container] = {
    "id": lambda _, container: container.id,
    "status": _status,
    "status_code": lambda scope, container: container.state(scope.world.now()),
}


def _children(_: Scope, post: TwinPost) -> object:
    if len(post.pictures) == 1:
        return None
    return {"data": [{"id": f"{post.id}{number}"} for number in range(len(post.pictures))]}


MEDIA_FIELDS: Fields[TwinPost] = {
    "id": lambda _, post: post.id,
    "caption": lambda _, post: post.text or None,
    "timestamp": lambda _, post: graph_time(post.created_at),
    "permalink": lambda _, post: post.permalink,
    "media_type": lambda _, post: post.more["media_type"],
    "media_product_type": lambda _, _post: "FEED",
    "username": lambda scope, post: scope.world.instagram.accounts[post.account].username,
    "alt_text": lambda _, post: post.alt_texts[0] if post.alt_texts else None,
    "children": _children,
    "like_count": lambda _, _post: 0,
    "comments_count": lambda _, _post: 0,
}


def read_instagram(scope: Scope, node_id: str) -> dict[str, object]:
    """`GET` of an account, a container or a medium; error 100/33 for everything else."""
    account_id = require_instagram(scope, node_id, "instagram_basic")
    if account_id == node_id:
        account = scope.world.instagram.accounts[account_id]
        return describe(scope, account, wanted(scope, ["id"]), ACCOUNT_FIELDS)
    if (container := scope.world.instagram.containers.get(PLATFORM, node_id)) is not None:
        return describe(scope, container, wanted(scope, ["id"]), CONTAINER_FIELDS)
    post = visible(scope, node_id)
    if post is None:
        raise missing_object(node_id)
    return describe(scope, post, wanted(scope, ["id"]), MEDIA_FIELDS)


def list_media(scope: Scope, node_id: str) -> dict[str, object]:
    """`GET /{ig-user}/media`: newest first, `since` and `until` by time of publication."""
    account_id = require_instagram(scope, node_id, "instagram_basic")
    since, until = scope.call.moment("since"), scope.call.moment("until")
    newest = scope.world.now() - scope.call.list_lag
    found = [
        post
        for post in _media(scope, account_id)
        if post.appears_at <= newest
        and (since is None or post.created_at >= since)
        and (until is None or post.created_at <= until)
    ]
    fields = wanted(scope, ["id"])
    return paginate(
        scope.call,
        sorted(found, key=_age, reverse=True),
        key=_age,
        render=lambda post: describe(scope, post, fields, MEDIA_FIELDS),
        descending=True,
    )


def _media(scope: Scope, account_id: str) -> list[TwinPost]:
    posts = scope.world.instagram.containers.book.of(PLATFORM, account_id)
    return [post for post in posts if post.stands(scope.world.now())]


def _age(post: TwinPost) -> str:
    return f"{post.created_at:%Y%m%d%H%M%S%f} {post.id}"


def _linked(scope: Scope, node_id: str, field: Field) -> object:
    """`instagram_business_account{…}` of a Page; without braces only the id."""
    account = scope.world.instagram.of_page(scope.world.pages[node_id])
    if account is None or "instagram_basic" not in scope.grant.scopes:
        return None
    known = {"id": account.id, "username": account.username, "name": account.name}
    return project(known, field.children or (Field("id"),))


LINKED: Edges = {"instagram_business_account": _linked}
