"""Publishing, editing and deleting on the Facebook stand-in (platforms.md 1.2, 1.3, 1.5)."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from graph_client import PNG, Office, error_of

from kabar.sandbox.running import RunningSandbox


def upload(office: Office, **data: str) -> dict:
    files = {"source": ("poster.png", PNG)}
    return office.call("POST", f"{office.page}/photos", office.token, data=data, files=files).json()


def test_a_post_answers_with_its_page_post_id_alone(office: Office) -> None:
    answer = office.publish("Pendaftaran dibuka.")
    assert list(answer) == ["id"]
    assert answer["id"].startswith(f"{office.page}_")


def test_read_after_write_gives_the_asked_fields_in_the_same_answer(office: Office) -> None:
    answer = office.call(
        "POST",
        f"{office.page}/feed",
        office.token,
        params={"fields": "id,permalink_url,created_time"},
        data={"message": "Halo"},
    ).json()
    assert datetime.strptime(answer["created_time"], "%Y-%m-%dT%H:%M:%S+0000").replace(tzinfo=UTC)
    assert requests.get(answer["permalink_url"], timeout=5).status_code == 200


@pytest.mark.parametrize("encoding", ["query", "form", "json", "multipart"])
def test_every_encoding_makes_the_same_post(office: Office, encoding: str) -> None:
    parameters = {"message": "Halo é", "link": "https://kpu.go.id/a?b=1"}
    body = {
        "query": {"params": parameters},
        "form": {"data": parameters},
        "json": {"json": parameters},
        "multipart": {"files": {name: (None, value) for name, value in parameters.items()}},
    }[encoding]
    office.call("POST", f"{office.page}/feed/", office.token, **body).raise_for_status()
    assert [post["message"] for post in office.posts()] == ["Halo é"]


@pytest.mark.parametrize("place", ["query", "body", "header"])
def test_the_token_is_taken_from_query_body_or_header(office: Office, place: str) -> None:
    token = {"access_token": office.token}
    keywords = {"query": {"params": token}, "body": {"data": token | {"message": "x"}}, "header": {}}[place]
    if place != "body":
        keywords["data"] = {"message": "x"}
    header_token = office.token if place == "header" else None
    assert "id" in office.call("POST", f"{office.page}/feed", header_token, **keywords).json()


def test_the_same_text_twice_in_a_row_is_refused_with_506(office: Office) -> None:
    office.publish("Sama")
    assert error_of(office.publish("Sama")) == (506, None)
    assert len(office.posts()) == 1


def test_the_same_text_after_another_post_is_taken(office: Office) -> None:
    for message in ("Sama", "Lain", "Sama"):
        assert "id" in office.publish(message)


def test_the_same_text_on_another_page_is_taken(office: Office, other_office: Office) -> None:
    office.publish("Sama")
    assert "id" in other_office.publish("Sama")


def test_doubles_are_taken_when_the_guard_is_off_and_are_counted(
    sandbox: RunningSandbox, office: Office
) -> None:
    sandbox.control("settings", {"refuse_duplicates": False})
    office.publish("Sama")
    office.publish("Sama")
    count = sandbox.control("count?contains=Sama")
    assert (count["total"], count["double"], count["repeated"]) == (2, {office.page: 2}, {office.page: 2})


def test_a_refused_double_is_counted_apart(sandbox: RunningSandbox, office: Office) -> None:
    office.publish("Sama")
    office.publish("Sama")
    count = sandbox.control("count?contains=Sama")
    assert (count["total"], count["refused_as_double"]) == (1, 1)


def test_posting_too_fast_is_blocked_with_368(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.control("settings", {"posts_in_ten_minutes": 2})
    office.publish("1")
    office.publish("2")
    assert error_of(office.publish("3")) == (368, 1390008)


def test_a_post_needs_something_to_say(office: Office) -> None:
    assert error_of(office.post(f"{office.page}/feed", office.token)) == (100, None)


def test_a_link_that_is_no_address_is_refused(office: Office) -> None:
    assert error_of(office.publish("x", link="kpu.go.id")) == (100, 2061006)


def test_a_user_token_cannot_post_as_the_page(sandbox: RunningSandbox, office: Office) -> None:
    assert error_of(office.post(f"{office.page}/feed", sandbox.user_token, message="x")) == (210, None)
    draft = office.post(f"{office.page}/feed", sandbox.user_token, message="x", published="false")
    assert error_of(draft) == (200, None)


def test_another_pages_token_cannot_post_here(office: Office, other_office: Office) -> None:
    assert error_of(office.post(f"{office.page}/feed", other_office.token, message="x")) == (10, None)


def test_a_page_without_the_content_task_cannot_be_posted_to(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.control(f"pages/{office.page}", {"tasks": ["ANALYZE"]})
    assert error_of(office.publish("x")) == (200, None)


def test_an_unpublished_post_stays_out_of_published_posts_but_in_the_feed(office: Office) -> None:
    post_id = office.publish("Draf", published="false")["id"]
    assert office.posts() == []
    feed = office.read(f"{office.page}/feed", fields="id,is_published")["data"]
    assert feed == [{"id": post_id, "is_published": False}]


def test_a_draft_is_published_by_editing_it(sandbox: RunningSandbox, office: Office) -> None:
    post_id = office.publish("Draf", published="false")["id"]
    assert sandbox.control("count")["total"] == 0
    assert office.post(post_id, office.token, is_published="true") == {"success": True}
    assert [post["id"] for post in office.posts()] == [post_id]
    assert sandbox.control("count")["total"] == 1


@pytest.mark.parametrize(("minutes", "members"), [(9, {"error"}), (11, {"id"}), (76 * 24 * 60, {"error"})])
def test_a_schedule_lies_ten_minutes_to_75_days_ahead(
    office: Office, minutes: int, members: set[str]
) -> None:
    when = datetime.now(UTC) + timedelta(minutes=minutes)
    answer = office.publish("Nanti", published="false", scheduled_publish_time=int(when.timestamp()))
    assert set(answer) == members


def test_a_scheduled_post_becomes_public_at_its_time(sandbox: RunningSandbox, office: Office) -> None:
    when = datetime.now(UTC) + timedelta(minutes=11)
    post_id = office.publish("Nanti", published="false", scheduled_publish_time=when.isoformat())["id"]
    assert [post["id"] for post in office.read(f"{office.page}/scheduled_posts")["data"]] == [post_id]
    assert sandbox.control("count")["total"] == 0
    sandbox.control("clock", {"clock_offset_seconds": 12 * 60})
    assert [post["id"] for post in office.posts()] == [post_id]
    assert sandbox.control("count")["total"] == 1


def test_a_published_photo_makes_a_post_and_names_it(office: Office) -> None:
    answer = upload(office, caption="Maskot", alt_text_custom="Gambar maskot")
    post = office.read(answer["post_id"], fields="message,status_type,full_picture")
    assert (post["message"], post["status_type"]) == ("Maskot", "added_photos")
    assert requests.get(post["full_picture"], timeout=5).content == PNG


def test_a_staged_photo_proves_the_post_that_carries_it(office: Office) -> None:
    photo = upload(office, published="false", alt_text_custom="Jadwal")
    assert list(photo) == ["id"]
    assert "page_story_id" not in office.read(photo["id"], fields="page_story_id")
    media = json.dumps({"media_fbid": photo["id"]})
    post_id = office.publish("Dengan gambar", **{"attached_media[0]": media})["id"]
    found = office.read(photo["id"], fields="page_story_id,alt_text_custom")
    assert (found["page_story_id"], found["alt_text_custom"]) == (post_id, "Jadwal")


def test_a_photo_in_a_draft_names_no_story_yet(office: Office) -> None:
    photo = upload(office, published="false")["id"]
    media = json.dumps([{"media_fbid": photo}])
    draft = office.publish("Draf", published="false", attached_media=media)["id"]
    assert office.read(photo, fields="page_story_id") == {"id": photo}
    office.post(draft, office.token, is_published="true")
    assert office.read(photo, fields="page_story_id")["page_story_id"] == draft


def test_attached_media_is_taken_as_one_json_list_too(office: Office) -> None:
    ids = [upload(office, published="false")["id"] for _ in range(2)]
    media = json.dumps([{"media_fbid": photo_id} for photo_id in ids])
    post_id = office.publish("Dua gambar", attached_media=media)["id"]
    (album,) = office.read(post_id, fields="attachments{media_type,subattachments}")["attachments"]["data"]
    assert [part["target"]["id"] for part in album["subattachments"]["data"]] == ids


def test_a_photo_is_carried_by_one_post_only(office: Office) -> None:
    media = json.dumps([{"media_fbid": upload(office, published="false")["id"]}])
    office.publish("Satu", attached_media=media)
    assert error_of(office.publish("Dua", attached_media=media)) == (100, 1366051)


def test_another_pages_photo_cannot_be_attached(office: Office, other_office: Office) -> None:
    media = json.dumps([{"media_fbid": upload(other_office, published="false")["id"]}])
    assert error_of(office.publish("Satu", attached_media=media)) == (100, 33)


def test_what_is_no_picture_is_refused(office: Office) -> None:
    answer = office.call("POST", f"{office.page}/photos", office.token, files={"source": b"<svg/>"}).json()
    assert error_of(answer) == (324, 2069019)


def test_a_photo_address_that_gives_nothing_is_refused(sandbox: RunningSandbox, office: Office) -> None:
    answer = office.post(f"{office.page}/photos", office.token, url=f"{sandbox.url}/gambar/1")
    assert error_of(answer) == (324, 2069019)


def test_a_link_keeps_its_query_in_the_attachment(office: Office) -> None:
    link = "https://kpu.go.id/info?utm_content=D-1&x=2"
    post_id = office.publish("Tautan", link=link)["id"]
    (shown,) = office.read(post_id, fields="attachments{unshimmed_url,media_type}")["attachments"]["data"]
    assert shown == {"unshimmed_url": link, "media_type": "link"}


def test_only_the_app_that_made_a_post_may_edit_it(sandbox: RunningSandbox, office: Office) -> None:
    post_id = office.publish("Asli")["id"]
    stranger = sandbox.control("apps", {"name": "Aplikasi kantor"})["user_token"]
    token = office.get(office.page, stranger, fields="access_token")["access_token"]
    assert error_of(office.post(post_id, token, message="Ubah")) == (200, None)
    assert office.post(post_id, office.token, message="Ubah") == {"success": True}
    assert office.read(post_id)["message"] == "Ubah"


def test_a_post_names_the_app_that_made_it(sandbox: RunningSandbox, office: Office) -> None:
    office.publish("Asli")
    (post,) = office.posts(fields="application{id}")
    assert post["application"] == {"id": sandbox.app_id}


def test_a_deleted_post_is_gone_but_stays_in_the_log(sandbox: RunningSandbox, office: Office) -> None:
    post_id = office.publish("Hapus")["id"]
    assert office.call("DELETE", post_id, office.token).json() == {"success": True}
    assert error_of(office.read(post_id)) == (100, 33)
    assert [entry["post_id"] for entry in sandbox.control("log")["data"]] == [post_id]


def test_the_log_tells_page_text_link_app_and_time_of_each_creation(
    sandbox: RunningSandbox, office: Office
) -> None:
    before = time.time()
    post_id = office.publish("Catat", link="https://kpu.go.id/")["id"]
    (entry,) = sandbox.control(f"log?page={office.page}")["data"]
    assert entry["kind"] == "post"
    assert (entry["post_id"], entry["page_id"]) == (post_id, office.page)
    assert (entry["message"], entry["link"], entry["app_id"]) == (
        "Catat",
        "https://kpu.go.id/",
        sandbox.app_id,
    )
    assert before - 1 < datetime.fromisoformat(entry["at"]).timestamp() < time.time() + 1
