"""The corrections (*ralat*) that the desk prepares: words for each wrong post, held to the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from kabar.content import Mistake, content_hash, render_correction
from kabar.desk.checking import Rulebook
from kabar.desk.desk import Correct
from kabar.posting.remedies import Remediable
from kabar.settings import Settings
from kabar.store.drafts import Wording


def corrections(settings: Settings) -> Correct:
    """Make the writer of corrections of this installation; every file is read once a decision."""

    def correct(posts: Sequence[Remediable], *, wrong: str, truth: str, now: datetime) -> dict[int, Wording]:
        rulebook = Rulebook.read(settings)
        words = {}
        for post in posts:
            wording = _wording(post, wrong, truth, now=now, rulebook=rulebook, settings=settings)
            if wording is not None:
                words[post.post_id] = wording
        return words

    return correct


def _wording(
    post: Remediable, wrong: str, truth: str, *, now: datetime, rulebook: Rulebook, settings: Settings
) -> Wording | None:
    calendar = rulebook.tables.calendars.get(post.calendar)
    if calendar is None:
        return None
    # A rehearsal keeps the moment that it plays.
    says_at = post.says_at if post.rehearsal_id is not None else now
    text = render_correction(
        Mistake(post.facts, post.published_at or says_at, wrong, truth),
        calendar=calendar,
        stage=post.stage,
        satker=rulebook.tables.satker[post.satker_code],
        channel=post.channel,
        says_at=says_at,
        templates=settings.templates,
    )
    findings = rulebook.findings(asdict(post), text, says_at=says_at)
    return Wording(
        **text._asdict(),
        findings=tuple(finding._asdict() for finding in findings),
        content_hash=content_hash(text),
    )
