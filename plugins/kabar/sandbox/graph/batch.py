"""Batch: up to fifty calls in one, each counted and each failing for itself (platforms.md 1.10)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from kabar.sandbox.answer import Answer, answer_json
from kabar.sandbox.graph.call import Call
from kabar.sandbox.graph.errors import GraphError, invalid_parameter

MOST_CALLS = 50
_REFERENCE = re.compile(r"\{result=(?P<name>[\w-]+):\$\.(?P<path>[\w.*]+)\}")


def answer_batch(call: Call, answer: Callable[[Call], Answer | None]) -> Answer:
    """Answer every call of a batch in order. `answer` gives None for a call whose answer was lost.

    Such a call shows as `null`: a read may be repeated, for a creating call the outcome is unknown.
    """
    try:
        items = _items(call)
    except GraphError as refusal:
        return refusal.answer()
    results: dict[str, object] = {}
    answers: list[dict[str, object] | None] = []
    for item in items:
        given = answer(_inner(call, item, results))
        if given is not None and given.is_success and isinstance(item.get("name"), str):
            name = str(item["name"])
            results[name] = json.loads(given.body)
            if item.get("omit_response_on_success", True) and _is_referenced(name, items):
                answers.append(None)
                continue
        answers.append(None if given is None else _shown(given))
    return answer_json(answers, headers={"facebook-api-version": call.version})


def _items(call: Call) -> Sequence[dict[str, object]]:
    try:
        items = json.loads(call.parameters["batch"])
    except ValueError as error:
        raise invalid_parameter("Param batch must be a JSON array") from error
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid_parameter("Param batch must be an array of objects")
    if not 1 <= len(items) <= MOST_CALLS:
        raise invalid_parameter(f"Too many requests in batch message. Maximum batch size is {MOST_CALLS}")
    return items


def _is_referenced(name: str, items: Sequence[dict[str, object]]) -> bool:
    texts = [f"{item.get('relative_url', '')} {item.get('body') or ''}" for item in items]
    return any(found["name"] == name for text in texts for found in _REFERENCE.finditer(text))


def _inner(call: Call, item: dict[str, object], results: dict[str, object]) -> Call:
    address = urlsplit(
        _REFERENCE.sub(lambda found: _resolve(found, results), str(item.get("relative_url", "")))
    )
    body = _REFERENCE.sub(lambda found: _resolve(found, results), str(item.get("body") or ""))
    parameters = dict(parse_qsl(address.query, keep_blank_values=True))
    parameters |= dict(parse_qsl(body, keep_blank_values=True))
    token = parameters.pop("access_token", None) or call.token
    if token == call.token and "appsecret_proof" in call.parameters:
        parameters.setdefault("appsecret_proof", call.parameters["appsecret_proof"])
    path = [part for part in address.path.split("/") if part]
    if path and re.fullmatch(r"v\d+\.\d+", path[0]):
        path = path[1:]
    method = str(item.get("method", "GET")).upper()
    return replace(call, method=method, path=tuple(path), parameters=parameters, token=token)


def _resolve(found: re.Match[str], results: dict[str, object]) -> str:
    """The text of `{result=name:$.data.*.id}`: values joined by commas, nothing for what is not there."""
    values = [results.get(found["name"])]
    for step in found["path"].split("."):
        if step == "*":
            values = [inner for value in values if isinstance(value, list) for inner in value]
        else:
            values = [value[step] for value in values if isinstance(value, dict) and step in value]
    return ",".join(str(value) for value in values)


def _shown(answer: Answer) -> dict[str, object]:
    headers = {"Content-Type": "application/json; charset=UTF-8", **answer.headers}
    return {
        "code": answer.status,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "body": answer.body.decode(),
    }
