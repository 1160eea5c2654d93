"""Ports: which are free, and a sentence for each that is not."""

from __future__ import annotations

import errno
import secrets
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NEAR = 50  # how far above a taken port a free one is looked for
QUIET = range(20_000, 32_768)
"""Ports that systems give to nobody by themselves: a program's own connections begin at 32768 on Linux, at 49152 elsewhere (RFC 6335)."""
TRIES = 100


@dataclass(frozen=True)
class Door:
    """An address that the tree will listen on, and the setting that moves it."""

    what: str
    setting: str
    host: str
    port: int


def free_port(host: str) -> int:
    """A port that is free now, and that no connection is given before a service listens there.

    Raises:
        OSError: one can't listen on this host.
    """
    for _ in range(TRIES):
        port = QUIET[secrets.randbelow(len(QUIET))]
        if is_free(host, port):
            return port
    with _bound(host, 0) as probe:
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether one can listen there now."""
    try:
        _bound(host, port).close()
    except OSError:
        return False
    return True


def problems(doors: Iterable[Door]) -> list[str]:
    """A sentence for each door that can't be opened: the port, the setting, and what to do."""
    sentences: list[str] = []
    claimed: dict[int, Door] = {}
    for door in doors:
        if other := claimed.get(door.port):
            sentences.append(
                f"Port {door.port} is set twice: {other.setting} ({other.what}) and {door.setting} ({door.what}). Set one to another port."
            )
            continue
        claimed[door.port] = door
        try:
            _bound(door.host, door.port).close()
        except OSError as error:
            sentences.append(_sentence(door, error))
    return sentences


def _sentence(door: Door, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        near = next(
            (port for port in range(door.port + 1, min(door.port + NEAR, 65_536)) if is_free(door.host, port)), None
        )
        other = f"{door.setting}={near}" if near else door.setting
        return f"Port {door.port} ({door.what}) is taken. Stop what listens there, or choose another: {other}"
    if error.errno == errno.EACCES:
        return f"Port {door.port} ({door.what}) needs rights that this user does not have. Choose one from 1024 up: {door.setting}"
    return f"Can't listen on {door.host}, port {door.port} ({door.what}, {door.setting}): {error.strerror or error}"


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    probe = socket.socket(family, kind, protocol)
    try:
        # As servers do it: connections of a run just stopped, in TIME_WAIT, do not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        # Two may bind the same port with that option; only one may listen.
        probe.listen(1)
    except OSError:
        probe.close()
        raise
    return probe
