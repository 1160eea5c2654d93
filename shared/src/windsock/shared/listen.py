"""Listening sockets, and a sentence for a person when there can be none."""

from __future__ import annotations

import errno
import logging
import resource
import socket
from typing import Final

from windsock.shared.runtime import CannotStart
from windsock.shared.settings import PREFIX

__all__ = ["BACKLOG", "CannotListen", "allow_descriptors", "listen"]

log = logging.getLogger(__name__)

BACKLOG: Final = 1024
"""A crowd that reconnects at once waits here; the kernel bounds it by net.core.somaxconn."""
SPARE_DESCRIPTORS: Final = 128


class CannotListen(CannotStart):
    """The message names the port, the setting and what to do."""


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Args:
        host: address or name.
        port: where.
        setting: the setting that moves it, in lower case and without prefix.

    Raises:
        CannotListen: with a sentence for a person.
    """
    name = PREFIX + setting.upper()
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # "localhost" is both; most publishers mean 127.0.0.1.
        family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    except OSError as error:
        raise CannotListen(f"can't listen on {host!r}: {error.strerror or error}; set {PREFIX}BIND") from None
    listener = socket.socket(family, kind, protocol)
    try:
        # Connections of a run just stopped, in TIME_WAIT, do not make a port taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.settimeout(0)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            sentence = f"port {port} is taken; stop what listens there, or set {name} to another port"
        elif error.errno == errno.EACCES:
            sentence = f"port {port} needs rights that this user does not have; set {name} to one from 1024 up"
        else:
            sentence = f"can't listen on {host}, port {port} ({name}): {error.strerror or error}"
        raise CannotListen(sentence) from None
    return listener


def allow_descriptors(connections: int) -> None:
    """Raise this process's limit of open files, which is often 1,024, to what so many connections need, as far as the system allows."""
    needed = connections + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < needed:
        log.warning(
            "the system allows %d open files, %d connections may need %d (ulimit -n)", allowed, connections, needed
        )
