"""A message as a citizen sees it, and the digest that pins an approval to it."""

from __future__ import annotations

import hashlib
from typing import NamedTuple


class Text(NamedTuple):
    """One message of one satker for one channel, ready to be checked, approved and posted."""

    #: All that stands in the post above its hashtags, with the official link and the legal basis.
    message: str
    #: Official page that the post points to; a channel may show it as a preview.
    link: str
    #: What a picture says, for those who cannot see it; empty as long as a message has no picture.
    alt_text: str
    #: Hashtags of the message in their order, each with its sign.
    hashtags: tuple[str, ...]
    #: The values that filled the template, for the officer who checks them against the calendar.
    facts: dict[str, str]
    #: Template that was filled, relative to the folder of templates.
    template: str
    #: Digest of that template and all it builds upon (sha256 hex).
    template_hash: str
    #: Pictures by the sha256 of their bytes, in their order; `alt_text` has a line for each.
    pictures: tuple[str, ...] = ()

    @property
    def posted(self) -> str:
        """The text as a citizen reads it: the hashtags on a line of their own at the end."""
        return f"{self.message}\n\n{' '.join(self.hashtags)}" if self.hashtags else self.message


def content_hash(text: Text) -> str:
    """Digest all that a citizen sees of a message (sha256 hex); facts and template do not count.

    Each part is preceded by its length, so that no words can move from one part to the next unseen.
    """
    digest = hashlib.sha256()
    # A message without pictures keeps the digest that it had before pictures were known.
    pictures = (f"pictures:{len(text.pictures)}", *text.pictures) if text.pictures else ()
    for part in (text.message, text.link, text.alt_text, *text.hashtags, *pictures):
        encoded = part.encode()
        digest.update(f"{len(encoded)}:".encode())
        digest.update(encoded)
    return digest.hexdigest()
