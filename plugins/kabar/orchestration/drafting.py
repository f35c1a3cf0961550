"""From one tonggak to its saved drafts: plan, words, rules, ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from kabar.accounts import Account
from kabar.calendar import Calendar, Stage
from kabar.channels.composing import misfits
from kabar.content import Finding, check, content_hash, render
from kabar.errors import RefusedError
from kabar.orchestration.picturing import Pictured, pictures_of
from kabar.orchestration.tables import Tables
from kabar.plan import Obligation, obligations_of
from kabar.satker import ZONES
from kabar.settings import Settings
from kabar.store.database import Connection, database
from kabar.store.drafts import FreshDraft, Saved, Wording, save_account, save_drafts
from kabar.store.packages import Rehearsal, open_package
from kabar.tonggak import Tonggak, tonggak_of

USAGE = {"nyata": "real", "gladi": "rehearsal"}


class Drafted(NamedTuple):
    """What became of one tonggak."""

    package_id: int
    saved: Saved
    drafts: int


def tonggak_at(tables: Tables, calendar: Calendar, stage: Stage, moment: datetime) -> Tonggak:
    """The first tonggak of a stage whose first wave is not before `moment`.

    Raises:
        RefusedError: All of them are before it, or there is none.
    """
    tonggak = tonggak_of(calendar, stage, tables.patterns)
    first_zone = ZoneInfo(next(iter(ZONES.values())))
    for one in tonggak:
        if one.publish_at(first_zone) >= moment:
            return one
    if not tonggak:
        raise RefusedError(f"{stage.slug} has no tonggak: its pattern asks for dates that it does not have.")
    last = tonggak[-1].publish_at(first_zone).isoformat()
    raise RefusedError(f"The last tonggak of {stage.slug} is at {last}; choose an earlier moment.")


def draft_tonggak(
    url: str,
    tables: Tables,
    settings: Settings,
    *,
    calendar: Calendar,
    stage: Stage,
    tonggak: Tonggak,
    rehearsal: Rehearsal | None,
    dag_id: str,
    run_id: str,
) -> Drafted:
    """Write every draft of one tonggak and save what is new; harmless to repeat."""
    usage = "gladi" if rehearsal else "nyata"
    accounts = [account for account in tables.accounts if account.use == usage]
    obligations = owed(
        obligations_of(calendar, stage, tonggak, tables.satker, tables.channels.names), accounts, tables
    )
    active = {(account.satker_code, account.channel) for account in accounts if account.is_active}
    wordings = wordings_of(obligations, calendar, tables, settings, active=active)
    with database(url) as pool, pool.connection() as connection:
        package_id = open_package(
            connection,
            rehearsal_id=rehearsal.id if rehearsal else None,
            calendar=calendar.code,
            calendar_version=calendar.version,
            stage=stage.slug,
            tonggak=tonggak.key,
            kind=tonggak.kind,
            title=f"{stage.title}: {tonggak.label}",
            late_delay_seconds=(
                rehearsal.late_delay_seconds
                if rehearsal
                else round(tables.patterns.late_delay.total_seconds())
            ),
            dag_id=dag_id,
            run_id=run_id,
        )
        numbers = _save_accounts(connection, accounts)
        fresh = [
            fresh_draft(
                obligation,
                words,
                numbers,
                rehearsal,
                by_hand=obligation.channel in tables.channels.manual,
            )
            for obligation, words in zip(obligations, wordings, strict=True)
        ]
        saved = save_drafts(connection, package_id, fresh, calendar_version=calendar.version)
    return Drafted(package_id, saved, len(fresh))


def owed(
    obligations: Iterable[Obligation], accounts: Iterable[Account], tables: Tables
) -> tuple[Obligation, ...]:
    """Those of `obligations` that lie on channels which their satker owes (`include/channels.yaml`).

    An account that is switched off still counts: the satker has it, and its silence must be seen.
    """
    held: defaultdict[str, set[str]] = defaultdict(set)
    for account in accounts:
        held[account.satker_code].add(account.channel)
    channels = {one.code: frozenset(tables.channels.owed_with(held[one.code])) for one in tables.satker}
    return tuple(one for one in obligations if one.channel in channels[one.satker.code])


def wordings_of(
    obligations: Sequence[Obligation],
    calendar: Calendar,
    tables: Tables,
    settings: Settings,
    *,
    active: Collection[tuple[str, str]],
) -> list[Wording]:
    """The words and pictures of obligations of one tonggak, in their order.

    `active` holds the satker code and channel of every account that is switched on.
    """
    pictures = pictures_of(obligations, calendar, tables, settings)
    return [
        wording(
            one,
            calendar,
            tables,
            settings,
            has_account=_key(one) in active,
            picture=pictures.get(one.satker.code) if tables.channels.has_picture(one.channel) else None,
        )
        for one in obligations
    ]


def wording(
    obligation: Obligation,
    calendar: Calendar,
    tables: Tables,
    settings: Settings,
    *,
    has_account: bool,
    picture: Pictured | None,
) -> Wording:
    """The words of one obligation with everything that the rules and its channel say about them."""
    text = render(obligation, calendar=calendar, templates=settings.templates)
    if picture is not None:
        text = text._replace(alt_text=picture.alt_text, pictures=(picture.sha256,))
    findings: Sequence[Finding] = (
        *check(text, obligation, tables.rules),
        *misfits(obligation.channel, text),
    )
    shown = [
        {
            "rule": finding.rule,
            "severity": finding.severity,
            "message": finding.message,
            "legal_basis": finding.legal_basis,
        }
        for finding in findings
    ]
    if not has_account:
        shown.append(
            {
                "rule": "K2",
                "severity": "block",
                "message": "Satker ini belum punya akun aktif pada kanal ini.",
                "legal_basis": "Keputusan KPU 542/HM.03.5-Kpt/06/VIII/2021 Bab II huruf C",
            }
        )
    return Wording(
        message=text.message,
        link=text.link,
        alt_text=text.alt_text,
        hashtags=text.hashtags,
        facts=text.facts,
        template=text.template,
        template_hash=text.template_hash,
        findings=tuple(shown),
        content_hash=content_hash(text),
        pictures=text.pictures,
    )


def _key(obligation: Obligation) -> tuple[str, str]:
    return obligation.satker.code, obligation.channel


def _save_accounts(connection: Connection, accounts: Iterable[Account]) -> dict[tuple[str, str], int]:
    """Take the registry over, and give the numbers of its active accounts.

    One that is switched off is saved as well: what was already approved for it is then held at the claim.
    """
    numbers: dict[tuple[str, str], int] = {}
    for account in accounts:
        number = save_account(
            connection,
            channel=account.channel,
            external_id=account.account_id,
            satker_code=account.satker_code,
            name=account.name,
            usage=USAGE[account.use],
            reached_by=account.connection,
            is_active=account.is_active,
        )
        if account.is_active:
            numbers[account.satker_code, account.channel] = number
    return numbers


def fresh_draft(
    obligation: Obligation,
    words: Wording,
    account_numbers: Mapping[tuple[str, str], int],
    rehearsal: Rehearsal | None,
    *,
    by_hand: bool,
) -> FreshDraft:
    """The draft of an obligation, on its account if there is one; a rehearsal has times of its own."""
    publish_at, not_after = obligation.publish_at, obligation.not_after
    if rehearsal is not None:
        wave = list(ZONES).index(obligation.satker.zone)
        publish_at = rehearsal.first_wave_at + timedelta(seconds=wave * rehearsal.gap_seconds)
        not_after = publish_at + (obligation.not_after - obligation.publish_at)
    return FreshDraft(
        satker_code=obligation.satker.code,
        province_code=obligation.satker.province_code,
        channel=obligation.channel,
        account_id=account_numbers.get(_key(obligation)),
        wave=obligation.satker.zone,
        says_at=obligation.publish_at,
        publish_at=publish_at,
        not_after=not_after,
        wording=words,
        by_hand=by_hand,
    )
