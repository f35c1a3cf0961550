"""`python -m kabar.sandbox`: the stand-in platforms as a process of their own."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path

from aiohttp import web

from kabar.errors import InputError
from kabar.sandbox.graph.objects import Token
from kabar.sandbox.graph.world import World
from kabar.sandbox.seeding import read_satker
from kabar.sandbox.server import WORLD, create_app
from kabar.settings import Settings

#: Hanging faults must not hold up a stop.
SHUTDOWN_SECONDS = 0.5
BACKLOG = 2048


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0 after an orderly stop, 2 when it could not start."""
    options = _parser().parse_args(arguments)
    try:
        app = create_app(
            options.state,
            satker=read_satker(options.satker),
            user_token=_known_token(options.token_file),
            settings=_dials(options),
            pictures=options.pictures,
        )
    except InputError as error:
        return _fail(str(error))
    except (sqlite3.Error, OSError) as error:
        return _fail(
            f"The state file {options.state} cannot be used: {error}. Stop the other sandbox, if any."
        )
    try:
        asyncio.run(_serve(app, options))
    except OSError as error:
        return _fail(
            f"Cannot listen on {options.host}:{options.port}: {error.strerror}. Choose another --port."
        )
    return 0


async def _serve(app: web.Application, options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    # No access log: addresses of calls hold tokens.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port, backlog=BACKLOG).start()
        host, port = runner.addresses[0][:2]
        _write_secrets(app[WORLD], options, url=f"http://{host}:{port}")
        sys.stdout.write(f"Sandbox ready at http://{host}:{port}, {len(app[WORLD].pages)} Pages.\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


def _write_secrets(world: World, options: argparse.Namespace, *, url: str) -> None:
    app = world.apps[world.root.app_id]
    token = _known_token(options.token_file) or _own_token(world).value
    if options.token_file is not None and not options.token_file.exists():
        _write_private(options.token_file, token + "\n")
    if options.credentials_file is not None:
        credentials = {"url": url, "app_id": app.id, "app_secret": app.secret, "user_token": token}
        _write_private(options.credentials_file, json.dumps(credentials))


def _own_token(world: World) -> Token:
    mine = [token for token in world.tokens.values() if token.app_id == world.root.app_id]
    return min(mine, key=lambda token: token.issued_at)


def _known_token(file: Path | None) -> str | None:
    return (file.read_text(encoding="utf-8").strip() or None) if file is not None and file.exists() else None


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first moment on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def _dials(options: argparse.Namespace) -> dict[str, object]:
    dials: dict[str, object] = {}
    if options.latency_ms is not None:
        dials["latency_ms"] = options.latency_ms
    if options.accept_doubles:
        dials["refuse_duplicates"] = False
    return dials


def _fail(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kabar.sandbox", description=__doc__)
    installed = Settings.from_environment()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and says which")
    parser.add_argument("--state", default=":memory:", help="SQLite file that survives a restart")
    parser.add_argument(
        "--satker",
        type=Path,
        default=installed.include / "satker.csv",
        help="one Page per row",
    )
    parser.add_argument(
        "--pictures", type=Path, default=installed.pictures, help="folder shown under /gambar/, read only"
    )
    parser.add_argument("--latency-ms", type=int, default=None, help="added to every platform call")
    parser.add_argument("--token-file", type=Path, help="system-user token: read, or written when missing")
    parser.add_argument(
        "--credentials-file", type=Path, help="address, app and token as JSON, written when ready"
    )
    parser.add_argument(
        "--accept-doubles",
        action="store_true",
        help="switch off error 506, so that a count of doubles measures the client",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
