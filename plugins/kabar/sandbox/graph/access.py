"""Who is calling, and may they: tokens, proofs, permissions and Page tasks (platforms.md 1.1 and 1.11)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kabar.sandbox.graph.call import Call
from kabar.sandbox.graph.errors import GraphError, missing_object, token_error
from kabar.sandbox.graph.objects import USUAL_SCOPES, App, Page
from kabar.sandbox.graph.world import World


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. `page` is set for Page tokens, `user_id` for all but app tokens."""

    kind: Literal["APP", "USER", "SYSTEM_USER", "PAGE"]
    app: App
    scopes: Sequence[str] = ()
    user_id: str | None = None
    page: Page | None = None
    #: Pages that a user token reaches; None reaches all.
    page_ids: tuple[str, ...] | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None

    def reaches(self, page: Page) -> bool:
        """Whether the token's owner has a role on the Page."""
        if self.kind == "PAGE":
            return self.page is not None and self.page.id == page.id
        return (
            self.kind != "APP" and page.is_in_roster and (self.page_ids is None or page.id in self.page_ids)
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """One call together with the state and the caller's rights; every endpoint takes it."""

    world: World
    call: Call
    grant: Grant


def identify(world: World, call: Call) -> Grant:
    """The grant behind a call's token; error 104 without one, 190 with a bad one, 100 with a bad proof."""
    if call.token is None:
        raise GraphError(104, "An access token is required to request this resource.")
    grant = resolve(world, call.token)
    proof = call.text("appsecret_proof")
    if proof is None:
        if world.settings.requires_proof and grant.kind != "APP":
            raise GraphError(
                100,
                "API calls from the server require an appsecret_proof argument",
                kind="GraphMethodException",
            )
        return grant
    expected = hmac.new(grant.app.secret.encode(), call.token.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), proof.encode()):
        raise GraphError(
            100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException"
        )
    return grant


def resolve(world: World, token: str) -> Grant:
    """The grant behind a token text; error 190 with the subcode of what is wrong with it."""
    if "|" in token:
        app_id, _, secret = token.partition("|")
        app = world.apps.get(app_id)
        if app is None or not hmac.compare_digest(app.secret.encode(), secret.encode()):
            raise GraphError(190, "Invalid OAuth access token signature.")
        return Grant("APP", app)
    if (paged := world.page_tokens.get(token)) is not None:
        page = world.pages[paged.page_id]
        if paged.generation < page.token_generation:
            raise token_error(460)
        if page.broken_subcode is not None:
            raise token_error(page.broken_subcode)
        return Grant("PAGE", world.apps[paged.app_id], USUAL_SCOPES, page=page)
    known = world.tokens.get(token)
    if known is None:
        raise token_error(None)
    if known.broken_subcode is not None:
        raise token_error(known.broken_subcode)
    if known.expires_at is not None and known.expires_at <= world.now():
        raise token_error(463)
    return Grant(
        known.kind,
        world.apps[known.app_id],
        known.scopes,
        user_id=known.user_id,
        page_ids=known.page_ids,
        issued_at=known.issued_at,
        expires_at=known.expires_at,
    )


def require_page(scope: Scope, node_id: str, *, task: str | None, permission: str) -> Page:
    """The Page of a node, when a Page token with this permission and task asks; Graph's errors otherwise.

    A user token on a Page's edge earns 190 "must be called with a Page Access Token" (platforms.md 1.1).
    """
    page_id = scope.world.page_of(node_id)
    verb = scope.call.method.lower()
    if page_id is None:
        raise missing_object(node_id, verb)
    page = scope.world.pages[page_id]
    grant = scope.grant
    if grant.kind != "PAGE":
        raise _needs_page_token(scope)
    if not grant.reaches(page):
        raise GraphError(
            10,
            f"(#10) This endpoint requires the '{permission}' permission on the Page,"
            " or the 'Page Public Content Access' feature.",
        )
    if permission not in grant.scopes:
        raise GraphError(10, f"(#10) This endpoint requires the '{permission}' permission.")
    if task is not None and task not in page.tasks:
        raise GraphError(200, f"(#200) The user must have the {task} task on this Page.")
    return page


def _needs_page_token(scope: Scope) -> GraphError:
    if scope.call.method == "POST" and not scope.call.flag("published", default=True):
        return GraphError(200, "(#200) Unpublished posts must be posted to a page as the page itself.")
    if scope.call.method == "POST":
        return GraphError(210, "(#210) A page access token is required to request this resource.")
    return GraphError(190, "(#190) This method must be called with a Page Access Token")
