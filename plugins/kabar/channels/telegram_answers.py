"""What an answer of the Bot API means for us.

Source: core.telegram.org/bots/api (Making requests, ResponseParameters); `platforms.md` 4.3. Descriptions are
the only way to tell some refusals apart; those named here were read in published clients.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from kabar.channels.transport import Answer
from kabar.errors import AccountError, KabarError, PausedError, RefusedError, UnconfirmedError

DEFAULT_PAUSE_SECONDS: Final = 60.0
#: Refusals that speak of the bot's place in the channel and not of the message.
_ACCOUNT_WORDS: Final = (
    "chat not found",
    "not a member",
    "bot was kicked",
    "need administrator rights",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
)
_GONE_WORDS: Final = ("message to delete not found", "message to edit not found", "message_id_invalid")


def problem_of(answer: Answer) -> KabarError | None:
    """What stands in the way of a call; None when the Bot API did it and gave a result."""
    content = answer.json()
    is_told = isinstance(content, dict) and isinstance(content.get("ok"), bool)
    if not isinstance(content, dict) or not is_told or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnconfirmedError(f"Telegram answered with HTTP {answer.status} and nothing to rely on.")
    if content["ok"]:
        return None
    words = str(content.get("description", "no reason given"))
    said = f"Telegram answered with HTTP {answer.status}: {words}"
    problem: KabarError
    match answer.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            problem = PausedError(said, pause_seconds=_retry_after(content), is_app_wide=False)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN | HTTPStatus.NOT_FOUND:
            # 404 is a token that is none: the token is the path.
            problem = AccountError(said)
        case HTTPStatus.BAD_REQUEST if any(known in words.lower() for known in _ACCOUNT_WORDS):
            problem = AccountError(said)
        case status if status >= HTTPStatus.BAD_REQUEST:
            problem = RefusedError(said)
        case _:
            problem = UnconfirmedError(said)
    return problem


def is_gone(problem: KabarError) -> bool:
    """Whether a refusal says that the message does not exist any more."""
    return any(known in str(problem).lower() for known in _GONE_WORDS)


def is_unchanged(problem: KabarError) -> bool:
    """Whether a refusal says that the message has these very words already."""
    return "message is not modified" in str(problem).lower()


def has_no_text(problem: KabarError) -> bool:
    """Whether a refusal says that the message is a picture: its words are a caption."""
    return "no text in the message to edit" in str(problem).lower()


def result_of(answer: Answer) -> Any:  # noqa: ANN401 -- A platform's JSON.
    """The result of a call that `problem_of` found nothing wrong with."""
    content = answer.json()
    return content.get("result") if isinstance(content, dict) else None


def _retry_after(content: dict[str, Any]) -> float:
    parameters = content.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else DEFAULT_PAUSE_SECONDS
