"""The sandbox as a process: what survives a kill, what it says, who may read its secrets."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from kabar.sandbox.running import RunningSandbox, running_sandbox
from kabar.settings import REPOSITORY

SATKER = REPOSITORY / "include" / "satker.csv"
HEADER = "kode,nama_pendek,provinsi,zona_waktu\n"


def auth(token: str) -> dict:
    return {"Authorization": f"Bearer {token}"}


def page_token(sandbox: RunningSandbox, page: str) -> str:
    fields = {"fields": "access_token"}
    answer = requests.get(
        f"{sandbox.url}/v26.0/{page}", params=fields, headers=auth(sandbox.user_token), timeout=5
    )
    return answer.json()["access_token"]


def small_registry(tmp_path: Path) -> Path:
    file = tmp_path / "satker.csv"
    file.write_text(HEADER + "1101,KIP Kabupaten Aceh Selatan,Aceh,Asia/Jakarta\n", encoding="utf-8")
    return file


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "plugins")}
    command = [sys.executable, "-m", "kabar.sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30, check=False)


def test_a_killed_sandbox_knows_afterwards_all_that_it_had_accepted(tmp_path: Path) -> None:
    state, registry = tmp_path / "state.sqlite", small_registry(tmp_path)
    with running_sandbox(state, registry, refuse_duplicates=False) as first:
        page = first.page_id("1101")
        token = page_token(first, page)

        def publish(number: int) -> str:
            body = {"message": f"Kiriman {number}"}
            answer = requests.post(
                f"{first.url}/v26.0/{page}/feed", data=body, headers=auth(token), timeout=5
            )
            return answer.json()["id"]

        with ThreadPoolExecutor(8) as pool:
            accepted = set(pool.map(publish, range(40)))
        first.kill()
    with running_sandbox(state, registry) as second:
        kept = {entry["post_id"] for entry in second.control("log")["data"]}
        assert kept == accepted
        assert len(accepted) == 40
        assert (second.user_token, second.app_secret) == (first.user_token, first.app_secret)
        assert page_token(second, page) == token
        assert second.control("settings")["refuse_duplicates"] is False
        more = requests.post(
            f"{second.url}/v26.0/{page}/feed", data={"message": "Lagi"}, headers=auth(token), timeout=5
        )
        assert more.json()["id"] not in accepted


def test_figures_are_the_same_after_a_restart(tmp_path: Path) -> None:
    state, registry = tmp_path / "state.sqlite", small_registry(tmp_path)
    seen = []
    for _ in range(2):
        with running_sandbox(state, registry) as sandbox:
            page = sandbox.page_id("1101")
            answer = requests.get(
                f"{sandbox.url}/v26.0/{page}/insights",
                params={"metric": "page_media_view,page_follows", "period": "day", "since": "2026-01-01"},
                headers=auth(page_token(sandbox, page)),
                timeout=5,
            )
            seen.append(answer.json()["data"][0]["values"][:30])
    assert len(seen[0]) == 30
    assert seen[0] == seen[1]


def test_a_changed_page_stays_changed_when_the_registry_is_read_again(tmp_path: Path) -> None:
    state, registry = tmp_path / "state.sqlite", small_registry(tmp_path)
    with running_sandbox(state, registry) as first:
        first.control(f"pages/{first.page_id('1101')}", {"name": "Nama lain"})
    with running_sandbox(state, registry) as second:
        assert [page["name"] for page in second.control("pages")["data"]] == ["Nama lain"]


def test_a_token_file_is_written_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    file, registry = tmp_path / "token", small_registry(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "plugins")}
    command = [sys.executable, "-m", "kabar.sandbox", "--satker", str(registry), "--token-file", str(file)]
    urls = []
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        urls.append(process.stdout.readline().split()[3].rstrip(","))
        token = file.read_text(encoding="utf-8").strip()
        answer = requests.get(f"{urls[-1]}/v26.0/me/accounts", headers=auth(token), timeout=5)
        assert len(answer.json()["data"]) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_busy_port_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = start("--port", port, "--satker", str(small_registry(tmp_path)))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert port in ended.stderr
    assert "Choose another --port" in ended.stderr


def test_a_second_sandbox_on_the_same_state_does_not_start(tmp_path: Path) -> None:
    state, registry = tmp_path / "state.sqlite", small_registry(tmp_path)
    with running_sandbox(state, registry):
        ended = start("--state", str(state), "--satker", str(registry))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "Stop the other sandbox" in ended.stderr


def test_a_missing_registry_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    ended = start("--satker", str(tmp_path / "none.csv"))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "none.csv" in ended.stderr


def test_a_registry_without_a_column_names_the_column(tmp_path: Path) -> None:
    file = tmp_path / "satker.csv"
    file.write_text("kode;nama_pendek;provinsi;zona_waktu\n", encoding="utf-8")
    ended = start("--satker", str(file))
    assert ended.returncode == 2
    assert "satker.csv:1: kode" in ended.stderr


def test_no_token_is_ever_said_aloud(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials.json"
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "plugins")}
    command = [sys.executable, "-m", "kabar.sandbox", "--satker", str(SATKER)]
    command += ["--credentials-file", str(credentials)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    said = process.stdout.readline()
    known = json.loads(credentials.read_text(encoding="utf-8"))
    requests.get(f"{known['url']}/v26.0/me", params={"access_token": known["user_token"]}, timeout=5)
    process.send_signal(signal.SIGTERM)
    said += process.communicate(timeout=10)[0]
    assert "553 Pages" in said
    assert known["user_token"] not in said
    assert known["app_secret"] not in said
