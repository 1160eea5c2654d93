"""Ports for servers that tests start, stop and start again."""

from __future__ import annotations

from windsock.command.up import ports

__all__ = ["free_port"]

_given: set[int] = set()


def free_port() -> int:
    """A TCP port on loopback that nobody listens on. None is given twice: what a test left behind may still look for its server there."""
    while (port := ports.free_port("127.0.0.1")) in _given:
        pass
    _given.add(port)
    return port
