"""What the forms carry, checked at the door."""

from __future__ import annotations

import re
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from kabar.desk.decide import Pin
from kabar.desk.questions import Answer
from kabar.posting.approval import Verdict

PIN = re.compile(r"(\d{1,18}):([0-9a-f]{64})")
REASON_LENGTH = 1000
#: The longest post that Facebook takes (63,206 characters); platforms.md has the source.
MESSAGE_LENGTH = 63_206


class DecisionForm(BaseModel):
    """A verdict on drafts, each pinned to the wording that was shown as `number:hash`."""

    #: Missing where the button of a single draft was pressed.
    verdict: Verdict | None = None
    #: The draft whose own button was pressed; the boxes then do not count.
    approve_one: str = ""
    #: One value a ticked box.
    item: list[str] = []
    #: Many pins in one field, separated by blanks: a form may not have thousands of fields.
    items: Annotated[str, Field(max_length=1_000_000)] = ""
    reason: Annotated[str, Field(max_length=REASON_LENGTH)] = ""
    #: Made with the form: the same form decides once, however often it is sent.
    request_key: UUID
    #: Page to return to.
    back: Annotated[str, Field(pattern=r"^((paket|draf)/\d{1,18}(\?[\w=&%-]*)?)?$")] = ""

    @model_validator(mode="after")
    def _is_clear(self) -> Self:
        """Refuse what could be read in two ways, and pins that no page of ours has made."""
        if bool(self.approve_one) == (self.verdict is not None):
            raise ValueError("Give one verdict.")
        if not all(PIN.fullmatch(text) for text in self._texts):
            raise ValueError("A pin is a number, a colon and 64 hexadecimal digits.")
        return self

    @property
    def given(self) -> Verdict:
        """The verdict; a single draft's button only approves, because a refusal needs a reason."""
        return self.verdict or "approve"

    @property
    def pins(self) -> list[Pin]:
        """The drafts that are to be decided, in the wording that was seen."""
        return [Pin(int(number), digest) for number, digest in (text.split(":") for text in self._texts)]

    @property
    def _texts(self) -> list[str]:
        return [self.approve_one] if self.approve_one else [*self.item, *self.items.split()]


class WordingForm(BaseModel):
    """A new message for a draft."""

    message: Annotated[str, Field(max_length=MESSAGE_LENGTH * 2)]
    #: The version that was on the page.
    version: int


class GiveBackForm(BaseModel):
    """A card that was not posted."""

    claim_number: int


class LinkForm(BaseModel):
    """Where an officer has posted a card."""

    link: Annotated[str, Field(min_length=1, max_length=2000)]


class AnswerForm(BaseModel):
    """What an officer saw on the platform."""

    answer: Answer
    claim_number: int
    #: Address or number of the post.
    place: Annotated[str, Field(max_length=2000)] = ""
    reason: Annotated[str, Field(max_length=REASON_LENGTH)] = ""
