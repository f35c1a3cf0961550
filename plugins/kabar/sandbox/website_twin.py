"""An office's own website that keeps the contract of `docs/website-webhook.md`, written from that page."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.faults import Fault
from kabar.sandbox.offices import Office, Offices, office_token
from kabar.sandbox.seeding import SatkerRow
from kabar.sandbox.twin import TwinBook, TwinCall, TwinPost

NAME: Final = "website"
#: How far the clocks of both sides may be apart, and how long a call may be sent again by a stranger.
WINDOW: Final = timedelta(minutes=5)


class SiteError(Exception):
    """A refusal."""

    def __init__(self, status: int, words: str, *, retry_after: int | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.retry_after = retry_after

    def answer(self) -> Answer:
        """The refusal as the contract words it."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return answer_json({"error": str(self)}, status=self.status, headers=headers)


class WebsiteTwin:
    """Every office's site at `/website/<account>/…`."""

    name = NAME

    def __init__(self, book: TwinBook, satker: Iterable[SatkerRow]) -> None:
        self.book = book
        self.offices = Offices(book.journal, NAME, satker)

    def answer(self, call: TwinCall) -> Answer:
        """Do what was asked, or refuse."""
        try:
            return self._answer(call, self._site(call))
        except SiteError as error:
            return error.answer()

    def account_of(self, call: TwinCall) -> str | None:
        """The site that a call names."""
        return call.path[0] if call.path and call.path[0] in self.offices.by_id else None

    def refusal(self, call: TwinCall, fault: Fault) -> Answer:  # noqa: ARG002 -- The protocol's.
        """A planted refusal; a 429 says how long (`seconds`)."""
        is_busy = fault.status == HTTPStatus.TOO_MANY_REQUESTS
        seconds = round(fault.seconds) if is_busy else None
        return SiteError(fault.status, fault.message, retry_after=seconds).answer()

    def reset(self) -> None:
        """Forget what tests have turned."""
        self.offices.reset()

    def _site(self, call: TwinCall) -> Office:
        site = self.offices.by_id.get(call.path[0]) if call.path else None
        if site is None:
            raise SiteError(404, "There is no such account.")
        told_at = call.headers.get("Kabar-Timestamp", "")
        if not told_at.isascii() or not told_at.isdigit():
            raise SiteError(401, "Kabar-Timestamp is missing.")
        if abs(self.book.now().timestamp() - int(told_at)) > WINDOW.total_seconds():
            raise SiteError(401, "Kabar-Timestamp is more than five minutes away from this site's clock.")
        key = call.headers.get("Idempotency-Key", "")
        path = "/" + "/".join(call.path)
        told = f"{told_at}\n{call.method}\n{path}\n{key}\n".encode() + call.body
        secret = office_token(NAME, site.id).encode()
        expected = "v1=" + hmac.new(secret, told, hashlib.sha256).hexdigest()
        if not site.is_open or not hmac.compare_digest(expected, call.headers.get("Kabar-Signature", "")):
            raise SiteError(401, "Kabar-Signature is not the one of this call.")
        return site

    def _answer(self, call: TwinCall, site: Office) -> Answer:
        match (call.method, *call.path[1:]):
            case ("GET",):
                url = f"{call.base_url}/{site.id}"
                return answer_json({"name": site.name, "url": url, "can_publish": site.may_post})
            case ("POST", "posts"):
                return self._create(call, site)
            case ("GET", "posts", key):
                return answer_json(_told(self._post(site, key)))
            case ("PUT", "posts", key):
                return self._replace(call, site, key)
            case ("DELETE", "posts", key):
                post = self._post(site, key)
                self.book.keep(post.model_copy(update={"deleted_at": self.book.now()}))
                return answer_json({"key": key, "deleted": True})
        raise SiteError(404, "There is no such address.")

    def _create(self, call: TwinCall, site: Office) -> Answer:
        if not site.may_post:
            raise SiteError(403, "This site takes no posts now.")
        key = call.headers.get("Idempotency-Key", "")
        content = _content(call, key)
        known = self.book.post(NAME, key)
        if known is not None and known.more["content"] != content:
            raise SiteError(409, "This key stands for another post.")
        if known is not None:
            return answer_json(_told(self._post(site, key)))
        now = self.book.now()
        post = TwinPost(
            platform=NAME,
            id=key,
            account=site.id,
            text=content["text"],
            first_text=content["text"],
            link=content["link"],
            alt_texts=tuple(picture["alt_text"] for picture in content["pictures"]),
            pictures=tuple(picture["sha256"] for picture in content["pictures"]),
            created_at=now,
            appears_at=now + call.effect_delay,
            permalink=f"{call.base_url.rpartition('/')[0]}/publik/website/{site.id}#{key}",
            more={"content": content},
        )
        self.book.keep(post)
        return answer_json(_told(post), status=201)

    def _replace(self, call: TwinCall, site: Office, key: str) -> Answer:
        content = _content(call, key)
        changed = self._post(site, key).model_copy(
            update={"text": content["text"], "link": content["link"], "edited_at": self.book.now()}
        )
        self.book.keep(changed)
        return answer_json(_told(changed))

    def _post(self, site: Office, key: str) -> TwinPost:
        post = self.book.post(NAME, key)
        if post is None or post.account != site.id or post.appears_at > self.book.now():
            raise SiteError(404, "There is no post of this key.")
        if post.deleted_at is not None:
            raise SiteError(410, "The post of this key was taken down.")
        return post


def _content(call: TwinCall, key: str) -> dict[str, Any]:
    """The body of a post, which must speak of the same key as the call."""
    try:
        content = json.loads(call.body)
    except ValueError:
        raise SiteError(400, "The body is no JSON.") from None
    wanted = {"key": str, "text": str, "link": str, "pictures": list}
    if not isinstance(content, dict) or any(not isinstance(content.get(k), t) for k, t in wanted.items()):
        raise SiteError(422, "The body needs key, text, link and pictures.")
    if content["key"] != key or not key:
        raise SiteError(422, "The key of the body is not the key of the call.")
    return content


def _told(post: TwinPost) -> dict[str, Any]:
    return {
        "key": post.id,
        "text": post.text,
        "url": post.permalink,
        "published_at": post.created_at.isoformat(),
    }
