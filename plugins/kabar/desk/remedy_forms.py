"""What the forms about standing posts carry, checked at the door."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from kabar.desk.forms import REASON_LENGTH
from kabar.desk.refusal import PageRefusal
from kabar.desk.remedy import ByHand
from kabar.posting.remedies import CORRECTING, Action

Words = Annotated[str, StringConstraints(strip_whitespace=True), Field(max_length=REASON_LENGTH)]


class RemedyForm(BaseModel):
    """A decision about posts, by the numbers that were shown."""

    action: Action
    reason: Words
    wrong: Words = ""
    truth: Words = ""
    #: Numbers of posts, separated by blanks: a form may not have thousands of fields.
    posts: Annotated[str, Field(max_length=100_000, pattern=r"^\d{1,18}( \d{1,18})*$")]
    #: Made with the form: the same form decides once, however often it is sent.
    request_key: UUID

    @property
    def post_ids(self) -> list[int]:
        """The posts that the decision is about."""
        return sorted({int(number) for number in self.posts.split()})

    @property
    def words(self) -> dict[str, Any]:
        """What was decided and why, for the record; a mere withdrawal says nothing to citizens."""
        corrects = self.action in CORRECTING
        return {
            "action": self.action,
            "reason": self.reason,
            "wrong": self.wrong if corrects else "",
            "truth": self.truth if corrects else "",
            "request_key": str(self.request_key),
        }

    def refuse_what_is_missing(self) -> None:
        """Ask for the words that the decision needs.

        Raises:
            PageRefusal: No reason, or a correction that does not say what is wrong and what is right.
        """
        if not self.reason:
            raise PageRefusal(
                422, "Alasan belum diisi", "Tulis alasan keputusan ini. Belum ada yang berubah."
            )
        if self.action in CORRECTING and not (self.wrong and self.truth):
            raise PageRefusal(
                422,
                "Ralat belum lengkap",
                "Tulis apa yang keliru dan apa yang benar. Belum ada yang berubah.",
            )


class HandForm(BaseModel):
    """What a person did about a post that the machine cannot take down."""

    answer: ByHand
    said: Annotated[str, Field(max_length=REASON_LENGTH)] = ""
