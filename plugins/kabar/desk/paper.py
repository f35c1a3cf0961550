"""Put values into a page. Everything is escaped; a name that a template misses is an error, not a blank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kabar.desk import words

HERE = Path(__file__).parent

#: Nothing but our own stylesheet, forms to ourselves, frames in Airflow only. `same-origin` keeps the Origin
#: header on our forms, which `no-referrer` would blank.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'self'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # What one officer may read must not stay in a shared computer's cache.
    "Cache-Control": "no-store",
}

PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters["number"] = words.number
PAGES.filters["sentence"] = words.sentence
PAGES.globals["STATES"] = words.STATES


def page(request: Request, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 -- A page may show anything.
    """Fill a template; `root` is where Meja Humas is mounted, without a slash at the end."""
    root = request.scope.get("root_path", "").rstrip("/")
    return HTMLResponse(PAGES.get_template(template).render(root=root, **values), status_code=status_code)


def wants_json(request: Request) -> bool:
    """Whether a machine asks: by address, or because it accepts JSON and no HTML."""
    accept = request.headers.get("accept", "")
    at = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return at.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)


def is_visit(request: Request) -> bool:
    """Whether a person opens a page in a browser, who may be led to a login instead of being refused."""
    return (
        request.method == "GET"
        and "text/html" in request.headers.get("accept", "")
        and not wants_json(request)
    )
