"""The addresses of Meja Humas for machines: the lists as JSON. Forms answer JSON at their own addresses."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from kabar.desk.desk import TheDesk
from kabar.desk.login import TheOfficer
from kabar.desk.manual_cards import card_list
from kabar.desk.packages import package_lines, scoped_drafts
from kabar.desk.questions import question_list

api = APIRouter(prefix="/api")


@api.get("/paket")
def packages(desk: TheDesk, officer: TheOfficer) -> list[dict[str, Any]]:
    """Every package in scope with its counts by state."""
    with desk.database().connection() as connection:
        lines = package_lines(connection, officer=officer, tables=desk.tables(), now=desk.clock())
    return [
        {
            "id": line.id,
            "title": line.title,
            "is_rehearsal": line.is_rehearsal,
            "drafts": line.drafts,
            "counts": {state: many for _, state, many in line.counts},
        }
        for line in lines
    ]


@api.get("/paket/{package_id}")
def package(desk: TheDesk, officer: TheOfficer, package_id: int) -> list[dict[str, Any]]:
    """Every draft of a package in scope: number, hash, satker, province, state, findings."""
    with desk.database().connection() as connection:
        rows = scoped_drafts(connection, package_id, officer)
    return [
        {
            **{
                key: row[key]
                for key in ("id", "content_hash", "satker_code", "province_code", "channel", "state")
            },
            "findings": len(row["findings"]),
        }
        for row in rows
    ]


@api.get("/belum-pasti")
def questions(desk: TheDesk, officer: TheOfficer) -> list[dict[str, Any]]:
    """The unconfirmed posts in scope."""
    with desk.database().connection() as connection:
        found = question_list(connection, officer=officer, tables=desk.tables(), now=desk.clock())
    return [asdict(one) | {"satker": one.satker.code} for one in found]


@api.get("/kartu")
def cards(desk: TheDesk, officer: TheOfficer) -> list[dict[str, Any]]:
    """The open cards in scope."""
    with desk.database().connection() as connection:
        found = card_list(connection, officer=officer, tables=desk.tables())
    return [
        {
            "id": card.draft_id,
            "satker": card.satker.code,
            "channel": card.channel,
            "state": card.state,
            "step": card.step,
            "why": card.why,
            "not_after": card.not_after,
        }
        for card in found
    ]
