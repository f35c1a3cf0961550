"""What an answer of an office's website means for us; `docs/website-webhook.md` lists the statuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from kabar.channels.channel import Outgoing, Standing
from kabar.channels.graph import text_of
from kabar.channels.transport import Answer
from kabar.errors import AccountError, KabarError, PausedError, RefusedError, UnconfirmedError

DEFAULT_PAUSE_SECONDS: Final = 60.0
SUCCESS: Final = range(200, 300)


def problem_of(answer: Answer) -> KabarError | None:
    """What an answer of a site means; None when it did what was asked."""
    if answer.status in SUCCESS and isinstance(answer.json(), dict):
        return None
    said = f"The site answered with HTTP {answer.status}: {object_of(answer).get('error', 'no reason given')}"
    match answer.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            wait = answer.headers.get("Retry-After", "")
            seconds = float(wait) if wait.isascii() and wait.isdigit() else DEFAULT_PAUSE_SECONDS
            return PausedError(said, pause_seconds=max(seconds, 1.0), is_app_wide=False)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN | HTTPStatus.NOT_FOUND:
            return AccountError(said)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.REQUEST_ENTITY_TOO_LARGE | HTTPStatus.UNPROCESSABLE_ENTITY:
            return RefusedError(said)
        case _:
            # Among them 409: the site has other words under this key, and a person has to see which.
            return UnconfirmedError(said)


def standing(answer: Answer, key: str, evidence: Mapping[str, Any]) -> Standing:
    """The post that the site tells of; it must be the one that was asked for."""
    told = object_of(answer)
    if told.get("key") != key:
        raise UnconfirmedError(f"The site answered with HTTP {answer.status} and not about {key}.")
    return Standing(
        platform_id=key,
        permalink=text_of(told.get("url")),
        published_at=_time(told.get("published_at")),
        evidence={**evidence, "id": key, "published_at": told.get("published_at")},
    )


def says(answer: Answer, post: Outgoing) -> bool:
    """Whether the site has these words."""
    return str(object_of(answer).get("text", "")).strip() == post.message.strip()


def without(secret: str, answer: Answer) -> Answer:
    """The answer without our secret, which a site that explains a wrong signature might quote."""
    return answer._replace(body=answer.body.replace(secret.encode(), b"[secret]"))


def object_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer; empty where there is none."""
    content = answer.json()
    return content if isinstance(content, dict) else {}


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
