"""Pictures of posts, for officers in whose scope they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from kabar.desk.desk import Desk
from kabar.desk.refusal import not_in_scope
from kabar.errors import RefusedError


def picture_of(desk: Desk, row: Mapping[str, Any], place: int, *, save_as: str | None = None) -> Response:
    """One picture of a draft (a row of `store.drafts`) as a file; places count from 1.

    With `save_as` a browser saves it under that name instead of showing it.

    Raises:
        PageRefusal: There is no such picture, or it is not what was kept.
    """
    if not 1 <= place <= len(row["pictures"]):
        raise not_in_scope()
    try:
        content = desk.pictures.read(row["pictures"][place - 1])
    except RefusedError:
        raise not_in_scope() from None
    headers = {"Content-Disposition": f'attachment; filename="{save_as}"'} if save_as else {}
    return Response(content, media_type="image/jpeg", headers=headers)
