"""The plainest clients of the sandbox: one call, its answer, nothing interpreted."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import requests

from kabar.sandbox.running import RunningSandbox

TIMEOUT_SECONDS = 20

#: The smallest picture: one red point.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def error_of(answer: dict) -> tuple[int, int | None]:
    """Code and subcode of a Graph error."""
    return answer["error"]["code"], answer["error"].get("error_subcode")


@dataclass
class Graph:
    """Calls of anybody."""

    sandbox: RunningSandbox

    def call(
        self, method: str, path: str, token: str | None = None, *, params: dict | None = None, **body: object
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(
            method,
            f"{self.sandbox.url}/v26.0/{path}",
            headers=headers,
            params=params,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            **body,
        )

    def get(self, path: str, token: str | None = None, **params: object) -> dict:
        return self.call("GET", path, token, params=params).json()

    def post(self, path: str, token: str | None = None, **data: object) -> dict:
        return self.call("POST", path, token, data=data).json()

    def page_token(self, kode: str) -> str:
        fields = self.get(self.sandbox.page_id(kode), self.sandbox.user_token, fields="access_token")
        return fields["access_token"]


@dataclass
class Office(Graph):
    """One Page with its token."""

    kode: str

    def __post_init__(self) -> None:
        self.page = self.sandbox.page_id(self.kode)
        self.token = self.page_token(self.kode)

    def publish(self, message: str, **data: object) -> dict:
        return self.post(f"{self.page}/feed", self.token, message=message, **data)

    def read(self, path: str, **params: object) -> dict:
        return self.get(path, self.token, **params)

    def posts(self, **params: object) -> list[dict]:
        return self.read(f"{self.page}/published_posts", **params)["data"]
