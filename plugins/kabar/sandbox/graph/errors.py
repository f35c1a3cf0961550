"""Graph's error answers, with the codes and subcodes of platforms.md section 1.8."""

from __future__ import annotations

import secrets
from typing import Literal

from kabar.sandbox.answer import Answer, answer_json

ErrorType = Literal["OAuthException", "GraphMethodException", "FacebookApiException"]

TOKEN_MESSAGES = {
    458: "The user has not authorized the application.",
    459: "You cannot access the app till you log in to Facebook and follow the instructions given.",
    460: "The session has been invalidated because the user changed their password.",
    463: "Session has expired.",
    464: "Sessions for the user are not allowed because the user is not a confirmed user.",
    467: "This session is invalid.",
    492: "The user is not an administrator of this page any more.",
}


class GraphError(Exception):
    """The platform's refusal of one call, in the fields that a client reads."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        kind: ErrorType = "OAuthException",
        status: int = 400,
        is_transient: bool | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.subcode = subcode
        self.kind = kind
        self.status = status
        self.is_transient = is_transient
        super().__init__(message)

    def answer(self) -> Answer:
        """Graph's JSON: optional members are left out, `fbtrace_id` is always there."""
        error: dict[str, object] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.is_transient is not None:
            error["is_transient"] = self.is_transient
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return answer_json({"error": error}, status=self.status)


def token_error(subcode: int | None) -> GraphError:
    """Error 190: the token is not, or no longer, good for anything."""
    if subcode is None:
        return GraphError(190, "Invalid OAuth access token - Cannot parse access token")
    reason = TOKEN_MESSAGES.get(subcode, "The token cannot be used.")
    return GraphError(190, f"Error validating access token: {reason}", subcode=subcode)


def missing_object(node_id: str, verb: str = "get") -> GraphError:
    """Error 100/33: no such object, or not for this token; Graph does not say which."""
    return GraphError(
        100,
        f"Unsupported {verb} request. Object with ID '{node_id}' does not exist, cannot be loaded due to"
        " missing permissions, or does not support this operation.",
        subcode=33,
        kind="GraphMethodException",
    )


def invalid_parameter(message: str, *, subcode: int | None = None) -> GraphError:
    """Error 100: a parameter is wrong; the message says which."""
    return GraphError(100, f"(#100) {message}", subcode=subcode)
