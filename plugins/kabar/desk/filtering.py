"""Which drafts of a package are shown; the choice stands in the address and can be sent on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self
from urllib.parse import urlencode

from fastapi import Query

from kabar.desk.words import STATE_OF_SLUG, STATES
from kabar.posting.states import State

#: Drafts on one page: what a phone loads at once and a person reads in one go.
PAGE_SIZE = 50
FINDINGS = {"ada": True, "tidak": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of drafts; None means every."""

    province: str | None = None
    state: State | None = None
    with_findings: bool | None = None
    page: int = 1
    #: Whether the boxes of this page are ticked when it opens.
    is_picked: bool = False

    def matches(self, draft: Mapping[str, Any]) -> bool:
        """Whether a draft (a row of `store.drafts`) is among those chosen."""
        return (
            self.province in {None, draft["province_code"]}
            and self.state in {None, draft["state"]}
            and self.with_findings in {None, bool(draft["findings"])}
        )

    def choose(self, drafts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Those of `drafts` that are chosen, on whatever page."""
        return [draft for draft in drafts if self.matches(draft)]

    def with_(self, **changes: Any) -> Self:  # noqa: ANN401 -- The fields above, by name.
        """The same choice with some parts changed; it starts at its first page."""
        return replace(self, **({"page": 1, "is_picked": False} | changes))

    @property
    def query(self) -> str:
        """The choice as it stands in an address, with its question mark; empty when everything is chosen."""
        findings = next((slug for slug, value in FINDINGS.items() if value == self.with_findings), "")
        parts = {
            "provinsi": self.province or "",
            "keadaan": STATES[self.state].slug if self.state else "",
            "temuan": findings,
            "halaman": str(self.page) if self.page > 1 else "",
            "pilih": "semua" if self.is_picked else "",
        }
        written = urlencode({key: value for key, value in parts.items() if value})
        return f"?{written}" if written else ""


def filter_of(
    provinsi: Annotated[str, Query(max_length=2)] = "",
    keadaan: Annotated[str, Query(max_length=20)] = "",
    temuan: Annotated[str, Query(max_length=5)] = "",
    halaman: Annotated[int, Query(ge=1, le=10_000)] = 1,
    pilih: Annotated[str, Query(max_length=5)] = "",
) -> Filter:
    """Read the choice from an address; a word that means nothing chooses everything."""
    return Filter(
        province=provinsi or None,
        state=STATE_OF_SLUG.get(keadaan),
        with_findings=FINDINGS.get(temuan),
        page=halaman,
        is_picked=pilih == "semua",
    )
