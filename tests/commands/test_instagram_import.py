"""`kabar accounts import --channel instagram` and `renew-threads`, against a real sandbox."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kabar.accounts import COLUMNS, Account, read_accounts
from kabar.cli import main
from kabar.sandbox.graph.instagram import instagram_id
from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.sandbox.threads.accounts import threads_id, threads_token
from kabar.satker import read_satker
from kabar.settings import REPOSITORY

INCLUDE = REPOSITORY / "include"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.control("reset", {})
    return running


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = Path(shutil.copy(INCLUDE / "accounts.csv", tmp_path / "accounts.csv"))
    monkeypatch.setenv("KABAR_ACCOUNTS", str(path))
    return path


@pytest.fixture
def token_file(sandbox: RunningSandbox, tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{sandbox.user_token}\n", encoding="utf-8")
    return path


def import_accounts(sandbox: RunningSandbox, token_file: Path, *more: str) -> int:
    where = ["--connection", "graph", "--url", sandbox.url, "--token-file", str(token_file)]
    return main(["accounts", "import", "--channel", "instagram", *where, "--use", "nyata", *more])


def rows(registry: Path) -> dict[str, Account]:
    accounts = read_accounts(registry, read_satker(INCLUDE / "satker.csv"))
    return {account.satker_code: account for account in accounts if account.channel == "instagram"}


def test_the_accounts_behind_the_pages_enter_the_registry_switched_off(
    sandbox: RunningSandbox, registry: Path, token_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_accounts(sandbox, token_file, "--write") == 0

    found = rows(registry)
    assert len(found) == 39
    assert (found["32"].account_id, found["32"].name) == (instagram_id("32"), "@sandbox_32")
    assert not any(account.is_active or account.decree for account in found.values())
    shown = capsys.readouterr().out
    assert "39 Instagram accounts reached: 39 sure" in shown
    assert "Satker without an Instagram account: 514" in shown


def test_a_page_that_a_person_has_confirmed_says_whose_its_account_is(
    sandbox: RunningSandbox, registry: Path, token_file: Path
) -> None:
    page = sandbox.page_id("32")
    sandbox.control(f"pages/{page}", {"name": "Kabar Jabar"})
    row = f"32,facebook,{page},Kabar Jabar,nyata,graph,,,tidak"
    registry.write_text("\n".join([",".join(COLUMNS), row, ""]), encoding="utf-8")

    assert import_accounts(sandbox, token_file, "--write") == 0

    assert rows(registry)["32"].account_id == instagram_id("32")


def test_an_account_behind_a_page_that_nobody_knows_waits_for_a_person(
    sandbox: RunningSandbox, registry: Path, token_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.control(f"pages/{sandbox.page_id('32')}", {"name": "Warung Kopi"})
    import_accounts(sandbox, token_file, "--write")
    assert f"stranger  {instagram_id('32')}" in capsys.readouterr().out
    assert "32" not in rows(registry)

    import_accounts(sandbox, token_file, "--write", "--confirm", f"32={instagram_id('32')}")

    assert rows(registry)["32"].name == "@sandbox_32"


def test_the_name_of_another_satker_cannot_claim_an_account_that_is_known(
    sandbox: RunningSandbox, registry: Path, token_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, other = sandbox.page_id("33"), sandbox.page_id("32")
    sandbox.control(f"pages/{mine}", {"name": "Kabar Jabar"})
    row = f"32,facebook,{mine},Kabar Jabar,nyata,graph,,,tidak"
    registry.write_text("\n".join([",".join(COLUMNS), row, ""]), encoding="utf-8")

    import_accounts(sandbox, token_file, "--write")

    assert rows(registry)["32"].account_id == instagram_id("33")
    assert f"doubtful  {instagram_id('32')}" in capsys.readouterr().out
    assert other != mine


def test_an_import_leaves_the_pages_of_the_registry_as_they_are(
    sandbox: RunningSandbox, registry: Path, token_file: Path
) -> None:
    row = f"11,facebook,{sandbox.page_id('11')},KIP Aceh,nyata,graph,1/X,2024-01-02,ya"
    registry.write_text("\n".join([",".join(COLUMNS), row, ""]), encoding="utf-8")

    import_accounts(sandbox, token_file, "--write")

    assert row in registry.read_text(encoding="utf-8").splitlines()


def renew(sandbox: RunningSandbox, file: Path) -> int:
    url = f"{sandbox.url}/threads"
    return main(["accounts", "renew-threads", "--tokens-file", str(file), "--url", url])


def test_tokens_of_threads_are_renewed_in_their_table_and_never_shown(
    sandbox: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.control("clock", {"clock_offset_seconds": 30 * 86_400})
    accounts = [threads_id("32"), threads_id("33")]
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({one: threads_token(one) for one in accounts}), encoding="utf-8")

    assert renew(sandbox, file) == 0

    table = json.loads(file.read_text(encoding="utf-8"))
    assert set(table) == set(accounts)
    assert all(table[one] != threads_token(one) for one in accounts)
    assert file.stat().st_mode & 0o777 == 0o600
    said = capsys.readouterr().out
    assert "renewed for 60 days" in said
    assert "THsandbox" not in said


def test_a_token_that_has_ended_keeps_its_place_and_is_named(
    sandbox: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.control("clock", {"clock_offset_seconds": 30 * 86_400})
    dead, living = threads_id("32"), threads_id("33")
    sandbox.plant("error", page=dead, code=190, subcode=463, message="Expired")
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({one: threads_token(one) for one in (dead, living)}), encoding="utf-8")

    assert renew(sandbox, file) == 1

    table = json.loads(file.read_text(encoding="utf-8"))
    assert (table[dead] == threads_token(dead), table[living] == threads_token(living)) == (True, False)
    assert f"1 of 2 tokens were not renewed: {dead}" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", '{"1": 2}', "kosong"])
def test_a_file_that_is_no_table_of_tokens_is_refused_and_stays(
    sandbox: RunningSandbox, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(content, encoding="utf-8")

    assert renew(sandbox, file) == 1
    assert file.read_text(encoding="utf-8") == content
