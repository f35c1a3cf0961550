"""`kabar accounts …` against a real sandbox with hundreds of Pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kabar.accounts import Account, read_accounts
from kabar.cli import main
from kabar.local.sandbox_pages import register_pages
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.satker import Satker, read_satker
from kabar.settings import REPOSITORY, Settings
from kabar.store.account_checks import AccountCheck, save_checks
from kabar.store.database import Database
from ledger import save_page

INCLUDE = REPOSITORY / "include"
BANDUNG = "100000000003204"


@pytest.fixture(scope="session")
def satker() -> tuple[Satker, ...]:
    return read_satker(INCLUDE / "satker.csv")


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The process; tests take `sandbox`, which cleans it first."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox) -> RunningSandbox:
    """A platform with one Page for each of the 553 satker."""
    sandbox_server.control("reset", {})
    return sandbox_server


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped, empty registry."""
    path = Path(shutil.copy(INCLUDE / "accounts.csv", tmp_path / "accounts.csv"))
    monkeypatch.setenv("KABAR_ACCOUNTS", str(path))
    return path


@pytest.fixture
def warehouse(db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A fresh warehouse to which the commands' environment points."""
    monkeypatch.setenv("KABAR_DATABASE_URL", database_url)
    return db


@pytest.fixture
def token_file(sandbox: RunningSandbox, tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{sandbox.user_token}\n", encoding="utf-8")
    return path


def import_pages(sandbox: RunningSandbox, token_file: Path, *more: str, use: str = "nyata") -> int:
    where = ["--connection", "graph", "--url", sandbox.url, "--token-file", str(token_file)]
    return main(["accounts", "import", *where, "--use", use, *more])


def rows(registry: Path, satker: tuple[Satker, ...]) -> dict[str, Account]:
    return {account.satker_code: account for account in read_accounts(registry, satker)}


def test_without_write_an_import_only_shows(
    sandbox: RunningSandbox, registry: Path, token_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = registry.read_bytes()

    assert import_pages(sandbox, token_file) == 0

    assert registry.read_bytes() == before
    shown = capsys.readouterr().out
    assert "553 Pages reached: 553 sure, 0 likely, 0 doubtful, 0 strangers." in shown
    assert "Nothing was written." in shown


def test_hundreds_of_pages_enter_the_registry_switched_off(
    sandbox: RunningSandbox,
    registry: Path,
    token_file: Path,
    satker: tuple[Satker, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert import_pages(sandbox, token_file, "--write") == 0

    found = rows(registry, satker)
    assert len(found) == 553
    assert not any(account.is_active or account.decree for account in found.values())
    assert "with 553 accounts, 0 active." in capsys.readouterr().out


def test_matches_doubts_strangers_and_missing_satker_are_shown_and_only_confirmed_ones_taken(
    sandbox: RunningSandbox,
    registry: Path,
    token_file: Path,
    satker: tuple[Satker, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for code, name in (("3204", "KPU Kab. Bandung"), ("3273", "KPU Bandung"), ("1101", "Warung Kopi")):
        sandbox.control(f"pages/{sandbox.page_id(code)}", {"name": name})

    import_pages(sandbox, token_file, "--write")

    shown = capsys.readouterr().out
    assert "550 sure, 1 likely, 1 doubtful, 1 strangers. 550 accounts are new, 0 were known." in shown
    assert f"--confirm 3204={BANDUNG}    KPU Kabupaten Bandung" in shown
    assert "  1101  KIP Kabupaten Aceh Selatan" in shown.partition("Satker without a Page: 1")[2]
    assert {"3204", "3273", "1101"}.isdisjoint(rows(registry, satker))

    import_pages(sandbox, token_file, "--write", "--confirm", f"3204={BANDUNG}")

    assert rows(registry, satker)["3204"].name == "KPU Kab. Bandung"
    assert "1 accounts are new, 550 were known." in capsys.readouterr().out


@pytest.mark.usefixtures("warehouse")
def test_a_decree_that_was_filled_in_survives_the_next_import(
    sandbox: RunningSandbox, registry: Path, token_file: Path, satker: tuple[Satker, ...]
) -> None:
    import_pages(sandbox, token_file, "--write")
    fill_in_decree(registry, "KPU Kota Bandung")
    assert main(["accounts", "activate", "--satker", "3273"]) == 0

    import_pages(sandbox, token_file, "--write")

    account = rows(registry, satker)["3273"]
    assert (account.decree, account.decree_on) == ("1/TEST/2024", date(2024, 1, 2))
    assert account.is_active


def fill_in_decree(registry: Path, name: str) -> None:
    text = registry.read_text(encoding="utf-8")
    bare = f"{name},nyata,graph,,,"
    assert bare in text
    registry.write_text(text.replace(bare, f"{name},nyata,graph,1/TEST/2024,2024-01-02,"), encoding="utf-8")


@pytest.mark.usefixtures("warehouse")
def test_a_province_is_switched_on_and_off_together_and_only_with_its_decrees(
    sandbox: RunningSandbox,
    registry: Path,
    token_file: Path,
    satker: tuple[Satker, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    import_pages(sandbox, token_file, "--write")
    assert main(["accounts", "activate", "--province", "34"]) == 1
    assert "No decree stands in the registry for 34, 3401" in capsys.readouterr().err
    for one in satker:
        if one.province_code == "34":
            fill_in_decree(registry, one.short_name)

    assert main(["accounts", "activate", "--province", "34"]) == 0
    on = {code for code, account in rows(registry, satker).items() if account.is_active}
    assert main(["accounts", "deactivate", "--satker", "3401"]) == 0

    assert on == {"34", "3401", "3402", "3403", "3404", "3471"}
    assert {code for code, account in rows(registry, satker).items() if account.is_active} == on - {"3401"}


def test_an_account_that_is_switched_off_is_off_for_the_next_claim(
    sandbox: RunningSandbox, registry: Path, token_file: Path, warehouse: Database
) -> None:
    save_page(warehouse, "3204")
    import_pages(sandbox, token_file, "--write", use="gladi")

    assert main(["accounts", "deactivate", "--satker", "3204", "--use", "gladi"]) == 0

    with warehouse.connection() as connection:
        found = connection.execute("select satker_code, is_active from kabar.account").fetchall()
    assert found == [{"satker_code": "3204", "is_active": False}]
    assert registry.read_text(encoding="utf-8").count(",tidak") == 1


def test_without_a_warehouse_nothing_is_switched(
    sandbox: RunningSandbox,
    registry: Path,
    token_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("KABAR_DATABASE_URL", raising=False)
    monkeypatch.setenv("KABAR_STATE", str(tmp_path))
    import_pages(sandbox, token_file, "--write", use="gladi")
    before = registry.read_bytes()

    assert main(["accounts", "deactivate", "--satker", "3204", "--use", "gladi"]) == 1

    assert "No database is known" in capsys.readouterr().err
    assert registry.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--province", "99"], "no satker 99"),
        ([], "Name whom it is about"),
        (["--satker", "3273"], "no `nyata`"),
    ],
)
@pytest.mark.usefixtures("registry")
def test_switching_nobody_says_what_is_missing(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accounts", "activate", *arguments]) == 1
    assert says in capsys.readouterr().err


def test_a_token_is_neither_shown_nor_stored(
    sandbox: RunningSandbox, registry: Path, token_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_pages(sandbox, token_file, "--write")
    sandbox.control("tokens", {"subcode": 463})

    assert import_pages(sandbox, token_file) == 1

    shown = capsys.readouterr()
    assert "190/463" in shown.err
    assert "EAA" not in shown.out + shown.err + registry.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "two tokens", "EAA\nEAB"])
def test_a_token_file_that_holds_no_single_token_is_refused(
    sandbox: RunningSandbox,
    registry: Path,
    token_file: Path,
    text: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = registry.read_bytes()
    token_file.write_text(text, encoding="utf-8")

    assert import_pages(sandbox, token_file, "--write") == 1

    assert "must hold one token" in capsys.readouterr().err
    assert registry.read_bytes() == before


def test_an_import_warns_of_a_page_on_which_the_token_may_not_publish(
    sandbox: RunningSandbox, registry: Path, token_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.control(f"pages/{BANDUNG}", {"tasks": ["ANALYZE"]})

    import_pages(sandbox, token_file)

    assert registry.exists()
    lines = [line for line in capsys.readouterr().out.splitlines() if "no CREATE_CONTENT" in line]
    assert lines == [f"  3204  {BANDUNG}  KPU Kabupaten Bandung  (inactive; no CREATE_CONTENT)"]


def test_the_demo_registers_pages_by_their_official_name_alone(
    sandbox: RunningSandbox, registry: Path, satker: tuple[Satker, ...]
) -> None:
    sandbox.control(f"pages/{BANDUNG}", {"name": "KPU Kab. Bandung"})

    number = register_pages(sandbox.url, sandbox.user_token, Settings.from_environment(), registry)

    # The last one is the manual card that a visitor may try.
    *pages, by_hand = read_accounts(registry, satker)
    assert number == len(pages) + 1 == 553
    assert by_hand.channel == "whatsapp"
    assert "3204" not in {account.satker_code for account in pages}
    found = rows(registry, satker)
    assert {(account.use, account.is_active) for account in found.values()} == {("gladi", True)}


def test_the_status_lists_what_keeps_an_account_from_publishing(
    warehouse: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = ["Cannot publish: CREATE_CONTENT is missing; a person with full control must grant it."]
    with warehouse.connection() as connection:
        save_checks(
            connection,
            [
                AccountCheck(
                    account_id=save_page(warehouse, code),
                    day=date(2026, 11, 20),
                    verdict=verdict,
                    reasons=reasons,
                    page_name=None,
                    category=None,
                    is_published=None,
                    tasks=None,
                    token_kind=None,
                    token_expires_at=None,
                    token_never_expires=None,
                    checked_at=datetime(2026, 11, 19, 21, tzinfo=UTC),
                )
                for code, verdict, reasons in (("3204", "ready", []), ("3273", "cannot_publish", fault))
            ],
        )

    assert main(["accounts", "status"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "3273 facebook Komisi Pemilihan Umum Kota Bandung (on, 2026-11-20): cannot_publish",
        f"    {fault[0]}",
        "2 accounts were looked at: 1 cannot_publish, 1 ready.",
    ]
