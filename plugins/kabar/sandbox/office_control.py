"""`/_sandbox/offices` and `/_sandbox/bill`: accounts as tests turn them, and what X would charge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import orjson
from aiohttp import web
from pydantic import ValidationError

from kabar.sandbox.offices import Office, Offices
from kabar.sandbox.twin import Twin


@runtime_checkable
class WithOffices(Protocol):
    """A twin whose accounts can be turned."""

    offices: Offices


@runtime_checkable
class Charging(Protocol):
    """A twin that takes money."""

    def bill(self) -> dict[str, object]:
        """What it would charge so far."""
        ...


class OfficeControl:
    """The handlers; they ask for no token, as all of `/_sandbox/`."""

    def __init__(self, twins: Sequence[Twin]) -> None:
        self._offices = {twin.name: twin.offices for twin in twins if isinstance(twin, WithOffices)}
        self._charging = {twin.name: twin for twin in twins if isinstance(twin, Charging)}

    def routes(self) -> list[web.RouteDef]:
        """All addresses."""
        return [
            web.get("/_sandbox/bill", self.bill),
            web.get("/_sandbox/offices/{platform}", self.show),
            web.post("/_sandbox/offices/{platform}/{account}", self.change),
        ]

    async def bill(self, _: web.Request) -> web.Response:
        """What each platform that takes money would charge, as `{"x": {"posts": 2, …, "usd": "0.030"}}`."""
        return _json({name: twin.bill() for name, twin in self._charging.items()})

    async def show(self, request: web.Request) -> web.Response:
        """All accounts of a platform."""
        offices = self._of(request)
        return _json({"data": [office.model_dump(mode="json") for office in offices.by_id.values()]})

    async def change(self, request: web.Request) -> web.Response:
        """Turn some switches of an account; see `Office` for them."""
        offices = self._of(request)
        try:
            changed: Office = offices.change(
                request.match_info["account"], orjson.loads(await request.read() or b"{}")
            )
        except KeyError:
            raise web.HTTPNotFound(text="There is no such account.") from None
        except (ValidationError, orjson.JSONDecodeError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return _json(changed.model_dump(mode="json"))

    def _of(self, request: web.Request) -> Offices:
        offices = self._offices.get(request.match_info["platform"])
        if offices is None:
            raise web.HTTPNotFound(text="There is no such platform.")
        return offices


def _json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json", charset="utf-8")
