"""Photos on Facebook Pages: staged unseen, shown once, and the proof of a post whose answer was lost."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import pytest
from graph_client import Office

from kabar.channels.channel import Outgoing, Picture, Prepared, Standing
from kabar.channels.facebook import FacebookPages
from kabar.channels.opening import Door, open_channel
from kabar.channels.transport import HTTPTransport, session_sender
from kabar.errors import AccountError, RefusedError, UnconfirmedError, UnreachableError
from kabar.sandbox.running import RunningSandbox

Result = TypeVar("Result")

MESSAGE = "Jadwal pendaftaran dalam satu gambar.\n\nInformasi resmi: https://infopemilu.kpu.go.id/"
#: No picture that anybody would look at, but as a JPEG begins.
JPEG = b"\xff\xd8\xff\xe0" + b"kabar"


def picture(alt_text: str = "Poster jadwal.", *, size: int = len(JPEG)) -> Picture:
    content = JPEG + alt_text.encode() + b"\0" * max(size - len(JPEG), 0)
    return Picture(hashlib.sha256(content).hexdigest(), "", alt_text, content)


@dataclass
class Channel:
    """The channel of one user token, opened as tasks open it."""

    sandbox: RunningSandbox
    seconds: float = 2.0
    #: What each upload left, in its order.
    handles: list[Any] = field(default_factory=list)

    def ask(self, work: Callable[[Any], Awaitable[Result]]) -> Result:
        async def asking() -> Result:
            timeout = aiohttp.ClientTimeout(total=self.seconds)
            async with aiohttp.ClientSession(timeout=timeout) as session:
                transport = HTTPTransport(session_sender(session, self.sandbox.url))
                return await work(
                    await open_channel("facebook", Door(transport, self.sandbox.user_token, {}, 1))
                )

        return asyncio.run(asking())

    def step(self, post: Outgoing) -> Prepared:
        return self.ask(lambda pages: pages.prepare(post))

    def prepared(self, post: Outgoing) -> Outgoing:
        """The post with everything staged, as `posting/publish.py` drives it."""
        while True:
            done = self.step(post)
            self.handles.append(done.handle)
            post = replace(post, handle=done.handle)
            if done.wait_seconds is None:
                return post

    def create(self, post: Outgoing) -> Standing:
        return self.ask(lambda pages: pages.create(post))

    def find(self, post: Outgoing, *, sent_at: datetime | None = None) -> list[Standing]:
        return self.ask(lambda pages: pages.find(post, sent_at=sent_at or datetime.now(UTC)))


@pytest.fixture
def channel(sandbox: RunningSandbox) -> Channel:
    return Channel(sandbox)


def outgoing(office: Office, *pictures: Picture, **changed: object) -> Outgoing:
    post = Outgoing(office.page, MESSAGE, "https://infopemilu.kpu.go.id/", 41, pictures)
    return replace(post, **changed)


def uploads(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    return [entry for entry in sandbox.control("log")["data"] if entry["kind"] == "photo"]


def test_a_post_without_pictures_needs_no_preparation(channel: Channel, office: Office) -> None:
    assert channel.step(outgoing(office)) == Prepared({})


def test_staging_is_seen_by_nobody(channel: Channel, office: Office, sandbox: RunningSandbox) -> None:
    channel.prepared(outgoing(office, picture()))

    assert office.posts() == []
    assert sandbox.control("count")["total"] == 0


def test_each_picture_is_a_step_whose_handle_can_be_saved(channel: Channel, office: Office) -> None:
    post = channel.prepared(outgoing(office, picture("Satu."), picture("Dua."), picture("Tiga.")))

    assert [len(handle["photos"]) for handle in channel.handles] == [1, 2, 3]
    assert len(set(post.handle["photos"])) == 3


def test_a_worker_that_takes_over_uploads_only_what_is_missing(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    post = outgoing(office, picture("Satu."), picture("Dua."))
    first = channel.step(post)

    channel.prepared(replace(post, handle=first.handle))

    assert len(uploads(sandbox)) == 2


@pytest.mark.parametrize("alt_texts", [("Poster.",), ("Satu.", "Dua.", "Tiga.")])
def test_pictures_stand_in_one_post_in_their_order_with_their_alt_texts(
    channel: Channel, office: Office, alt_texts: tuple[str, ...]
) -> None:
    post = channel.prepared(outgoing(office, *(picture(text) for text in alt_texts)))

    standing = channel.create(post)

    (shown,) = office.posts(fields="id,message,status_type,attachments{target,subattachments{target}}")
    assert (shown["id"], shown["message"]) == (standing.platform_id, MESSAGE)
    assert shown["status_type"] == "added_photos"
    (attached,) = shown["attachments"]["data"]
    parts = attached["subattachments"]["data"] if len(alt_texts) > 1 else [attached]
    assert [part["target"]["id"] for part in parts] == post.handle["photos"]
    told = [
        office.read(photo, fields="alt_text_custom")["alt_text_custom"] for photo in post.handle["photos"]
    ]
    assert tuple(told) == alt_texts


def test_a_lost_answer_is_found_by_the_photo_when_the_timeline_runs_behind(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    post = channel.prepared(outgoing(office, picture()))
    created = channel.create(post)
    sandbox.plant("list_lag", method="GET", edge="published_posts", seconds=600, times=None)

    (found,) = channel.find(post)

    assert found.platform_id == created.platform_id
    assert found.permalink == created.permalink
    assert found.evidence["proof"] == "photo"
    assert found.evidence["photo"] in post.handle["photos"]


def test_a_post_whose_photo_is_gone_is_known_by_what_is_attached_to_it(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    post = channel.prepared(outgoing(office, picture()))
    created = channel.create(replace(post, message="Teks seperti yang ditampilkan platform."))
    sandbox.plant("error", method="GET", edge=f"/?{post.handle['photos'][0]}$", status=400, code=100, times=1)

    (found,) = channel.find(post)

    assert (found.platform_id, found.evidence["proof"]) == (created.platform_id, "photo")


def test_staged_photos_without_a_post_prove_nothing(channel: Channel, office: Office) -> None:
    post = channel.prepared(outgoing(office, picture()))

    assert channel.find(post) == []


def test_photos_that_stand_already_make_a_question_and_no_second_post(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    post = channel.prepared(outgoing(office, picture()))
    channel.create(post)

    with pytest.raises(UnconfirmedError, match="already"):
        channel.step(post)
    with pytest.raises(UnconfirmedError, match="1366051"):
        channel.create(post)
    assert sandbox.control("count")["total"] == 1


def test_photos_that_facebook_has_forgotten_are_staged_again(channel: Channel, office: Office) -> None:
    lost = outgoing(office, picture(), handle={"photos": ["700000000000999"]})

    post = channel.prepared(lost)

    assert channel.handles[0] == {"photos": []}
    assert channel.create(post).platform_id


def test_the_next_claim_uses_what_the_last_one_has_staged(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    post = channel.prepared(outgoing(office, picture()))

    assert channel.step(post) == Prepared(post.handle)
    assert len(uploads(sandbox)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang_after", "seconds": 3},
        {"kind": "cut_after"},
        {"kind": "reset_mid_body"},
        {"kind": "half_json"},
        {"kind": "garbage"},
        {"kind": "no_id"},
        {"kind": "redirect"},
        {"kind": "error", "status": 500, "code": 2},
    ],
)
def test_an_upload_without_a_readable_answer_may_be_done_again(
    sandbox: RunningSandbox, office: Office, fault: dict[str, Any]
) -> None:
    sandbox.plant(**({"method": "POST", "edge": "photos"} | fault))
    channel = Channel(sandbox, seconds=1)
    post = outgoing(office, picture())

    with pytest.raises(UnreachableError):
        channel.step(post)

    channel.create(channel.prepared(post))
    assert sandbox.control("count")["total"] == 1


def test_an_upload_that_the_token_may_not_do_is_the_accounts_trouble(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    sandbox.plant("error", method="POST", edge="photos", code=190, subcode=463)

    with pytest.raises(AccountError, match="190/463"):
        channel.step(outgoing(office, picture()))


def test_a_picture_beyond_four_megabytes_is_refused_before_it_leaves(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    with pytest.raises(RefusedError, match="4,000,0"):
        channel.step(outgoing(office, picture(size=4_000_000)))

    assert uploads(sandbox) == []


def test_more_than_ten_pictures_are_refused_before_any_leaves(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    with pytest.raises(RefusedError, match="at most 10"):
        channel.step(outgoing(office, *(picture(str(number)) for number in range(11))))

    assert uploads(sandbox) == []


def test_another_apps_post_is_not_ours_though_it_copied_our_link(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    token = sandbox.control("apps", {"name": "Aplikasi lain"})["user_token"]
    theirs = office.get(office.page, token, fields="access_token")["access_token"]
    link = "https://infopemilu.kpu.go.id/?utm_id=kt41"
    office.post(f"{office.page}/feed", theirs, message=MESSAGE, link=link)

    assert channel.find(outgoing(office)) == []


def test_a_post_is_found_with_its_app_and_its_proof_as_evidence(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    channel.create(outgoing(office))

    (found,) = channel.find(outgoing(office))

    assert found.evidence["application"] == sandbox.app_id
    assert found.evidence["proof"] == "marker"


def test_an_app_that_facebook_does_not_tell_hinders_nothing(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    sandbox.plant("error", method="GET", edge="debug_token", status=500, code=2, times=None)

    created = channel.create(outgoing(office))

    assert [one.platform_id for one in channel.find(outgoing(office))] == [created.platform_id]


def test_words_of_a_photo_post_are_changed_in_place(channel: Channel, office: Office) -> None:
    post = channel.prepared(outgoing(office, picture()))
    created = channel.create(post)
    right = replace(post, message=MESSAGE.replace("Jadwal", "Ralat jadwal"))

    channel.ask(lambda pages: pages.correct(right, created.platform_id))

    (shown,) = office.posts(fields="message,attachments{target}")
    assert shown["message"] == right.message
    assert shown["attachments"]["data"][0]["target"]["id"] == post.handle["photos"][0]
    assert channel.ask(lambda pages: pages.read(post, created.platform_id)) is None


def test_taking_down_a_post_twice_is_taking_it_down(channel: Channel, office: Office) -> None:
    post = outgoing(office)
    created = channel.create(post)

    first, second = (channel.ask(lambda pages: pages.withdraw(post, created.platform_id)) for _ in range(2))

    assert office.posts() == []
    assert first["deleted"] is True
    assert second["gone"] is True


@pytest.mark.parametrize("kind", ["hang_after", "half_json", "garbage"])
def test_a_withdrawal_whose_answer_was_lost_is_settled_by_asking_again(
    sandbox: RunningSandbox, office: Office, kind: str
) -> None:
    channel = Channel(sandbox, seconds=1)
    post = outgoing(office)
    created = channel.create(post)
    sandbox.plant(kind, method="DELETE", seconds=2)

    with pytest.raises(UnconfirmedError):
        channel.ask(lambda pages: pages.withdraw(post, created.platform_id))

    assert channel.ask(lambda pages: pages.withdraw(post, created.platform_id))["gone"] is True


def test_another_apps_post_cannot_be_edited(
    channel: Channel, office: Office, sandbox: RunningSandbox
) -> None:
    token = sandbox.control("apps", {"name": "Aplikasi lain"})["user_token"]
    theirs = office.get(office.page, token, fields="access_token")["access_token"]
    made = office.post(f"{office.page}/feed", theirs, message="Dari aplikasi lain")["id"]

    with pytest.raises(RefusedError, match="200"):
        channel.ask(lambda pages: pages.correct(outgoing(office), made))


def test_the_pages_of_a_door_are_those_of_its_token(channel: Channel) -> None:
    assert isinstance(channel.ask(_itself), FacebookPages)


async def _itself(pages: FacebookPages) -> FacebookPages:
    return pages


def test_an_old_post_with_the_same_photo_proof_is_found_whatever_the_window(
    channel: Channel, office: Office
) -> None:
    post = channel.prepared(outgoing(office, picture()))
    created = channel.create(post)

    (found,) = channel.find(post, sent_at=datetime.now(UTC) + timedelta(minutes=30))

    assert found.platform_id == created.platform_id
