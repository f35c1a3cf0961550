"""Ports on this machine: is one free, and which one is."""

from __future__ import annotations

import socket

from kabar.errors import RefusedError

HOST = "127.0.0.1"


def require_free_port(port: int, *, purpose: str, variable: str) -> None:
    """Raise RefusedError, with the remedy, when somebody already listens on `port` of this machine."""
    with socket.socket() as probe:
        # As the servers do: a port whose last connections are only fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise RefusedError(
                f"Port {port} on {HOST}, meant for {purpose}, is not free ({error.strerror}). "
                f"Stop the program that holds it, or choose another port with {variable}=…"
            ) from error


def free_port() -> int:
    """Return a port on which nobody listens at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def this_host() -> str:
    """Return the address under which the components of one machine reach each other."""
    return HOST
