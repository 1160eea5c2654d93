"""Channels that one listener hears, over a connection that mends itself.

A subscription can die without a sign: a half-open connection, a proxy that forgot it. So it sends itself a message once a second on a channel of its own,
over the very connection that it listens on the other end of; some missing in a row and the connection is dropped and opened anew.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import Code, WindsockError
from windsock.shared.runtime import Backoff

from .resp import Link, ReplyError, Word

if TYPE_CHECKING:
    from .port import Listener
    from .servers import Server

__all__ = ["RedisSubscription"]

log = logging.getLogger(__name__)

PROBE_SECONDS: Final = 1.0
PROBES_MISSED: Final = 3


class RedisSubscription:
    """See `windsock.shared.broker.port.Subscription`."""

    kind: str = "subscribe"
    """The command, as its confirmation names it."""
    publish: str = "PUBLISH"

    def __init__(self, server: Server, probe: str, name: str, listener: Listener, patterns: Sequence[str] = ()) -> None:
        self._server = server
        self._name = name
        self._listener = listener
        self._patterns = list(patterns)
        self._channels: set[str] = set()
        self._callbacks: dict[bytes, list[Callable[[], None]]] = {}
        self._link: Link | None = None
        self.probe_channel: Final = f"{probe}-{secrets.token_hex(4)}"
        self._probe_name: Final = self.probe_channel.encode()
        self._probes_out = 0
        self._up = False
        self.reconnections = 0

    @property
    def up(self) -> bool:
        return self._up

    @property
    def channels(self) -> frozenset[str]:
        """What is subscribed to, or will be."""
        return frozenset(self._channels)

    def add(self, channels: Iterable[str], subscribed: Callable[[], None] | None = None) -> None:
        new = [channel for channel in channels if channel not in self._channels]
        self._channels.update(new)
        if not new:
            if subscribed is not None:
                subscribed()
            return
        if self._link is not None:
            if subscribed is not None:
                # Confirmations come in the order of the channels, so the last one stands for all.
                self._callbacks.setdefault(new[-1].encode(), []).append(subscribed)
            self._link.push(*self._commands(self.kind, new))

    def remove(self, channels: Iterable[str]) -> None:
        gone = [channel for channel in channels if channel in self._channels]
        self._channels.difference_update(gone)
        for channel in gone:
            self._callbacks.pop(channel.encode(), None)
        if gone and self._link is not None:
            self._link.push(*self._commands(self.kind.replace("sub", "unsub"), gone))

    def _commands(self, command: str, channels: Sequence[str]) -> list[tuple[Word, ...]]:
        return [(command, *channels)]

    async def run(self) -> None:
        backoff = Backoff(first=0.1, most=2.0)
        while True:
            lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            try:
                await self._open(lost)
                backoff.reset()
                reason = await self._watch(lost)
            except WindsockError as error:
                reason = error.message
            finally:
                self._drop()
            if self._up:
                self._up = False
                self.reconnections += 1
                log.warning("subscription lost: %s", reason)
                self._listener.disconnected(reason)
            await backoff.wait()

    async def _open(self, lost: asyncio.Future[str]) -> None:
        def on_lost(reason: str) -> None:
            if not lost.done():
                lost.set_result(reason)

        link = await self._server.open(f"{self._name}-sub", on_message=self._received, lost=on_lost)
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_subscribed(kind: str, channel: bytes) -> None:
            if kind != self.kind:
                self._ended(kind, channel)
                return
            if channel == self._probe_name and not confirmed.done():
                confirmed.set_result(None)
            for callback in self._callbacks.pop(channel, ()):
                callback()

        link.subscribed = on_subscribed
        link.refused = self._refused
        self._link = link
        if self._patterns:
            link.push(("PSUBSCRIBE", *self._patterns))
        # The probe's channel last: its confirmation means that all the others stand.
        link.push(*self._commands(self.kind, [*sorted(self._channels), self.probe_channel]))
        done, _ = await asyncio.wait(
            {confirmed, lost}, timeout=PROBE_SECONDS * PROBES_MISSED, return_when=asyncio.FIRST_COMPLETED
        )
        if confirmed not in done:
            raise WindsockError(
                Code.UNAVAILABLE, lost.result() if lost.done() else "the subscription was not confirmed in time"
            )
        self._probes_out = 0
        self._up = True
        self._listener.connected()

    async def _watch(self, lost: asyncio.Future[str]) -> str:
        link = self._link
        if link is None:
            return lost.result()
        prober = await Link.open(link.address, f"{self._name}-probe")
        try:
            while True:
                if self._probes_out >= PROBES_MISSED:
                    return f"{self._probes_out} probes in a row did not come back"
                self._probes_out += 1
                # Not `wait_for`: Python 3.11's forgets a cancellation that comes together with the result, and whoever waits for our end would wait for ever.
                async with asyncio.timeout(PROBE_SECONDS * PROBES_MISSED):
                    (reply,) = await prober.call((self.publish, self.probe_channel, b""))
                if isinstance(reply, ReplyError):
                    return f"the broker says: {reply}"
                done, _ = await asyncio.wait({lost}, timeout=PROBE_SECONDS)
                if done:
                    return lost.result()
                if await self._server.moved(link):
                    return f"the broker at {link.address} is no longer the one to use"
        except TimeoutError:
            return "the broker does not answer"
        finally:
            prober.abort()

    def _received(self, channel: bytes, message: bytes) -> None:
        if channel == self._probe_name:
            self._probes_out = 0
            return
        # Anybody can PUBLISH to a channel that fits a pattern, under a name that is no text.
        self._listener.received(channel.decode(errors="replace"), message)

    def _ended(self, kind: str, channel: bytes) -> None:
        """A channel is subscribed to no longer, as we asked or as the server decided."""

    def _refused(self, reply: ReplyError) -> None:
        self._give_up(f"the broker says: {reply}")

    def _give_up(self, reason: str) -> None:
        """Drop the connection; `run` opens another."""
        if self._link is not None:
            log.debug("%s: %s", self._name, reason)
            self._link.abort()

    def _drop(self) -> None:
        link, self._link = self._link, None
        self._callbacks.clear()
        if link is not None:
            link.abort()
