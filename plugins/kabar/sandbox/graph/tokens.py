"""Who am I, which Pages, and what is this token worth (platforms.md 1.11)."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from kabar.sandbox.graph.access import Grant, Scope, identify, resolve
from kabar.sandbox.graph.call import Call
from kabar.sandbox.graph.errors import GraphError, invalid_parameter
from kabar.sandbox.graph.fields import Field
from kabar.sandbox.graph.instagram_nodes import LINKED
from kabar.sandbox.graph.nodes import PAGE_FIELDS, describe, wanted
from kabar.sandbox.graph.objects import App, Page
from kabar.sandbox.graph.paging import paginate
from kabar.sandbox.graph.world import World

EXCHANGED = timedelta(days=60)
ACCOUNT_DEFAULT = ("access_token", "category", "category_list", "name", "id", "tasks")


def read_me(scope: Scope) -> dict[str, object]:
    """`GET /me`: the Page of a Page token, or the user behind the token."""
    if scope.grant.page is not None:
        return describe(scope, scope.grant.page, wanted(scope, ["name", "id"]), PAGE_FIELDS)
    user_id = _user(scope)
    known = {"id": user_id, "name": f"Sistem {scope.grant.app.name}"}
    fields = wanted(scope, ["name", "id"])
    unknown = [field.name for field in fields if field.name not in known]
    if unknown:
        raise invalid_parameter(f"Tried accessing nonexisting field ({unknown[0]}) on node type (User)")
    return {field.name: known[field.name] for field in (*fields, Field("id"))}


def list_accounts(scope: Scope) -> dict[str, object]:
    """`GET /me/accounts`: the Pages that a user reaches, each with its Page token, in cursor pages."""
    _user(scope)
    if "pages_show_list" not in scope.grant.scopes:
        return {"data": []}
    pages = [page for page in scope.world.pages.values() if scope.grant.reaches(page)]
    fields = wanted(scope, ACCOUNT_DEFAULT)
    return paginate(
        scope.call,
        sorted(pages, key=_page_id),
        key=_page_id,
        render=lambda page: describe(scope, page, fields, PAGE_FIELDS, edges=LINKED),
    )


def debug_token(world: World, call: Call) -> dict[str, object]:
    """`GET /debug_token`: what a token is, asked with the app's token or one of its users' tokens."""
    asker = identify(world, call)
    token = call.text("input_token")
    if token is None:
        raise invalid_parameter("The parameter input_token is required.")
    if asker.kind == "PAGE":
        raise GraphError(
            100, "(#100) You must provide an app access token, or a user access token of the app"
        )
    try:
        grant = resolve(world, token)
    except GraphError as broken:
        fault: dict[str, object] = {"code": broken.code, "message": broken.message}
        if broken.subcode is not None:
            fault["subcode"] = broken.subcode
        return {"data": {"error": fault, "is_valid": False, "scopes": []}}
    if grant.app.id != asker.app.id:
        raise GraphError(100, "(#100) The App_id in the input_token did not match the Viewing App")
    return {"data": _described(world, grant)}


def exchange(world: World, call: Call) -> dict[str, object]:
    """`GET /oauth/access_token`: a 60-day token for a user token, or the app token."""
    app = _app(world, call)
    match call.text("grant_type"):
        case "client_credentials":
            return {"access_token": f"{app.id}|{app.secret}", "token_type": "bearer"}
        case "fb_exchange_token":
            return _exchanged(world, app, call.text("fb_exchange_token") or "")
        case _:
            raise invalid_parameter("Param grant_type must be fb_exchange_token or client_credentials")


def _exchanged(world: World, app: App, value: str) -> dict[str, object]:
    grant = resolve(world, value)
    if grant.app.id != app.id or value not in world.tokens:
        raise GraphError(1, "The access token does not belong to this application.")
    now = world.now()
    token = world.tokens[value].model_copy(
        update={"value": "EAA" + secrets.token_hex(60), "issued_at": now, "expires_at": now + EXCHANGED}
    )
    world.change(token)
    return {"access_token": token.value, "token_type": "bearer", "expires_in": int(EXCHANGED.total_seconds())}


def _app(world: World, call: Call) -> App:
    app = world.apps.get(call.text("client_id") or "")
    if app is None:
        raise GraphError(
            101, "Error validating application. Cannot get application info due to a system error."
        )
    if not hmac.compare_digest(app.secret.encode(), (call.text("client_secret") or "").encode()):
        raise GraphError(1, "Error validating client secret.")
    return app


def _user(scope: Scope) -> str:
    if scope.grant.kind == "PAGE":
        raise invalid_parameter("Tried accessing nonexisting field (accounts) on node type (Page)")
    if scope.grant.user_id is None:
        raise GraphError(
            2500, "An active access token must be used to query information about the current user."
        )
    return scope.grant.user_id


def _page_id(page: Page) -> str:
    return page.id


def _described(world: World, grant: Grant) -> dict[str, object]:
    owner = next(token for token in world.tokens.values() if token.app_id == grant.app.id)
    found: dict[str, object] = {
        "app_id": grant.app.id,
        "type": grant.kind,
        "application": grant.app.name,
        "data_access_expires_at": 0,
        "expires_at": _seconds(grant.expires_at),
        "is_valid": True,
        "issued_at": _seconds(grant.issued_at or owner.issued_at),
        "scopes": list(grant.scopes),
    }
    if grant.kind == "APP":
        return found
    found["user_id"] = grant.user_id or owner.user_id
    targets = grant.page_ids
    if grant.page is not None:
        found["profile_id"] = grant.page.id
        targets = (grant.page.id,)
    if targets is not None:
        paged = [scope for scope in grant.scopes if scope.startswith("pages_")]
        found["granular_scopes"] = [{"scope": scope, "target_ids": list(targets)} for scope in paged]
    return found


def _seconds(moment: datetime | None) -> int:
    """UNIX seconds; 0 is Graph's word for never."""
    return 0 if moment is None else int(moment.timestamp())
