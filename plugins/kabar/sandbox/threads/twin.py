"""Threads over HTTP: `/threads/v1.0/…`, with the errors of Graph's shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.containers import QUOTA_DURATION, Container, ContainerBook
from kabar.sandbox.faults import Fault
from kabar.sandbox.graph.call import graph_time
from kabar.sandbox.graph.errors import GraphError, invalid_parameter, missing_object
from kabar.sandbox.graph.settings import GraphSettings
from kabar.sandbox.seeding import SatkerRow
from kabar.sandbox.threads.accounts import SCOPES, ThreadsAccounts
from kabar.sandbox.threads.drafting import PLATFORM, read_draft
from kabar.sandbox.threads.insights import describe
from kabar.sandbox.twin import TwinCall, TwinPost

VERSION = "v1.0"
MOST_LISTED = 100


class ThreadsTwin:
    """The platform behind `/threads/`."""

    name = PLATFORM

    def __init__(
        self,
        containers: ContainerBook,
        satker: tuple[SatkerRow, ...],
        *,
        dials: Callable[[], GraphSettings],
    ) -> None:
        self._containers = containers
        self._book = containers.book
        self._dials = dials
        self._accounts = ThreadsAccounts(self._book.journal, satker, self._book.now())

    def answer(self, call: TwinCall) -> Answer:
        """Do what was asked."""
        date = {"Date": format_datetime(self._book.now(), usegmt=True)}
        try:
            return answer_json(self._do(call), headers=date)
        except GraphError as refusal:
            return refusal.answer()

    def account_of(self, call: TwinCall) -> str | None:
        """The account in the address, or whose container or post stands there."""
        node = call.path[1] if len(call.path) > 1 else ""
        if node in self._accounts.accounts:
            return node
        found = self._containers.containers.get(node) or self._book.post(PLATFORM, node)
        token = self._accounts.tokens.get(_token(call) or "")
        return found.account if found else token.account if token else None

    def refusal(self, call: TwinCall, fault: Fault) -> Answer:  # noqa: ARG002 -- The twins' signature.
        """The error of a fault."""
        return GraphError(
            fault.code,
            fault.message,
            subcode=fault.subcode,
            status=fault.status,
            is_transient=fault.is_transient,
        ).answer()

    def reset(self) -> None:
        """Forget containers and renewed tokens."""
        self._containers.reset()
        self._accounts.reset()

    def _do(self, call: TwinCall) -> dict[str, object]:
        now = self._book.now()
        token = self._accounts.resolve(_token(call), now)
        match call.method, call.path:
            case "GET", ("refresh_access_token",):
                renewed = self._accounts.renew(token, now)
                seconds = int((renewed.expires_at - now).total_seconds())
                return {"access_token": renewed.value, "token_type": "bearer", "expires_in": seconds}
            case "GET", (_, "debug_token"):
                return self._debugged(call)
            case _, (version, node, *rest) if version == VERSION:
                mine = token.account if node == "me" else node
                return self._node(call, mine, tuple(rest), asked_by=token.account)
        raise GraphError(2500, f"Unknown path components: /{'/'.join(call.path)}")

    def _node(self, call: TwinCall, node: str, rest: tuple[str, ...], *, asked_by: str) -> dict[str, object]:
        if node in self._accounts.accounts and node != asked_by:
            raise GraphError(10, "(#10) Application does not have permission for this action")
        if node == asked_by:
            return self._account(call, node, rest)
        container = self._containers.get(PLATFORM, node)
        if container is not None and container.account == asked_by and call.method == "GET" and not rest:
            return _pick(call, self._state(container), ("id", "status"))
        post = self._book.post(PLATFORM, node)
        if post is None or post.account != asked_by or not post.stands(self._book.now()) or rest:
            raise missing_object(node, call.method.lower())
        if call.method == "DELETE":
            self._book.keep(post.model_copy(update={"deleted_at": self._book.now()}))
            return {"success": True, "deleted_id": post.id}
        return _pick(call, _shown(post), ("id",))

    def _account(self, call: TwinCall, account: str, rest: tuple[str, ...]) -> dict[str, object]:
        match call.method, rest:
            case "GET", ():
                found = self._accounts.accounts[account]
                return _pick(call, found.model_dump(), ("id",))
            case "POST", ("threads",):
                made = read_draft(call, account, self._containers)
                seconds = self._dials().container_seconds
                return {"id": self._containers.make(made, seconds=seconds, delay=call.effect_delay).id}
            case "POST", ("threads_publish",):
                return self._publish(call, account)
            case "GET", ("threads",):
                return self._list(call, account)
            case "GET", ("threads_publishing_limit",):
                config = {
                    "quota_total": self._dials().threads_posts_a_day,
                    "quota_duration": int(QUOTA_DURATION.total_seconds()),
                }
                used = self._containers.quota_used(PLATFORM, account)
                return {"data": [{"quota_usage": used, "config": config}]}
            case "GET", ("threads_insights",):
                metrics = [name for name in str(call.fields.get("metric", "")).split(",") if name]
                return {"data": describe(account, metrics, self._span(call), self._dials().insight_seed)}
        raise GraphError(2500, f"Unknown path components: /{'/'.join(rest)}")

    def _publish(self, call: TwinCall, account: str) -> dict[str, object]:
        container = self._containers.get(PLATFORM, str(call.fields.get("creation_id", "")))
        if container is None or container.account != account or container.is_carousel_item:
            raise _not_found()
        # What the platform says to a second publication is not known (platforms.md 9).
        if container.post_id is not None or container.state(self._book.now()) != "FINISHED":
            raise _not_found()
        if self._containers.quota_used(PLATFORM, account) >= self._dials().threads_posts_a_day:
            raise GraphError(9, "(#9) The maximum number of posts was reached.", subcode=2207042)
        root = call.base_url.removesuffix(f"/{PLATFORM}")
        shown = f"{root}/publik/{PLATFORM}/{account}"
        return {"id": self._containers.publish(container, delay=call.effect_delay, permalink=shown).id}

    def _list(self, call: TwinCall, account: str) -> dict[str, object]:
        now, since = self._book.now(), call.fields.get("since")
        posts = [
            post
            for post in reversed(self._book.of(PLATFORM, account))
            if post.stands(now)
            and post.appears_at <= now - call.list_lag
            and (since is None or post.created_at.timestamp() >= int(str(since)))
            and post.id < str(call.fields.get("after", "~"))
        ]
        limit = int(str(call.fields.get("limit", 25)))
        if not 1 <= limit <= MOST_LISTED:
            raise invalid_parameter(f"Param limit must be an integer from 1 to {MOST_LISTED}")
        chosen = posts[:limit]
        if not chosen:
            return {"data": []}
        paging: dict[str, object] = {"cursors": {"before": chosen[0].id, "after": chosen[-1].id}}
        if len(posts) > limit:
            paging["next"] = f"{call.base_url}/{VERSION}/{account}/threads?after={chosen[-1].id}"
        return {"data": [_pick(call, _shown(post), ("id",)) for post in chosen], "paging": paging}

    def _state(self, container: Container) -> dict[str, object]:
        state = container.state(self._book.now())
        shown: dict[str, object] = {"id": container.id, "status": state}
        return shown | ({"error_message": container.fault} if state == "ERROR" else {})

    def _debugged(self, call: TwinCall) -> dict[str, object]:
        asked = str(call.fields.get("input_token", ""))
        try:
            token = self._accounts.resolve(asked, self._book.now())
        except GraphError as broken:
            fault: dict[str, object] = {"code": broken.code, "message": broken.message}
            fault |= {"subcode": broken.subcode} if broken.subcode is not None else {}
            return {"data": {"error": fault, "is_valid": False, "scopes": []}}
        return {
            "data": {
                "type": "USER",
                "application": "Kabar Tahapan",
                "is_valid": True,
                "issued_at": int(token.issued_at.timestamp()),
                "expires_at": int(token.expires_at.timestamp()),
                "scopes": list(SCOPES),
                "user_id": token.account,
            }
        }

    def _span(self, call: TwinCall) -> tuple[datetime, datetime]:
        """The asked range; without one, yesterday through today. What has not yet shown is left out."""
        shown = self._book.now() - timedelta(hours=self._dials().insight_delay_hours)
        since, until = call.fields.get("since"), call.fields.get("until")
        if since is None or until is None:
            return self._book.now() - timedelta(days=2), shown
        return _moment(since), min(_moment(until), shown)


def _token(call: TwinCall) -> str | None:
    return call.bearer or (str(call.fields["access_token"]) if "access_token" in call.fields else None)


def _moment(value: object) -> datetime:
    return datetime.fromtimestamp(int(str(value)), UTC)


def _not_found() -> GraphError:
    return GraphError(24, "The requested resource does not exist", subcode=4279009)


def _shown(post: TwinPost) -> dict[str, object]:
    return {
        "id": post.id,
        "media_product_type": "THREADS",
        "media_type": post.more["media_type"],
        "text": post.text,
        "timestamp": graph_time(post.created_at),
        "permalink": post.permalink,
        "alt_text": post.alt_texts[0] if post.alt_texts else None,
        "link_attachment_url": post.link or None,
    }


def _pick(call: TwinCall, known: Mapping[str, object], usual: tuple[str, ...]) -> dict[str, object]:
    """The asked fields and the id; empty ones are left out, unknown ones lose the whole call."""
    text = str(call.fields.get("fields", ""))
    names = [name.strip() for name in text.split(",") if name.strip()] or list(usual)
    if unknown := [name for name in names if name not in {*known, "error_message"}]:
        raise invalid_parameter(f"Tried accessing nonexisting field ({unknown[0]})")
    return {name: known[name] for name in (*names, "id") if known.get(name) is not None}
