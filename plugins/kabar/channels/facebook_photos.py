"""Photos that are staged on a Page, seen by nobody, before the post that shows them is created.

Sources: developers.facebook.com/docs/graph-api/reference/page/photos (`published=false`, `alt_text_custom`),
…/reference/photo (`page_story_id`: the post in which a photo stands). The saved ids are the strongest proof
that Facebook offers: a photo stands in one post only, and it names that post.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aiohttp

from kabar.channels.channel import Outgoing, Picture, Prepared
from kabar.channels.facebook_marks import photos_of
from kabar.channels.graph import VERSION, PageAccess, text_of
from kabar.channels.graph_errors import create_problem, read_problem
from kabar.channels.transport import HTTPTransport
from kabar.errors import AccountError, RefusedError, UnconfirmedError, UnreachableError

#: Facebook's page says 10 MB, its subcode 1366046 says 4 MB; the lower one holds for both.
LARGEST_BYTES: Final = 4_000_000
#: Photos in one post; more are no post but an album of its own.
MOST_PHOTOS: Final = 10


async def stage(transport: HTTPTransport, page: PageAccess, post: Outgoing) -> Prepared:
    """Upload the next picture that is not staged yet; the handle holds the ids of those that are.

    Called with every picture staged, it belongs to an earlier claim: then Facebook is asked what became of
    them. Photos that are gone are staged again.

    Raises:
        UnreachableError: The upload did not happen, or left a photo that nobody sees.
        RefusedError: Facebook, or the size of a picture, says no.
        UnconfirmedError: The photos stand in a post already.
    """
    _check_sizes(post.pictures)
    staged = photos_of(post.handle)
    if len(staged) >= len(post.pictures):
        kept = await _kept(transport, page, staged)
        if kept is None:
            # Facebook deletes photos that no post has shown for long.
            return Prepared({"photos": []}, wait_seconds=0.0)
        if kept:
            raise UnconfirmedError(f"The staged photos stand in the post {kept} already.")
        return Prepared(post.handle)
    photo = await _upload(transport, page, post.pictures[len(staged)])
    is_last = len(staged) + 1 == len(post.pictures)
    return Prepared({"photos": [*staged, photo]}, wait_seconds=None if is_last else 0.0)


async def story_of(transport: HTTPTransport, page: PageAccess, photo_id: str) -> str | None:
    """The post in which a staged photo stands; empty when in none, None when the photo is gone.

    Raises:
        UnreachableError: Facebook gave no usable answer.
        AccountError: The Page's token is of no use.
    """
    answer = await transport.get(f"/{VERSION}/{photo_id}", {"fields": "page_story_id"}, token=page.token)
    problem = read_problem(answer)
    if isinstance(problem, RefusedError) and not isinstance(problem, AccountError):
        return None
    if problem is not None:
        raise problem
    content = answer.json()
    return (text_of(content.get("page_story_id")) if isinstance(content, dict) else None) or ""


async def _kept(transport: HTTPTransport, page: PageAccess, staged: Sequence[str]) -> str | None:
    """The post that shows one of the photos; empty while none does, None when one is gone.

    All are asked: one that cannot be read for a moment must not hide what another one tells.
    """
    stories = [await story_of(transport, page, photo_id) for photo_id in staged]
    shown = next((story for story in stories if story), None)
    if shown is not None:
        return shown
    return None if None in stories else ""


async def _upload(transport: HTTPTransport, page: PageAccess, picture: Picture) -> str:
    form = aiohttp.FormData()
    form.add_field("published", "false")
    if picture.alt_text:
        form.add_field("alt_text_custom", picture.alt_text)
    name = f"{picture.sha256}.jpg"
    form.add_field("source", picture.jpeg, filename=name, content_type="image/jpeg")
    try:
        answer = await transport.post(f"/{VERSION}/{page.page_id}/photos", form, token=page.token)
    except UnconfirmedError as error:
        # A photo that was staged after all is seen by nobody, so that another may be staged.
        raise UnreachableError(str(error)) from error
    problem = create_problem(answer)
    if isinstance(problem, UnconfirmedError):
        raise UnreachableError(str(problem))
    if problem is not None:
        raise problem
    content = answer.json()
    photo = text_of(content.get("id")) if isinstance(content, dict) else None
    if photo is None:
        raise UnreachableError("Facebook took a photo and named no id.")
    return photo


def _check_sizes(pictures: Sequence[Picture]) -> None:
    if len(pictures) > MOST_PHOTOS:
        raise RefusedError(
            f"Facebook shows at most {MOST_PHOTOS} photos in a post, this one has {len(pictures)}."
        )
    for picture in pictures:
        if len(picture.jpeg) >= LARGEST_BYTES:
            raise RefusedError(
                f"The picture {picture.sha256[:12]} has {len(picture.jpeg):,} bytes; "
                f"Facebook takes less than {LARGEST_BYTES:,}."
            )
