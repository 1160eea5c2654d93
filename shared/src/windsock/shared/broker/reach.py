"""How commands get to the server that holds their keys. Two ways: there is one server (`OneServer`), or a cluster of them (`cluster.Cluster`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from windsock.shared.errors import Code, WindsockError

from .lua import ALL
from .resp import Link, Reply, ReplyError, Word, first_error, pack
from .subscription import RedisSubscription

if TYPE_CHECKING:
    from windsock.shared.keys import Keys

    from .port import Listener, PartListener, Subscription
    from .servers import Server

__all__ = ["CALL_SECONDS", "OneServer", "Reach", "load_scripts", "unreplicated", "wait_command"]

CALL_SECONDS: Final = 5.0
"""A broker that takes longer than this for one call counts as away."""
WAIT_MS: Final = 2000
"""Replicas that take longer than this to have a write count as away."""


class Reach(Protocol):
    """Where keys live, and connections to there. What can't be reached raises `WindsockError(unavailable)`, or is one where there is a result for each."""

    live_command: str
    """How scripts publish on a stream's channels: PUBLISH or SPUBLISH."""
    losses: int
    """How often a connection was lost. After that, what was written last may be gone."""

    async def call(self, commands: Sequence[tuple[Word, ...]]) -> list[Reply]:
        """Run commands, each where its key is; in order for each server. Errors among the replies are returned as `ReplyError` objects."""
        ...

    async def write(self, streams: Sequence[str], packed: Sequence[bytes]) -> list[Reply]:
        """Run a packed command for each of these streams, in order for each stream; then wait for replicas, if that is set. One result for each."""
        ...

    async def open(self, key: str, name: str) -> Link:
        """A connection of its own to where a key lives, for commands that wait."""
        ...

    def note(self, reply: ReplyError) -> None:
        """An error that somebody got on a connection from `open`, or in a reply: it may say that things are elsewhere now."""
        ...

    async def ping(self) -> None:
        """Return if all of it answers."""
        ...

    def subscribe(
        self, name: str, listener: Listener, patterns: Sequence[str], parts: PartListener | None
    ) -> Subscription:
        """See `port.Broker.subscribe`."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


async def load_scripts(link: Link) -> None:
    """Make a server know our scripts.

    Raises:
        WindsockError: `unavailable`: it does not take them. The connection is dropped.
    """
    try:
        async with asyncio.timeout(CALL_SECONDS):
            replies = await link.call(*(("SCRIPT", "LOAD", script.source) for script in ALL))
        refusal = first_error(replies)
        if refusal is not None:
            raise WindsockError(Code.UNAVAILABLE, f"the broker refuses our scripts: {refusal}")
    except TimeoutError:
        link.abort()
        raise WindsockError(
            Code.UNAVAILABLE, f"the broker at {link.address} did not take our scripts in {CALL_SECONDS:g} s"
        ) from None
    except BaseException:
        link.abort()
        raise


def wait_command(replicas: int) -> bytes:
    """The command that waits until so many replicas have what was written before it; nothing for none."""
    return pack(("WAIT", replicas, WAIT_MS)) if replicas else b""


def unreplicated(reached: Reply, replicas: int) -> WindsockError | None:
    """What is wrong with an answer to `wait_command`."""
    if isinstance(reached, int) and reached >= replicas:
        return None
    return WindsockError(Code.UNAVAILABLE, f"{reached} of {replicas} replicas have it after {WAIT_MS / 1000:g} s")


class OneServer:
    """All keys on one server. Calls share a connection; it is opened when first needed, and again after it was lost."""

    live_command = "PUBLISH"

    def __init__(self, server: Server, keys: Keys, name: str, replicas: int) -> None:
        self.losses = 0
        self._server = server
        self._keys = keys
        self._name = name
        self._replicas = replicas
        self._wait: Final = wait_command(replicas)
        self._link: Link | None = None
        self._opening = asyncio.Lock()

    async def call(self, commands: Sequence[tuple[Word, ...]]) -> list[Reply]:
        return await self._send(b"".join([pack(command) for command in commands]), len(commands))

    async def write(self, streams: Sequence[str], packed: Sequence[bytes]) -> list[Reply]:  # noqa: ARG002  # all live here
        if not self._wait:
            return await self._send(b"".join(packed), len(packed))
        replies = await self._send(b"".join([*packed, self._wait]), len(packed) + 1)
        error = unreplicated(replies.pop(), self._replicas)
        return replies if error is None else [error] * len(replies)

    async def _send(self, packed: bytes, replies: int) -> list[Reply]:
        link = self._link
        if link is None or link.closed:
            link = await self._open()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await link.send(packed, replies)
        except TimeoutError:
            link.abort()
            raise WindsockError(
                Code.UNAVAILABLE, f"the broker at {self._server} did not answer in {CALL_SECONDS:g} s"
            ) from None

    async def _open(self) -> Link:
        async with self._opening:
            if self._link is None or self._link.closed:
                link = await self._server.open(self._name)
                await load_scripts(link)
                self.losses += self._link is not None
                self._link = link
            return self._link

    async def open(self, key: str, name: str) -> Link:  # noqa: ARG002  # all live here
        return await self._server.open(name)

    def note(self, reply: ReplyError) -> None:
        # NOSCRIPT: SCRIPT FLUSH, or another server behind the same address: the next call loads them again.
        # READONLY: it is a replica now, and the primary is elsewhere.
        if str(reply).startswith(("NOSCRIPT", "READONLY")) and self._link is not None:
            self._link.abort()

    async def ping(self) -> None:
        (reply,) = await self.call([("PING",)])
        if isinstance(reply, ReplyError):
            self.note(reply)
            raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        link = self._link
        if link is not None and await self._server.moved(link):
            link.abort()
            raise WindsockError(Code.UNAVAILABLE, f"the broker at {link.address} is no longer the one to use")

    def subscribe(
        self,
        name: str,
        listener: Listener,
        patterns: Sequence[str],
        parts: PartListener | None,  # noqa: ARG002  # there is but one part
    ) -> RedisSubscription:
        return RedisSubscription(self._server, self._keys.probe(name), name, listener, patterns)

    async def close(self) -> None:
        if self._link is not None:
            self._link.abort()
        await self._server.close()
