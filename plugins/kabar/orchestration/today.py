"""What the machine would write today: every draft of a package as the files in `include/` have it now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from kabar.calendar import Calendar, read_calendar
from kabar.errors import InputError
from kabar.orchestration.drafting import fresh_draft, owed, wordings_of
from kabar.orchestration.tables import Tables
from kabar.plan import obligations_of, public_stages
from kabar.settings import Settings
from kabar.store.drafts import FreshDraft
from kabar.store.packages import Package, Rehearsal
from kabar.tonggak import Tonggak, tonggak_of


class Today:
    """The files as they were when this was made; `InputError` if one of them cannot be read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tables = Tables.read(settings)

    def calendar(self, code: str) -> Calendar | None:
        """The calendar with this code; None when there is none any more."""
        return next((one for one in self._tables.calendars if one.code == code), None)

    def file_hash(self, code: str) -> str:
        """The sha256 of a calendar's file.

        Raises:
            InputError: There is no file of this calendar any more.
        """
        for path in sorted(self._settings.calendars.glob("*.yaml")):
            if read_calendar(path).code == code:
                return hashlib.sha256(path.read_bytes()).hexdigest()
        raise InputError(
            f"there is no calendar `{code}`.",
            file=self._settings.calendars,
            line=None,
            key="kode",
            remedy="Restore its file.",
        )

    def redraft(self, package: Package, rehearsal: Rehearsal | None) -> Mapping[tuple[str, str], FreshDraft]:
        """Every draft of a package by satker and channel, without account; none if its tonggak is gone."""
        calendar = self.calendar(package.calendar)
        if calendar is None:
            return {}
        stage = next((one for one in public_stages(calendar) if one.slug == package.stage), None)
        tonggak = self._tonggak(calendar, package)
        if stage is None or tonggak is None:
            return {}
        usage = "gladi" if rehearsal else "nyata"
        accounts = [account for account in self._tables.accounts if account.use == usage]
        active = {(account.satker_code, account.channel) for account in accounts if account.is_active}
        obligations = owed(
            obligations_of(calendar, stage, tonggak, self._tables.satker, self._tables.channels.names),
            accounts,
            self._tables,
        )
        words = wordings_of(obligations, calendar, self._tables, self._settings, active=active)
        return {
            (one.satker.code, one.channel): fresh_draft(
                one, wording, {}, rehearsal, by_hand=one.channel in self._tables.channels.manual
            )
            for one, wording in zip(obligations, words, strict=True)
        }

    def _tonggak(self, calendar: Calendar, package: Package) -> Tonggak | None:
        for stage in public_stages(calendar):
            if stage.slug == package.stage:
                found = tonggak_of(calendar, stage, self._tables.patterns)
                return next((one for one in found if one.key == package.tonggak), None)
        return None
