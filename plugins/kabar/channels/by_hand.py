"""Links of posts that were made by hand, on platforms without a lawful interface for a machine.

The addresses are those that the platforms' own *copy link* gives; they are known from use, not from a
reference. A short link (vm.tiktok.com, facebook.com/share) tells neither post nor account and is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

#: Why a link is not taken: no web address, another platform's, no single post's, another account's.
Fault = Literal["no_address", "other_platform", "no_post", "other_account"]


class HandPlace(NamedTuple):
    """Where a post stands that was made by hand."""

    #: The same for every spelling of the link.
    platform_id: str
    permalink: str


class Shape(NamedTuple):
    """What links to single posts look like on one platform."""

    host: str
    #: Paths; `post` is the post's own name, `account` the account's where the link tells it.
    paths: tuple[re.Pattern[str], ...]
    #: The part of the query that names the post where the path does not.
    query: str = ""
    #: Whether a post's name is unique only within its account.
    posts_count_from_one: bool = False


_POST: Final = re.compile(r"[\w-]{1,80}", re.ASCII)
_YOUTUBE_POST: Final = r"[\w-]{10,80}"
SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "youtube": Shape(
            "youtube.com",
            (
                re.compile(rf"/post/(?P<post>{_YOUTUBE_POST})", re.ASCII),
                re.compile(
                    r"/(?:channel/)?(?P<account>UC[\w-]{10,40}|@[\w.-]{3,40})/(?:community|posts)", re.ASCII
                ),
            ),
            query="lb",
        ),
        "tiktok": Shape(
            "tiktok.com",
            (re.compile(r"/(?P<account>@[\w.]{2,30})/(?:video|photo)/(?P<post>\d{10,25})", re.ASCII),),
        ),
        "whatsapp": Shape(
            "whatsapp.com",
            (re.compile(r"/channel/(?P<account>[\w-]{10,60})/(?P<post>\d{1,12})", re.ASCII),),
            posts_count_from_one=True,
        ),
        "facebook_group": Shape(
            "facebook.com",
            (
                re.compile(
                    r"/groups/(?P<account>[\w.]{1,80})/(?:posts|permalink)/(?P<post>\d{3,25})", re.ASCII
                ),
            ),
        ),
    }
)
#: Names under which a platform shows the same pages.
_PREFIXES: Final = ("www.", "m.", "web.", "id-id.")


def place_of(text: str, *, channel: str, account: str) -> HandPlace | Fault:
    """Read where a post stands from the link that an officer pasted, or say why it cannot be this post's.

    Args:
        text: What was pasted.
        channel: A channel; one whose links are not known here is believed any secure web address.
        account: The account's id in the registry. It is compared where the link tells the account in the
            same manner: a number with a number, a name with a name.
    """
    parts = _web_address(text)
    shape = SHAPES.get(channel)
    if parts is None:
        return "no_address"
    if shape is None:
        address = parts._replace(fragment="").geturl()
        return HandPlace(address, address)
    if _bare(parts.hostname or "") != shape.host:
        return "other_platform"
    return _post_of(parts, shape, account)


def _web_address(text: str) -> SplitResult | None:
    """The parts of a web address; None for anything else."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and "." in host and parts.username is None else None


def _post_of(parts: SplitResult, shape: Shape, account: str) -> HandPlace | Fault:
    """The single post that an address on the right platform points to."""
    path = parts.path.rstrip("/")
    found = next((match for pattern in shape.paths if (match := pattern.fullmatch(path))), None)
    named = found.groupdict() if found is not None else {}
    post = named.get("post") or next(iter(parse_qs(parts.query).get(shape.query, ())), "")
    if found is None or not _POST.fullmatch(post):
        return "no_post"
    told = named.get("account") or ""
    if told and not _may_be(told, account):
        return "other_account"
    query = "" if named.get("post") else f"?{shape.query}={post}"
    return HandPlace(
        platform_id=f"{_plain(told)}/{post}" if shape.posts_count_from_one else post,
        permalink=f"https://www.{shape.host}{path}{query}",
    )


def _bare(host: str) -> str:
    prefix = next((prefix for prefix in _PREFIXES if host.startswith(prefix)), "")
    return host.removeprefix(prefix)


def _may_be(told: str, account: str) -> bool:
    """Whether the account in a link can be the registry's; a number and a name cannot be compared."""
    known = account.strip()
    return _manner(told) != _manner(known) or _plain(told) == _plain(known)


def _plain(name: str) -> str:
    return name.removeprefix("@").casefold()


def _manner(name: str) -> Literal["number", "key", "name"]:
    """How an account is named: by a number, by YouTube's key of a channel, or by a name."""
    if name.isdecimal():
        return "number"
    return "key" if re.fullmatch(r"UC[\w-]{22}", name, re.ASCII) else "name"
