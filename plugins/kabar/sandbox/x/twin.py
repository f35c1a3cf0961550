"""X in shapes, limits and faults, after `platforms.md` 4.1; it counts what X would charge.

From memory, and to be compared with the platform: the words of every refusal but the duplicate's, and that a
text that is too long is a 403.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.faults import Fault
from kabar.sandbox.graph.settings import GraphSettings
from kabar.sandbox.offices import Office, Offices, office_token
from kabar.sandbox.seeding import SatkerRow
from kabar.sandbox.twin import TwinBook, TwinCall, TwinPost
from kabar.sandbox.x.shapes import XError, budget, hidden, told, user
from kabar.sandbox.x.signature import signer
from kabar.sandbox.x.text import LONGEST, links_of, shown, weighted_length
from kabar.sandbox.x.uploads import Uploads

NAME: Final = "x"
POSTS_A_WINDOW: Final = 100
WINDOW: Final = timedelta(minutes=15)
APP_POSTS_A_DAY: Final = 10_000
DAY: Final = timedelta(hours=24)
#: US dollars; docs.x.com, pricing.
PRICE: Final = Decimal("0.015")
PRICE_WITH_LINK: Final = Decimal("0.200")
PRICE_OF_READING: Final = Decimal("0.005")
#: Planted errors of this `subcode` speak of the whole app.
APP_WIDE: Final = 24
FIRST_ID: Final = 1_900_000_000_000_000_000
MOST_PICTURES: Final = 4
TOO_LONG: Final = "Your Tweet text is too long."
DUPLICATE: Final = "You are not allowed to create a Tweet with duplicate content."


class XTwin:
    """X at `/x/2/…`."""

    name = NAME

    def __init__(
        self, book: TwinBook, satker: Iterable[SatkerRow], *, dials: Callable[[], GraphSettings]
    ) -> None:
        self.book = book
        self.offices = Offices(book.journal, NAME, satker)
        self._dials = dials
        self._uploads = Uploads(book.now)
        self._read = 0

    def answer(self, call: TwinCall) -> Answer:
        """Do what was asked, or refuse."""
        try:
            return self._answer(call, self._caller(call))
        except XError as error:
            return error.answer()

    def account_of(self, call: TwinCall) -> str | None:
        """Whose token or signature it is."""
        named = (one for one in self.offices.by_id if call.bearer == office_token(NAME, one))
        return next(named, None) or signer(call)

    def refusal(self, call: TwinCall, fault: Fault) -> Answer:  # noqa: ARG002 -- The protocol's.
        """A planted problem; a 429 says how long (`seconds`) and, by `subcode` 24, that it is the app's."""
        headers = {}
        if fault.status == HTTPStatus.TOO_MANY_REQUESTS:
            name = "x-app-limit-24hour" if fault.subcode == APP_WIDE else "x-rate-limit"
            reset = self.book.now() + timedelta(seconds=fault.seconds)
            headers = budget(name, POSTS_A_WINDOW, 0, reset)
        return XError(fault.status, fault.message, headers).answer()

    def reset(self) -> None:
        """Forget uploads, readings and what tests have turned."""
        self.offices.reset()
        self._uploads.forget()
        self._read = 0

    def bill(self) -> dict[str, object]:
        """What X would charge for everything so far; deleted posts cost as well."""
        posts = self.book.of(NAME)
        linked = sum(bool(post.link) for post in posts)
        plain = len(posts) - linked
        dollars = linked * PRICE_WITH_LINK + plain * PRICE + self._read * PRICE_OF_READING
        return {"posts": plain, "posts_with_link": linked, "posts_read": self._read, "usd": str(dollars)}

    def _caller(self, call: TwinCall) -> Office:
        office = self.offices.by_id.get(self.account_of(call) or "")
        if office is None or not office.is_open:
            raise XError(401, "Unauthorized")
        return office

    def _answer(self, call: TwinCall, caller: Office) -> Answer:
        match (call.method, *call.path):
            case ("POST", "2", "tweets"):
                return self._create(call, caller)
            case ("GET", "2", "tweets", number):
                return self._one(number, caller)
            case ("DELETE", "2", "tweets", number):
                return self._delete(number, caller)
            case ("GET", "2", "users", who, *rest):
                office = caller if who == "me" else self.offices.by_id.get(who)
                if office is not None and rest in ([], ["tweets"]):
                    return self._timeline(call, office) if rest else self._user(office)
            case (_, "2", "media", *rest):
                answer = self._uploads.answer(call, caller, rest)
                if answer is not None:
                    return answer
        raise XError(404, "Not Found")

    def _create(self, call: TwinCall, caller: Office) -> Answer:
        now = self.book.now()
        text = str(call.fields.get("text", ""))
        media = call.fields.get("media")
        numbers = [str(one) for one in media.get("media_ids", ())] if isinstance(media, dict) else []
        self._check(text, numbers, caller)
        uploads = [self._uploads.of(number, caller) for number in numbers]
        if any(upload.state(now) != "succeeded" for upload in uploads):
            raise XError(400, "Your media IDs are invalid.")
        number = str(FIRST_ID + len(self.book.of(NAME)))
        for upload in uploads:
            self.book.journal.keep_picture(upload.sha256, upload.content)
        post = TwinPost(
            platform=NAME,
            id=number,
            account=caller.id,
            text=text,
            first_text=text,
            link=next(iter(links_of(text)), ""),
            alt_texts=tuple(upload.alt_text for upload in uploads),
            pictures=tuple(upload.sha256 for upload in uploads),
            created_at=now,
            appears_at=now + call.effect_delay,
            permalink=f"https://x.com/{caller.username}/status/{number}",
            more={"media_ids": numbers},
        )
        self.book.keep(post)
        made = {
            "id": number,
            "edit_history_tweet_ids": [number],
            "text": shown(text, tuple(numbers))["text"],
        }
        return answer_json({"data": made}, status=201, headers=self._budgets(caller))

    def _check(self, text: str, numbers: list[str], caller: Office) -> None:
        """Refuse what X refuses before it makes a post."""
        if not caller.may_post:
            raise XError(403, "You are not permitted to perform this action.")
        headers = self._budgets(caller)
        if "0" in {headers["x-rate-limit-remaining"], headers["x-app-limit-24hour-remaining"]}:
            raise XError(429, "Too Many Requests", headers)
        if not (text or numbers) or len(numbers) > MOST_PICTURES:
            raise XError(400, "One or more parameters to your request was invalid.")
        if weighted_length(text) > LONGEST:
            raise XError(403, TOO_LONG)
        known = {post.first_text for post in self.book.of(NAME, caller.id) if post.deleted_at is None}
        if self._dials().refuse_duplicates and text in known:
            raise XError(403, DUPLICATE)

    def _budgets(self, caller: Office) -> dict[str, str]:
        """What is left of the account's and of the app's posts."""
        now = self.book.now()
        everybody = [post for post in self.book.of(NAME) if post.created_at > now - DAY]
        today = [post.created_at for post in everybody]
        recent = [p.created_at for p in everybody if p.account == caller.id and p.created_at > now - WINDOW]
        return {
            **budget(
                "x-rate-limit",
                POSTS_A_WINDOW,
                POSTS_A_WINDOW - len(recent),
                min(recent, default=now) + WINDOW,
            ),
            **budget(
                "x-app-limit-24hour",
                APP_POSTS_A_DAY,
                APP_POSTS_A_DAY - len(today),
                min(today, default=now) + DAY,
            ),
        }

    def _user(self, office: Office) -> Answer:
        return answer_json({"data": user(office, posts=len(self._standing(office)))})

    def _one(self, number: str, caller: Office) -> Answer:
        post = self.book.post(NAME, number)
        if post is None or not post.stands(self.book.now()):
            return hidden("Not Found Error", "resource-not-found", number)
        if self.offices.by_id[post.account].is_protected and post.account != caller.id:
            return hidden("Authorization Error", "not-authorized-for-resource", number)
        self._read += 1
        return answer_json({"data": told(post)})

    def _delete(self, number: str, caller: Office) -> Answer:
        post = self.book.post(NAME, number)
        if post is None or not post.stands(self.book.now()):
            raise XError(404, f"Could not find tweet with id: [{number}].")
        if post.account != caller.id:
            raise XError(403, "You are not authorized to delete this Tweet.")
        self.book.keep(post.model_copy(update={"deleted_at": self.book.now()}))
        return answer_json({"data": {"deleted": True}})

    def _timeline(self, call: TwinCall, office: Office) -> Answer:
        since = datetime.fromisoformat(str(call.fields.get("start_time", "1970-01-01T00:00:00Z")))
        until = self.book.now() - call.list_lag
        posts = [post for post in reversed(self._standing(office)) if since <= post.created_at <= until]
        size = int(str(call.fields.get("max_results", "10")))
        start = int(str(call.fields.get("pagination_token", "0")))
        page = [told(post) for post in posts[start : start + size]]
        self._read += len(page)
        meta: dict[str, Any] = {"result_count": len(page)}
        if len(posts) > start + size:
            meta["next_token"] = str(start + size)
        return answer_json({**({"data": page} if page else {}), "meta": meta})

    def _standing(self, office: Office) -> list[TwinPost]:
        return [post for post in self.book.of(NAME, office.id) if post.stands(self.book.now())]
