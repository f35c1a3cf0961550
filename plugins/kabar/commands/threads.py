"""`kabar accounts renew-threads`: tokens of Threads end after 60 days unless they are renewed before."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from pathlib import Path

from kabar.channels.registry import renewed_threads_token
from kabar.commands.terminal import say
from kabar.errors import RefusedError, UnreachableError
from kabar.settings import Settings


def renew(options: argparse.Namespace, _settings: Settings) -> None:
    """Renew every token of a table and write the table again; one that fails keeps its old token.

    Raises:
        RefusedError: The file is no table of tokens, or some token could not be renewed.
    """
    tokens = _table(options.tokens_file)
    failed = []
    for account, token in tokens.items():
        try:
            renewed = asyncio.run(renewed_threads_token(options.url.rstrip("/"), token))
        except (RefusedError, UnreachableError) as error:
            failed.append(account)
            say(f"{account}: not renewed. {error}")
            continue
        tokens[account] = renewed.token
        say(f"{account}: renewed for {renewed.lives.days} days.")
    _write(options.tokens_file, tokens)
    say(f"Put the content of {options.tokens_file} into the password of the Airflow Connection.")
    if failed:
        raise RefusedError(
            f"{len(failed)} of {len(tokens)} tokens were not renewed: {', '.join(failed)}. A token that has "
            "ended cannot be renewed; its owner logs in again."
        )


def _table(file: Path) -> dict[str, str]:
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RefusedError(f"The file {file} cannot be read ({type(error).__name__}).") from None
    if not isinstance(table, dict) or not all(isinstance(token, str) for token in table.values()):
        raise RefusedError(f'The file {file} must hold {{"<account id>": "<token>", …}} and nothing else.')
    return table


def _write(file: Path, tokens: dict[str, str]) -> None:
    """Replace the file in one step; nobody but its owner may read it from its first moment on."""
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(tokens, handle, indent=1)
    partial.replace(file)
