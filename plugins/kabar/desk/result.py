"""What a request brought, in sentences; it travels across the redirect in the address, sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kabar.desk.words import DENIALS, hour, number

DONE = {"approve": "disetujui", "refuse": "ditolak"}


@dataclass(frozen=True, slots=True)
class Result:
    """A heading and its details, for the top of the page that follows a form."""

    heading: str
    details: tuple[str, ...]
    is_good: bool


def decision_result(values: Mapping[str, Any], *, zone: str) -> Result:
    """Say in words what `Outcome.as_values` counts; times in the officer's zone."""
    decided, denied = values["decided"], dict(values["denied"])
    repeated = denied.pop("repeated", 0)
    done = DONE[values["verdict"]]
    details = []
    if values["rescheduled"]:
        at = hour(datetime.fromisoformat(values["rescheduled_at"]), zone)
        details.append(
            f"{number(values['rescheduled'])} naskah sudah melewati jam terbitnya dan dijadwalkan ulang {at}."
        )
    if values["being_sent"]:
        details.append(
            f"{number(values['being_sent'])} di antaranya sedang dikirim: penolakan berlaku hanya bila belum "
            "terlanjur keluar. Buka naskahnya sebentar lagi untuk melihat hasilnya."
        )
    if repeated:
        details.append(
            f"{number(repeated)} naskah sudah diputuskan oleh permintaan yang sama; putusannya tetap satu."
        )
    details += [f"{number(many)} naskah belum diputuskan: {DENIALS[why]}." for why, many in denied.items()]
    if values["unknown"]:
        details.append(f"{number(values['unknown'])} naskah tidak ditemukan.")
    if decided:
        heading = f"{number(decided)} naskah {done}."
    elif repeated:
        heading = "Putusan ini sudah tercatat."
    else:
        heading = "Belum ada naskah yang diputuskan."
    return Result(heading, tuple(details), is_good=bool(decided or repeated))


def note(heading: str, *details: str, is_good: bool = True) -> dict[str, Any]:
    """A result that is said in words already, as values for the seal."""
    return {"heading": heading, "details": list(details), "is_good": is_good}


def result_of(values: Mapping[str, Any] | None, *, zone: str) -> Result | None:
    """The result that a page shows at its top; None when there is none, or when it was not ours."""
    if values is None:
        return None
    if "heading" in values:
        return Result(values["heading"], tuple(values["details"]), is_good=values["is_good"])
    return decision_result(values, zone=zone)
