"""Which function answers which call, and everything that holds for every call: token, budget, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import format_datetime

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.graph.access import Scope, identify
from kabar.sandbox.graph.call import Call
from kabar.sandbox.graph.errors import GraphError, invalid_parameter
from kabar.sandbox.graph.insights import read_insights
from kabar.sandbox.graph.instagram import (
    create_container,
    delete_medium,
    publish_container,
    publishing_limit,
)
from kabar.sandbox.graph.instagram_insights import read_instagram_insights
from kabar.sandbox.graph.instagram_nodes import list_media, read_instagram
from kabar.sandbox.graph.publish import create_photo, create_post, delete_post, update_post
from kabar.sandbox.graph.reading import list_feed, list_photos, list_public, list_scheduled, read_node
from kabar.sandbox.graph.tokens import debug_token, exchange, list_accounts, read_me
from kabar.sandbox.graph.usage import Usage
from kabar.sandbox.graph.world import World

Endpoint = Callable[[Scope, str], dict[str, object]]

NODES: Mapping[str, Endpoint] = {"GET": read_node, "POST": update_post, "DELETE": delete_post}
EDGES: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "published_posts"): list_public,
    ("GET", "posts"): list_public,
    ("GET", "feed"): list_feed,
    ("GET", "scheduled_posts"): list_scheduled,
    ("GET", "photos"): list_photos,
    ("GET", "insights"): read_insights,
    ("POST", "feed"): create_post,
    ("POST", "photos"): create_photo,
}

INSTAGRAM_EDGES: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "media"): create_container,
    ("POST", "media_publish"): publish_container,
    ("GET", "media"): list_media,
    ("GET", "content_publishing_limit"): publishing_limit,
    ("GET", "insights"): read_instagram_insights,
}


def answer_call(world: World, usage: Usage, call: Call) -> Answer:
    """Do what a call asks and answer it, also with a refusal. Effects are on disk when this returns."""
    date = format_datetime(world.now(), usegmt=True)
    headers = {"facebook-api-version": call.version, "Date": date}
    try:
        _check_removed(call)
        if call.edge in {"debug_token", "oauth/access_token"}:
            return answer_json(
                (debug_token if call.edge == "debug_token" else exchange)(world, call), headers=headers
            )
        scope = Scope(world, call, identify(world, call))
        now_seconds = world.now().timestamp()
        headers |= usage.count(scope.grant, world.settings, now_seconds)
        usage.check(scope.grant, world.settings, now_seconds)
        return answer_json(_dispatch(scope), headers=headers)
    except GraphError as refusal:
        answer = refusal.answer()
        return Answer(answer.status, answer.body, headers)


def _check_removed(call: Call) -> None:
    """What v26.0 took away from all versions on 2026-10-27 (platforms.md section 0)."""
    if "date_format" in call.parameters:
        raise invalid_parameter("The parameter date_format is no longer supported.")
    if "ids" in call.parameters and not call.path:
        raise invalid_parameter("The parameter ids is no longer supported.")


def _dispatch(scope: Scope) -> dict[str, object]:
    call = scope.call
    match call.path:
        case ("me",) if call.method == "GET":
            return read_me(scope)
        case ("me", "accounts") if call.method == "GET":
            return list_accounts(scope)
        case ("me", *rest) if scope.grant.page is not None:
            return _node(scope, scope.grant.page.id, tuple(rest))
        case (node_id, *rest):
            return _node(scope, node_id, tuple(rest))
    raise GraphError(2500, "Unknown path components: /", kind="OAuthException")


def _node(scope: Scope, node_id: str, rest: tuple[str, ...]) -> dict[str, object]:
    method = scope.call.method
    if scope.world.instagram.account_of(node_id) is not None:
        return _instagram(scope, node_id, rest)
    match rest:
        case () if method in NODES:
            return NODES[method](scope, node_id)
        case (edge,) if (method, edge) in EDGES:
            return EDGES[method, edge](scope, node_id)
        case ("insights", _) if method == "GET":
            return read_insights(scope, node_id)
        case (edge, *_) if scope.world.page_of(node_id) is not None:
            raise invalid_parameter(f"Tried accessing nonexisting field ({edge}) on node type (Page)")
    raise GraphError(2500, f"Unknown path components: /{'/'.join(rest)}")


def _instagram(scope: Scope, node_id: str, rest: tuple[str, ...]) -> dict[str, object]:
    method = scope.call.method
    match rest:
        case () if method == "GET":
            return read_instagram(scope, node_id)
        case () if method == "DELETE":
            return delete_medium(scope, node_id)
        case (edge,) if (method, edge) in INSTAGRAM_EDGES:
            return INSTAGRAM_EDGES[method, edge](scope, node_id)
    raise GraphError(
        100, f"(#100) Tried accessing nonexisting field ({'/'.join(rest)}) on node type (IGUser)"
    )
