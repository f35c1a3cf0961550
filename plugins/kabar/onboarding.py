"""From matched Pages to rows of the accounts registry: what is taken over, and what waits for a person.

An account is official by decree (Keputusan KPU 542/HM.03.5-Kpt/06/VIII/2021, rule K2). A real Page therefore
enters the registry switched off and stays so until its decree stands there; a rehearsal's Page needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from kabar.accounts import Account, Channel
from kabar.errors import RefusedError
from kabar.matching import Match, Matching, match_pages, visible
from kabar.satker import Satker

Use = Literal["nyata", "gladi"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import makes of the registry."""

    #: The whole registry afterwards, in the order of satker, channel and use.
    accounts: tuple[Account, ...]
    added: tuple[Account, ...]
    #: Rows that were there; they keep everything but a changed name.
    kept: tuple[Account, ...]
    #: Pages that are not taken over, each with the reason in words.
    waiting: tuple[tuple[Match, str], ...]


def take_over(
    registry: Sequence[Account],
    matching: Matching,
    *,
    confirmed: Mapping[str, str],
    use: Use,
    connection: str,
    channel: Channel = "facebook",
    shown: Mapping[str, str] = MappingProxyType({}),
) -> Taken:
    """Add to the registry what is sure, and what a person has confirmed.

    Args:
        registry: The rows as they stand; none is removed, and none loses its decree or whether it is active.
        matching: All Pages that the token reaches, judged by name.
        confirmed: Page id by satker code, as a person has said.
        use: Whether new rows are for citizens or for rehearsals.
        connection: Id of the Airflow Connection through which new rows are reached.
        channel: The platform; what is matched are its Pages or accounts.
        shown: Names for the registry by id, where an account bears another than the one it is matched by.

    Raises:
        RefusedError: A confirmation contradicts what is known.
    """
    by_page = {match.page_id: match for match in matching.matches}
    _check_confirmations(confirmed, by_page)
    names = {page_id: shown.get(page_id) or _line(match) for page_id, match in by_page.items()}
    mine = [account for account in registry if account.channel == channel]
    own = {(account.satker_code, account.use): account for account in mine}
    owner = {account.account_id: account for account in mine}
    wanted = {match.candidates[0]: match for match in matching.of("sure")}
    wanted |= {code: by_page[page_id] for code, page_id in confirmed.items()}
    kept = {
        page_id: row
        for page_id, row in owner.items()
        if row.use == use and _still_its_own(row, by_page.get(page_id), names.get(page_id))
    }
    added: list[Account] = []
    obstacles: dict[str, str] = {}
    for code, match in wanted.items():
        obstacle = _obstacle(code, match, own=own.get((code, use)), holder=owner.get(match.page_id), use=use)
        if obstacle and code in confirmed:
            raise RefusedError(f"{code}={match.page_id} cannot be taken over: {obstacle}.")
        if obstacle:
            obstacles[match.page_id] = obstacle
        elif (code, use) in own:
            kept[match.page_id] = own[code, use].model_copy(update={"name": names[match.page_id]})
        else:
            row = _new(code, match.page_id, channel=channel, use=use, connection=connection)
            added.append(row.model_copy(update={"name": names[match.page_id]}))
    rows = [kept.get(one.account_id, one) if one.channel == channel else one for one in registry]
    taken = {account.account_id for account in added} | set(kept)
    return Taken(
        accounts=tuple(sorted([*rows, *added], key=lambda one: (one.satker_code, one.channel, one.use))),
        added=tuple(added),
        kept=tuple(kept.values()),
        waiting=tuple(
            (match, obstacles.get(match.page_id) or _why_not(match, owner.get(match.page_id)))
            for match in matching.matches
            if match.page_id not in taken
        ),
    )


def match_through_pages(
    linked: Mapping[str, tuple[str, str]],
    registry: Sequence[Account],
    satker: Sequence[Satker],
    *,
    use: Use,
) -> Matching:
    """Whose are the accounts that are linked to Pages?

    A Page that the registry has already says whose its account is, whatever the Page is called; any other
    Page is judged by its name.

    Args:
        linked: Id and name of the Page, by account id.
        registry: The rows as they stand, those of Facebook among them.
        satker: All offices.
        use: Whose rows of Facebook count.
    """
    by_name = match_pages({account_id: name for account_id, (_, name) in linked.items()}, satker)
    owners = {
        row.account_id: row.satker_code for row in registry if row.channel == "facebook" and row.use == use
    }
    known = {account_id: owners[page_id] for account_id, (page_id, _) in linked.items() if page_id in owners}
    matches = tuple(_through_page(match, known) for match in by_name.matches)
    claimed = {code for match in matches for code in match.candidates}
    missing = tuple(one.code for one in satker if one.code not in claimed)
    return Matching(matches, missing)


def _through_page(match: Match, known: Mapping[str, str]) -> Match:
    code = known.get(match.page_id)
    if code is not None:
        return replace(match, verdict="sure", candidates=(code,), reason="")
    if match.verdict in {"sure", "likely"} and match.candidates[0] in known.values():
        reason = f"the Page that the registry has for {match.candidates[0]} leads to another account"
        return replace(match, verdict="doubtful", reason=reason)
    return match


def switch(
    registry: Sequence[Account], *, codes: Collection[str], use: Use, is_active: bool
) -> tuple[tuple[Account, ...], int]:
    """Switch the accounts of some satker on or off, so that offices can begin in groups.

    Gives the whole registry afterwards, in its order, and how many accounts were not so before.

    Raises:
        RefusedError: One of them is real and has no decree, or none of them is in the registry. Nothing is
            switched then.
    """
    chosen = [one for one in registry if one.satker_code in codes and one.use == use]
    if not chosen:
        raise RefusedError(f"The registry has no `{use}` account of these satker.")
    bare = sorted({one.satker_code for one in chosen if is_active and use == "nyata" and one.decree is None})
    if bare:
        raise RefusedError(
            f"No decree stands in the registry for {', '.join(bare)}: fill in nomor_sk and tanggal_sk first."
        )
    rows = tuple(
        one.model_copy(update={"is_active": is_active}) if one in chosen else one for one in registry
    )
    return rows, sum(one.is_active is not is_active for one in chosen)


def read_confirmations(pairs: Sequence[str], satker: Collection[Satker]) -> dict[str, str]:
    """Read `kode=page_id` pairs as a person types them.

    Raises:
        RefusedError: A pair that is none, an unknown satker, or a satker or Page named twice.
    """
    known = {one.code for one in satker}
    confirmed: dict[str, str] = {}
    for pair in pairs:
        code, equals, page_id = (part.strip() for part in pair.partition("="))
        if not equals or not page_id:
            raise RefusedError(f"`{pair}` is no confirmation: write kode=page_id, as in 3273=101.")
        if code not in known:
            raise RefusedError(f"`{pair}`: there is no satker {code} in satker.csv.")
        if code in confirmed or page_id in confirmed.values():
            raise RefusedError(f"`{pair}`: this satker or this Page has been confirmed already.")
        confirmed[code] = page_id
    return confirmed


def _check_confirmations(confirmed: Mapping[str, str], by_page: Mapping[str, Match]) -> None:
    for code, page_id in confirmed.items():
        match = by_page.get(page_id)
        if match is None:
            raise RefusedError(f"{code}={page_id}: the token does not reach this Page.")
        if match.candidates and code not in match.candidates:
            raise RefusedError(
                f"{code}={page_id}: the Page is called {match.page_name} and speaks for "
                f"{' or '.join(match.candidates)}. Is the code right? If so, let the Page be renamed first."
            )


def _obstacle(code: str, match: Match, *, own: Account | None, holder: Account | None, use: Use) -> str:
    """Why the registry cannot take the Page for the satker; empty when it can."""
    if holder is not None and (holder.satker_code, holder.use) != (code, use):
        return f"the registry has this Page as a `{holder.use}` account of {holder.satker_code}"
    if own is not None and own.account_id != match.page_id:
        return f"the registry has the Page {own.account_id} for {code}; its row goes first, with its decree"
    return ""


def _new(code: str, account_id: str, *, channel: Channel, use: Use, connection: str) -> Account:
    """A row without its name yet."""
    return Account(
        satker_code=code,
        channel=channel,
        account_id=account_id,
        name=account_id,
        use=use,
        connection=connection,
        decree=None,
        decree_on=None,
        is_active=use == "gladi",
    )


def _still_its_own(row: Account, match: Match | None, name: str | None) -> bool:
    """Whether a row of the registry still fits the Page that the token reaches.

    A Page that a person once confirmed stays as long as it keeps that name.
    """
    if match is None:
        return False
    is_own = match.verdict in {"sure", "likely"} and match.candidates == (row.satker_code,)
    return is_own or name == row.name


def _why_not(match: Match, row: Account | None) -> str:
    """Why a Page waits that the registry has under another name, or that is nobody's for sure."""
    if row is not None:
        return f"the registry has it for {row.satker_code} under the name {row.name}; {match.reason}"
    return match.reason or "another Page was confirmed for its satker"


def _line(match: Match) -> str:
    """A Page's name as a cell of the registry can hold it; its id when nothing of the name can be seen."""
    return visible(match.page_name) or match.page_id
