"""How X words its answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.offices import Office
from kabar.sandbox.twin import TwinPost
from kabar.sandbox.x.text import shown


class XError(Exception):
    """A refusal."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def answer(self) -> Answer:
        """The problem as the API words it."""
        title = HTTPStatus(self.status).phrase
        problem = {"title": title, "detail": self.detail, "type": "about:blank", "status": self.status}
        return answer_json(problem, status=self.status, headers=self.headers)


def budget(name: str, limit: int, remaining: int, reset: datetime) -> dict[str, str]:
    """The three headers of one budget."""
    figures = {"limit": limit, "remaining": max(remaining, 0), "reset": int(reset.timestamp())}
    return {f"{name}-{part}": str(figure) for part, figure in figures.items()}


def hidden(title: str, kind: str, number: str) -> Answer:
    """The success without data in which X says that it does not show a post."""
    problem = {
        "title": title,
        "type": f"https://api.x.com/2/problems/{kind}",
        "detail": f"Could not show tweet with id: [{number}].",
        "resource_type": "tweet",
        "resource_id": number,
    }
    return answer_json({"errors": [problem]})


def user(office: Office, *, posts: int) -> dict[str, Any]:
    """An account."""
    return {
        "id": office.id,
        "name": office.name,
        "username": office.username,
        "protected": office.is_protected,
        "verified_type": "none",
        "public_metrics": {
            "followers_count": office.followers,
            "following_count": 0,
            "tweet_count": posts,
            "listed_count": 0,
        },
    }


def told(post: TwinPost) -> dict[str, Any]:
    """A post as it is read."""
    moment = post.created_at.astimezone(UTC)
    return {
        "id": post.id,
        "created_at": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
        "edit_history_tweet_ids": [post.id],
        **shown(post.text, tuple(post.more.get("media_ids", ()))),
    }
