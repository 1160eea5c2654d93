"""Finds the Redis that takes writes: the one that is named, the one that the sentinels name at the moment, or a node of a cluster, which knows the others.

Nothing is remembered but what worked last: each new connection asks again, since most are made because something has moved.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.client.errors import UNAUTHORIZED
from windsock.client.redis_url import Kind, Node
from windsock.client.transport import Lost
from windsock.client.transport.redis_link import Command, RedisLink
from windsock.client.transport.resp import Push, RedisRefusal

if TYPE_CHECKING:
    from windsock.client.redis_url import RedisUrl

__all__ = ["NOT_LET_IN", "RedisFinder", "primary_of"]

SENTINEL_SECONDS: Final = 2.0
"""A sentinel, or the server that it names, that takes longer is passed over: the next knows more."""
FRESH_SECONDS: Final = 1.0
"""How often sentinels are asked whether another server is meant. An old primary takes writes until it hears of the new one, and forgets them."""
NOT_LET_IN: Final = frozenset({"NOAUTH", "WRONGPASS", "NOPERM"})
"""Redis' words for: not with these credentials."""


class RedisFinder:
    """Opens connections to the server that is meant.

    Args:
        url: where to look.
        hear: see `RedisLink`.
    """

    def __init__(self, url: RedisUrl, hear: Callable[[Push], None] | None = None) -> None:
        self._url = url
        self._hear = hear
        self._asked_at = 0.0
        self._first: Node | None = None
        """What is tried before all else: the sentinel that answered, or the node that a cluster sent us to."""

    def open(self) -> RedisLink:
        """A connection to it. Raises Lost."""
        if self._url.kind is Kind.SERVER:
            return self._link(None)
        seeds = sorted(self._nodes, key=lambda node: node != self._first)
        troubles: list[Lost] = []
        for node in seeds:
            try:
                link = self._named_by(node) if self._url.kind is Kind.SENTINEL else self._link(node)
            except Lost as trouble:
                troubles.append(trouble)
            else:
                self._first, self._asked_at = node, time.monotonic()
                return link
        told = next((trouble for trouble in troubles if trouble.code == UNAUTHORIZED), troubles[-1])
        raise Lost(f"{self._url} leads nowhere: {told}", told.code)

    def moved(self, link: RedisLink) -> bool:
        """Whether the sentinels name another server by now than the one that this leads to."""
        if (
            self._url.kind is not Kind.SENTINEL
            or self._first is None
            or time.monotonic() - self._asked_at < FRESH_SECONDS
        ):
            return False
        self._asked_at = time.monotonic()
        try:
            return primary_of(self._url, self._first) != link.node
        except Lost:
            self._first = None  # the next connection asks another; what works goes on
            return False

    def follow(self, moved: RedisRefusal) -> RedisLink:
        """A connection to the node that a cluster's MOVED names. Raises Lost."""
        host, _, port = str(moved).split()[-1].rpartition(":")
        # No host: the one that we asked, at another port.
        self._first = Node(host.strip("[]") or self._nodes[0].host, int(port))
        return self._link(self._first)

    def ask(self, link: RedisLink, command: Command, *, seconds: float) -> tuple[RedisLink, Any]:
        """The answer to a command about one key, of the node that has it; and the connection to that. Raises Lost."""
        (reply,) = link.ask(command, seconds=seconds)
        if isinstance(reply, RedisRefusal) and reply.code == "MOVED":
            link.close()
            link = self.follow(reply)
            (reply,) = link.ask(command, seconds=seconds)
        return link, reply

    @property
    def _nodes(self) -> tuple[Node, ...]:
        seeds = self._url.seeds
        return seeds if self._first is None or self._first in seeds else (self._first, *seeds)

    def _link(self, node: Node | None) -> RedisLink:
        link = RedisLink(self._url, node, self._hear)
        self._check(link, link.open())
        return link

    def _named_by(self, sentinel: Node) -> RedisLink:
        link = self._link(primary_of(self._url, sentinel))
        try:
            (role,) = link.ask(("ROLE",), seconds=SENTINEL_SECONDS)
        except Lost:
            link.close()
            raise
        # Who may not ask for it is told by the first write, if it is none.
        if isinstance(role, list) and cast("list[Any]", role)[0] != b"master":
            link.close()
            raise Lost(f"{link.name} is no primary (yet, or any more)")
        return link

    @staticmethod
    def _check(link: RedisLink, refusal: RedisRefusal | None) -> None:
        if refusal is not None:
            link.close()
            code = UNAUTHORIZED if refusal.code in NOT_LET_IN else "unreachable"
            raise Lost(f"{link.name} does not let us in: {refusal}", code)


def primary_of(url: RedisUrl, sentinel: Node) -> Node:
    """The server that a sentinel names. Raises Lost."""
    link = RedisLink(url, sentinel, sentinel=True)
    try:
        refusal = link.open(SENTINEL_SECONDS)
        (said,) = link.ask(("SENTINEL", "GET-MASTER-ADDR-BY-NAME", url.service), seconds=SENTINEL_SECONDS)
    finally:
        link.close()
    for reply in (refusal, said):
        if isinstance(reply, RedisRefusal):
            code = UNAUTHORIZED if reply.code in NOT_LET_IN else "unreachable"
            raise Lost(f"the sentinel at {sentinel} says: {reply}", code)
    if not isinstance(said, list) or len(cast("list[Any]", said)) != 2:
        raise Lost(f"the sentinel at {sentinel} knows no {url.service!r}")
    host, port = cast("list[bytes]", said)
    return Node(host.decode(), int(port))
