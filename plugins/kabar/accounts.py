"""The official accounts of each satker, as its decree names them. None is ever guessed."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from kabar.csv_file import read_csv
from kabar.errors import InputError
from kabar.frozen import Frozen
from kabar.reading import Document, Line, WrongValueError
from kabar.satker import Satker

Channel = Literal[
    "facebook",
    "instagram",
    "threads",
    "x",
    "telegram",
    "website",
    "youtube",
    "tiktok",
    "whatsapp",
    "facebook_group",
]

COLUMNS = (
    "kode_satker",
    "kanal",
    "id_akun",
    "nama_akun",
    "pemakaian",
    "koneksi",
    "nomor_sk",
    "tanggal_sk",
    "aktif",
)


def _yes_or_no(value: object) -> object:
    answer = (
        {"ya": True, "tidak": False, True: True, False: False}.get(value)
        if isinstance(value, str | bool)
        else None
    )
    if answer is None:
        raise WrongValueError(f"`{value}` is neither yes nor no.", "Write `ya` or `tidak`.")
    return answer


def _written_day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise WrongValueError(
            f"`{value}` is not a date.", "Write year-month-day, as in 2024-11-27."
        ) from None


class Account(Frozen):
    """One account of one satker on one channel."""

    satker_code: str = Field(alias="kode_satker")
    channel: Channel = Field(alias="kanal")
    #: The platform's own id of the Page or account.
    account_id: Line = Field(alias="id_akun")
    name: Line = Field(alias="nama_akun")
    #: `gladi` accounts take part in rehearsals only, `nyata` accounts never do.
    use: Literal["nyata", "gladi"] = Field(alias="pemakaian")
    #: Id of the Airflow Connection that holds the token; the token itself never stands in a file.
    connection: Line = Field(alias="koneksi")
    #: Number and date of the decree that makes the account official (Keputusan KPU 542/2021).
    decree: Line | None = Field(alias="nomor_sk")
    decree_on: Annotated[date, BeforeValidator(_written_day)] | None = Field(alias="tanggal_sk")
    is_active: Annotated[bool, BeforeValidator(_yes_or_no)] = Field(alias="aktif")


def read_accounts(path: Path, satker: Collection[Satker]) -> tuple[Account, ...]:
    """Return all accounts in the order of the file; a header without rows is a valid, empty registry.

    Raises:
        InputError: an unknown satker, a second account of a satker on a channel for the same use, an id
            that stands twice, or a real account that is active without a decree.
    """
    known = {one.code: one.short_name for one in satker}
    accounts: list[Account] = []
    owners: dict[tuple[str, ...], str] = {}
    for row in read_csv(path, COLUMNS):
        account = _account(row)
        if account.satker_code not in known:
            raise _unknown_satker(row, "kode_satker", account.satker_code, known)
        _check_decree(row, account)
        own = (account.satker_code, account.channel, account.use)
        same_id = ("id", account.channel, account.account_id)
        for key, column in ((own, "kanal"), (same_id, "id_akun")):
            if key in owners:
                problem = f"{owners[key]} already has this account, or another for the same use."
                raise row.error((column,), problem, "Keep one account a satker, channel and use.")
            owners[key] = account.satker_code
        accounts.append(account)
    return tuple(accounts)


def write_accounts(path: Path, accounts: Sequence[Account], satker: Collection[Satker]) -> None:
    """Replace the registry by these rows, in their order; all or nothing.

    What was written is read back strictly before it takes the place of the old file.

    Raises:
        InputError: the rows contradict one another or hold a value that no registry may hold. It names the
            line of the file that was not put in place.
    """
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(account) for account in accounts)
        handle.flush()
        os.fsync(handle.fileno())
    try:
        read_accounts(partial, satker)
    except InputError:
        partial.unlink()
        raise
    partial.replace(path)


def _cells(account: Account) -> tuple[str, ...]:
    """One row of the registry, in the order of `COLUMNS`."""
    return (
        account.satker_code,
        account.channel,
        account.account_id,
        account.name,
        account.use,
        account.connection,
        account.decree or "",
        account.decree_on.isoformat() if account.decree_on else "",
        "ya" if account.is_active else "tidak",
    )


def _account(row: Document) -> Account:
    empty = {column: None for column in ("nomor_sk", "tanggal_sk") if not row.cells[column]}
    return row.holding({**row.cells, **empty}).read_as(Account)


def _check_decree(row: Document, account: Account) -> None:
    if (account.decree is None) != (account.decree_on is None):
        column = "nomor_sk" if account.decree is None else "tanggal_sk"
        raise row.error((column,), "is empty.", "Give number and date of the decree, or neither.")
    if account.use == "nyata" and account.is_active and account.decree is None:
        problem = "a real account cannot be active without its decree."
        raise row.error(("aktif",), problem, "Fill in nomor_sk and tanggal_sk, or write `tidak`.")


def _unknown_satker(row: Document, column: str, code: str, known: Collection[str]) -> InputError:
    if code.zfill(len(code) + len(code) % 2) in known:
        problem = f"`{code}` has lost a zero."
        return row.error((column,), problem, "Write it with the zero; format the column as text.")
    return row.unknown((column,), code, known)
