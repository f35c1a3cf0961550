"""Telegram channels over the Bot API: one bot that is an administrator of many channels.

Source: core.telegram.org/bots/api; `platforms.md` 4.3. The interface reads nothing back and has no
idempotency: what became of a call without an answer only a person can see. The bot's token is a part of the
path. Text goes as HTML with every sign of markup escaped, so that a message is what was approved and no more.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import orjson

from kabar.channels.channel import Abilities, Channel, Identity, Outgoing, Prepared, Standing
from kabar.channels.marker import marked_link, marker_of
from kabar.channels.measured import Measured, missing, present_levels
from kabar.channels.telegram_answers import (
    has_no_text,
    is_gone,
    is_unchanged,
    problem_of,
    result_of,
)
from kabar.channels.telegram_gate import Gate
from kabar.channels.transport import Body, HTTPTransport, json_body
from kabar.errors import PausedError, RefusedError, UnconfirmedError, UnreachableError

if TYPE_CHECKING:
    from kabar.channels.opening import Door

MEMBERS: Final = "member_count"
#: A message of several pictures is several messages with numbers of their own, kept as `42,43,44`.
BETWEEN: Final = ","
#: Channels have ids that begin so; the rest is the number in a private link.
PRIVATE: Final = "-100"


async def open_channel(door: Door) -> Channel:
    """Ask the bot who it is, so that a dead token is told once and not for every channel.

    Raises:
        RefusedError: The token is of no use.
        UnreachableError: Telegram did not answer.
    """
    if not door.token:
        raise RefusedError("The connection has no bot token: write it as the password, not as a table.")
    bot = TelegramBot(door.transport, door.token, settle_seconds=door.settle_seconds)
    await bot.introduce()
    return bot


class TelegramBot:
    """The channels in which one bot may post, behind the `Channel` protocol."""

    abilities = Abilities(can_read=False)

    settle_seconds: float

    def __init__(self, transport: HTTPTransport, token: str, *, settle_seconds: float) -> None:
        self._transport = transport
        self._token = token
        self._gate = Gate(time.monotonic)
        self._bot_id = 0
        self.settle_seconds = settle_seconds

    async def introduce(self) -> None:
        """Learn the bot's own number; errors as of `open_channel`."""
        result = await self._ask("getMe", {})
        self._bot_id = result["id"] if isinstance(result, dict) and isinstance(result.get("id"), int) else 0

    async def prepare(self, post: Outgoing) -> Prepared:
        """Wait for the bot's turn: Telegram wants no more than some messages a second."""
        seconds = self._gate.seconds_until_turn(
            post.post_id, post.account_id, messages=max(len(post.pictures), 1)
        )
        return Prepared({}, seconds or None)

    async def create(self, post: Outgoing) -> Standing:
        """Send text with a preview of its link, or one picture or several with the text beneath."""
        self._gate.used(post.post_id)
        method, body, headers = _message(post)
        answer = await self._transport.post(self._path(method), body, token=self._token, headers=headers)
        problem = problem_of(answer)
        if isinstance(problem, PausedError):
            raise self._flooded(post.account_id, problem)
        if problem is not None:
            raise problem
        result = result_of(answer)
        messages = result if isinstance(result, list) else [result]
        numbers = [one["message_id"] for one in messages if isinstance(one, dict) and "message_id" in one]
        if not numbers or len(numbers) != len(messages):
            raise UnconfirmedError("Telegram accepted the message and named no number.")
        return _standing(numbers, messages[0])

    async def read(self, post: Outgoing, platform_id: str) -> Standing | None:
        """Refuse: a bot reads no messages of its channel."""
        raise RefusedError(f"Telegram shows a bot no messages; look at {post.account_id}, {platform_id}.")

    async def find(self, post: Outgoing, *, sent_at: datetime) -> list[Standing]:
        """Refuse, as `read`; the question is a person's."""
        raise RefusedError(f"Telegram shows a bot no messages; look at {post.account_id} since {sent_at}.")

    async def withdraw(self, post: Outgoing, platform_id: str) -> Mapping[str, Any]:
        """Delete the messages of a post.

        Only within 48 hours, unless the bot has `can_delete_messages` in the channel (deleteMessage).
        """
        numbers = [int(number) for number in platform_id.split(BETWEEN)]
        method = "deleteMessage" if len(numbers) == 1 else "deleteMessages"
        which = {"message_id": numbers[0]} if len(numbers) == 1 else {"message_ids": numbers}
        problem = problem_of(await self._change(method, {"chat_id": post.account_id, **which}))
        if problem is None:
            return {"by": "answer", "id": platform_id, "deleted": True}
        if is_gone(problem):
            return {"by": "answer", "id": platform_id, "gone": True}
        raise problem

    async def correct(self, post: Outgoing, platform_id: str) -> Standing:
        """Change the words of a message in place; the pictures stay."""
        where = {"chat_id": post.account_id, "message_id": int(platform_id.split(BETWEEN, maxsplit=1)[0])}
        words = {**where, "parse_mode": "HTML"}
        text = telegram_html(post)
        problem = problem_of(await self._change("editMessageText", {**words, "text": text, **_preview(post)}))
        if problem is not None and has_no_text(problem):
            problem = problem_of(await self._change("editMessageCaption", {**words, "caption": text}))
        if problem is not None and not is_unchanged(problem):
            raise problem
        return Standing(platform_id, None, None, {"by": "answer", "id": platform_id, "edited": True})

    async def identity(self, account_id: str) -> Identity:
        """Read the channel and the bot's rights in it."""
        try:
            chat = await self._ask("getChat", {"chat_id": account_id})
            member = await self._ask("getChatMember", {"chat_id": account_id, "user_id": str(self._bot_id)})
        except RefusedError as error:
            return Identity(None, None, (str(error),), {})
        obstacles = []
        if chat.get("type") != "channel":
            obstacles.append(f"This is a {chat.get('type')} and no channel.")
        if member.get("status") != "administrator":
            obstacles.append(f"The bot is {member.get('status')} here: make it an administrator.")
        elif member.get("can_post_messages") is not True:
            obstacles.append("The bot is an administrator without the right to post (can_post_messages).")
        rights = ("status", "can_post_messages", "can_edit_messages", "can_delete_messages")
        evidence = {key: chat.get(key) for key in ("id", "title", "username", "type")}
        evidence |= {key: member.get(key) for key in rights}
        return Identity(chat.get("title"), chat.get("username"), tuple(obstacles), evidence)

    async def insights(
        self, account_id: str, *, metrics: Sequence[str], days: Sequence[date], now: datetime
    ) -> list[Measured]:
        """How many follow the channel now; the Bot API tells nothing else, no views and no history."""
        try:
            count = await self._ask("getChatMemberCount", {"chat_id": account_id})
        except RefusedError as error:
            return [missing(one, day, "no_permission", str(error)) for one in metrics for day in days]
        levels = {MEMBERS: count} if isinstance(count, int) else {}
        return present_levels(levels, metrics=metrics, days=days, now=now, platform="Telegram")

    async def _ask(self, method: str, params: Mapping[str, str]) -> Any:  # noqa: ANN401 -- As `result_of`.
        """Read something of Telegram's; no fault of a reading leaves a doubt."""
        answer = await self._transport.get(self._path(method), params, token=self._token)
        problem = problem_of(answer)
        if isinstance(problem, UnconfirmedError):
            raise UnreachableError(str(problem))
        if problem is not None:
            raise problem
        return result_of(answer)

    async def _change(self, method: str, content: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- An answer.
        body, header = json_body(content)
        return await self._transport.post(self._path(method), body, token=self._token, headers=header)

    def _path(self, method: str) -> str:
        return f"/bot{self._token}/{method}"

    def _flooded(self, chat: str, problem: PausedError) -> PausedError:
        is_the_bot = self._gate.flood_in(chat, problem.pause_seconds)
        return PausedError(str(problem), pause_seconds=problem.pause_seconds, is_app_wide=is_the_bot)


def telegram_html(post: Outgoing) -> str:
    """The words of a post and its link as Telegram's HTML, in which nothing but words is left."""
    text = post.message
    if post.link and post.link not in text:
        text = f"{text}\n{post.link}"
    return escape(text, quote=False)


def _message(post: Outgoing) -> tuple[str, Body, Mapping[str, str] | None]:
    """Method, body and headers of the call that sends a post."""
    words = telegram_html(post)
    if not post.pictures:
        content = {"chat_id": post.account_id, "text": words, "parse_mode": "HTML", **_preview(post)}
        return ("sendMessage", *json_body(content))
    form = aiohttp.FormData()
    form.add_field("chat_id", post.account_id)
    if len(post.pictures) == 1:
        form.add_field("caption", words)
        form.add_field("parse_mode", "HTML")
        names = ["photo"]
    else:
        names = [f"gambar{number}" for number in range(len(post.pictures))]
        album: list[dict[str, str]] = [{"type": "photo", "media": f"attach://{name}"} for name in names]
        album[0] |= {"caption": words, "parse_mode": "HTML"}
        form.add_field("media", orjson.dumps(album).decode())
    for name, picture in zip(names, post.pictures, strict=True):
        # Readers never see the name of a photo's file; it is the one place for our marker.
        file = f"{marker_of(post.post_id)}-{name}.jpg"
        form.add_field(name, picture.jpeg, filename=file, content_type="image/jpeg")
    return ("sendPhoto" if len(names) == 1 else "sendMediaGroup", form, None)


def _preview(post: Outgoing) -> dict[str, Any]:
    """The card beneath a text; its address carries our marker, the text keeps the link as it was approved."""
    return {"link_preview_options": {"url": marked_link(post.link, post.post_id)}} if post.link else {}


def _standing(numbers: Sequence[int], message: Mapping[str, Any]) -> Standing:
    chat = message.get("chat")
    about: Mapping[str, Any] = chat if isinstance(chat, dict) else {}
    place = about.get("username") or f"c/{str(about.get('id', '')).removeprefix(PRIVATE)}"
    sent = message.get("date")
    platform_id = BETWEEN.join(map(str, numbers))
    return Standing(
        platform_id=platform_id,
        permalink=f"https://t.me/{place}/{numbers[0]}",
        published_at=datetime.fromtimestamp(sent, UTC) if isinstance(sent, int) else None,
        evidence={"by": "answer", "id": platform_id, "chat": about.get("id"), "date": sent},
    )
