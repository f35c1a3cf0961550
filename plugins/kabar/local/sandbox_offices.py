"""The sandbox's accounts on the channels beside Facebook, in the registry and the connections of a demo.

KPU RI and the provinces have one each, so that a rehearsal goes out on every channel without 553 of them all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from kabar.accounts import Account, Channel, read_accounts, write_accounts
from kabar.sandbox.graph.instagram import instagram_id
from kabar.sandbox.offices import BOT_TOKEN, office_id, office_token
from kabar.sandbox.threads.accounts import threads_id, threads_token
from kabar.satker import Satker, read_satker
from kabar.settings import Settings

CHANNELS: Final[tuple[Channel, ...]] = ("instagram", "threads", "x", "telegram", "website")
#: The kinds of satker that the sandbox plays there.
KINDS: Final = frozenset({"ri", "provinsi"})


def register_offices(settings: Settings, file: Path) -> int:
    """Add the sandbox's accounts to a registry that has none for their satker; gives how many it has then.

    No decree names them; the registry says so instead of inventing a number.
    """
    satker = read_satker(settings.include / "satker.csv")
    known = read_accounts(file, satker)
    taken = {(one.satker_code, one.channel) for one in known if one.use == "gladi"}
    added = [
        _account(one, channel)
        for one in satker
        if one.kind in KINDS
        for channel in CHANNELS
        if (one.code, channel) not in taken
    ]
    write_accounts(file, (*known, *added), satker)
    return len(known) + len(added)


def office_connections(
    settings: Settings, *, host: str, port: int, graph_token: str
) -> dict[str, Mapping[str, object]]:
    """The Airflow Connections of these accounts, each at its own stand-in.

    Instagram stands behind the Graph API, where `graph_token` reaches every account through its Page.
    """
    codes = [one.code for one in read_satker(settings.include / "satker.csv") if one.kind in KINDS]
    return {
        connection_of(channel): {
            "conn_type": "http",
            "host": f"http://{host}:{port}" + ("" if channel == "instagram" else f"/{channel}"),
            "password": _password(channel, codes, graph_token),
        }
        for channel in CHANNELS
    }


def connection_of(channel: str) -> str:
    """The id of a channel's connection in a demo."""
    return f"{channel}_rehearsal"


def _password(channel: str, codes: Sequence[str], graph_token: str) -> str:
    """One token for a bot or a system user, a table of them where no token reaches another account."""
    if channel == "instagram":
        return graph_token
    if channel == "telegram":
        return BOT_TOKEN
    accounts = [account_of(channel, code) for code in codes]
    token_of = threads_token if channel == "threads" else partial(office_token, channel)
    return json.dumps({account: token_of(account) for account in accounts})


def account_of(channel: str, code: str) -> str:
    """The id under which the sandbox knows a satker on a channel."""
    match channel:
        case "instagram":
            return instagram_id(code)
        case "threads":
            return threads_id(code)
    return office_id(channel, code)


def _account(satker: Satker, channel: Channel) -> Account:
    return Account(
        satker_code=satker.code,
        channel=channel,
        account_id=account_of(channel, satker.code),
        name=satker.official_name,
        use="gladi",
        connection=connection_of(channel),
        decree=None,
        decree_on=None,
        is_active=True,
    )
