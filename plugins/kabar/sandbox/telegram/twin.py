"""Telegram's Bot API with one bot, after `platforms.md` 4.3.

From memory, and to be compared with the platform: the words of the refusals, and that a bot without
`can_delete_messages` is refused after 48 hours in a channel of its own as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.faults import Fault
from kabar.sandbox.offices import BOT_ID, BOT_TOKEN, Office, Offices
from kabar.sandbox.seeding import SatkerRow
from kabar.sandbox.telegram.markup import MarkupError, length, read_html
from kabar.sandbox.twin import TwinBook, TwinCall, TwinPost, Upload

NAME: Final = "telegram"
LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
ALBUM: Final = range(2, 11)
DELETABLE: Final = timedelta(hours=48)


class TelegramError(Exception):
    """A refusal."""

    def __init__(self, status: int, words: str, *, retry_after: int | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.retry_after = retry_after

    def answer(self) -> Answer:
        """The refusal as the Bot API words it."""
        told: dict[str, Any] = {"ok": False, "error_code": self.status, "description": str(self)}
        if self.retry_after is not None:
            told["parameters"] = {"retry_after": self.retry_after}
        return answer_json(told, status=self.status)


class TelegramTwin:
    """The Bot API at `/telegram/bot<token>/…`."""

    name = NAME

    def __init__(self, book: TwinBook, satker: Iterable[SatkerRow]) -> None:
        self.book = book
        self.offices = Offices(book.journal, NAME, satker)

    def answer(self, call: TwinCall) -> Answer:
        """Do what was asked, or refuse."""
        try:
            return answer_json({"ok": True, "result": self._result(call)})
        except TelegramError as error:
            return error.answer()

    def account_of(self, call: TwinCall) -> str | None:
        """The channel that a call names."""
        wanted = str(call.fields.get("chat_id", ""))
        office = self._office(wanted)
        return office.id if office else None

    def refusal(self, call: TwinCall, fault: Fault) -> Answer:  # noqa: ARG002 -- The protocol's.
        """A planted refusal; a 429 says how long (`seconds`)."""
        is_flood = fault.status == HTTPStatus.TOO_MANY_REQUESTS
        seconds = round(fault.seconds) if is_flood else None
        words = f"Too Many Requests: retry after {seconds}" if is_flood else fault.message
        return TelegramError(fault.status, words, retry_after=seconds).answer()

    def reset(self) -> None:
        """Forget what tests have turned."""
        self.offices.reset()

    def _office(self, wanted: str) -> Office | None:
        return next(
            (one for one in self.offices.by_id.values() if wanted in {one.id, f"@{one.username}"}), None
        )

    def _result(self, call: TwinCall) -> object:
        token, _, rest = "/".join(call.path).partition("/")
        if token != f"bot{BOT_TOKEN}":
            known = token.startswith(f"bot{BOT_ID}:")
            raise TelegramError(401, "Unauthorized") if known else TelegramError(404, "Not Found")
        if rest == "getMe":
            return {"id": BOT_ID, "is_bot": True, "first_name": "Kabar Tahapan", "username": "sandbox_bot"}
        office = self._office(str(call.fields.get("chat_id", "")))
        if office is None or not office.is_open:
            raise TelegramError(400, "Bad Request: chat not found")
        methods: dict[str, Callable[[], object]] = {
            "getChat": lambda: self._chat(office),
            "getChatMember": lambda: self._member(office),
            "getChatMemberCount": lambda: office.followers,
            "sendMessage": lambda: self._send(call, office, rest),
            "sendPhoto": lambda: self._send(call, office, rest),
            "sendMediaGroup": lambda: self._send(call, office, rest),
            "editMessageText": lambda: self._edit(call, office, is_caption=False),
            "editMessageCaption": lambda: self._edit(call, office, is_caption=True),
            "deleteMessage": lambda: self._delete(call, office),
            "deleteMessages": lambda: self._delete(call, office),
        }
        if rest not in methods:
            raise TelegramError(404, "Not Found: method not found")
        return methods[rest]()

    def _send(self, call: TwinCall, office: Office, method: str) -> object:
        self._require_right(office)
        pictures, alone = list(call.uploads.values()), method != "sendMediaGroup"
        text, markup = call.fields.get("text", call.fields.get("caption", "")), call.fields
        if not alone:
            album = json.loads(str(call.fields.get("media", "[]")))
            text, markup = album[0].get("caption", ""), album[0]
            pictures = [self._attached(call, str(one["media"])) for one in album]
            if len(pictures) not in ALBUM:
                raise TelegramError(400, "Bad Request: wrong number of items in the album")
        is_picture = method != "sendMessage"
        words, tags = _words(str(text), str(markup.get("parse_mode", "")), is_caption=is_picture)
        if is_picture and not pictures:
            raise TelegramError(400, "Bad Request: there is no photo in the request")
        first = self._next_number(office)
        numbers = [first + place for place in range(max(len(pictures), 1))]
        preview = call.fields.get("link_preview_options")
        for picture in pictures:
            self.book.journal.keep_picture(hashlib.sha256(picture.content).hexdigest(), picture.content)
        post = TwinPost(
            platform=NAME,
            id=f"{office.id}:{first}",
            account=office.id,
            text=words,
            first_text=words,
            link=str(preview.get("url", "")) if isinstance(preview, dict) else "",
            pictures=tuple(hashlib.sha256(picture.content).hexdigest() for picture in pictures),
            created_at=self.book.now(),
            appears_at=self.book.now() + call.effect_delay,
            permalink=f"https://t.me/{office.username}/{first}",
            more={"numbers": numbers, "tags": list(tags), "files": [one.name for one in pictures]},
        )
        self.book.keep(post)
        told = [self._told(post, office, number) for number in numbers]
        return told[0] if alone else told

    def _edit(self, call: TwinCall, office: Office, *, is_caption: bool) -> object:
        self._require_right(office)
        number = int(str(call.fields.get("message_id", 0)))
        post = self._post(office, number)
        if post is None:
            raise TelegramError(400, "Bad Request: message to edit not found")
        if post.pictures and not is_caption:
            raise TelegramError(400, "Bad Request: there is no text in the message to edit")
        words, tags = _words(
            str(call.fields.get("caption" if is_caption else "text", "")),
            str(call.fields.get("parse_mode", "")),
            is_caption=is_caption,
        )
        if words == post.text:
            raise TelegramError(400, "Bad Request: message is not modified")
        more = {**post.more, "tags": list(tags)}
        changed = post.model_copy(update={"text": words, "edited_at": self.book.now(), "more": more})
        self.book.keep(changed)
        return self._told(changed, office, number)

    def _delete(self, call: TwinCall, office: Office) -> bool:
        listed = call.fields.get("message_ids", [call.fields.get("message_id", 0)])
        posts = [self._post(office, int(str(number))) for number in listed]
        if not any(posts):
            raise TelegramError(400, "Bad Request: message to delete not found")
        for post in posts:
            if post is None or post.deleted_at is not None:
                continue
            if not office.can_delete_messages and self.book.now() - post.created_at > DELETABLE:
                raise TelegramError(400, "Bad Request: message can't be deleted")
            self.book.keep(post.model_copy(update={"deleted_at": self.book.now()}))
        return True

    def _attached(self, call: TwinCall, name: str) -> Upload:
        upload = call.uploads.get(name.removeprefix("attach://"))
        if upload is None:
            raise TelegramError(400, f"Bad Request: file {name} is not attached")
        return upload

    def _post(self, office: Office, number: int) -> TwinPost | None:
        """The standing message of this number, also where it is one of several pictures."""
        return next(
            (
                post
                for post in self.book.of(NAME, office.id)
                if number in post.more["numbers"] and post.deleted_at is None
            ),
            None,
        )

    def _next_number(self, office: Office) -> int:
        return max((max(post.more["numbers"]) for post in self.book.of(NAME, office.id)), default=0) + 1

    def _require_right(self, office: Office) -> None:
        if office.bot_status in {"left", "kicked"}:
            raise TelegramError(403, "Forbidden: bot is not a member of the channel chat")
        if office.bot_status != "administrator":
            raise TelegramError(400, "Bad Request: need administrator rights in the channel chat")
        if not office.may_post:
            raise TelegramError(400, "Bad Request: not enough rights to send text messages to the chat")

    def _chat(self, office: Office) -> dict[str, Any]:
        return {
            "id": int(office.id),
            "title": office.name,
            "username": office.username,
            "type": "channel",
        }

    def _member(self, office: Office) -> dict[str, Any]:
        rights = {}
        if office.bot_status == "administrator":
            rights = {
                "can_post_messages": office.may_post,
                "can_edit_messages": False,
                "can_delete_messages": office.can_delete_messages,
            }
        return {"status": office.bot_status, "user": {"id": BOT_ID, "is_bot": True}, **rights}

    def _told(self, post: TwinPost, office: Office, number: int) -> dict[str, Any]:
        chat = self._chat(office)
        told = {"message_id": number, "sender_chat": chat, "chat": chat, "date": _seconds(post.created_at)}
        return {**told, "caption" if post.pictures else "text": post.text}


def _words(text: str, parse_mode: str, *, is_caption: bool) -> tuple[str, tuple[str, ...]]:
    """What a reader sees, and the markup that was in it."""
    try:
        words, tags = read_html(text) if parse_mode.upper() == "HTML" else (text, ())
    except MarkupError as error:
        raise TelegramError(400, f"Bad Request: can't parse entities: {error}") from error
    if is_caption and length(words) > LONGEST_CAPTION:
        raise TelegramError(400, "Bad Request: message caption is too long")
    if not is_caption and not words:
        raise TelegramError(400, "Bad Request: message text is empty")
    if not is_caption and length(words) > LONGEST_TEXT:
        raise TelegramError(400, "Bad Request: message is too long")
    return words, tags


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
