"""Channels that one listener hears, over a connection that mends itself.

A subscription can die without a sign: a half-open connection, a proxy that forgot it. So it sends itself a message once a second on a channel of its own,
over the very connection that it listens on the other end of; two missing in a row and the connection is dropped and opened anew.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import Code, WindsockError
from windsock.shared.runtime import Backoff

from .resp import Address, Link

if TYPE_CHECKING:
    from windsock.shared.keys import Keys

    from .port import Listener

__all__ = ["RedisSubscription"]

log = logging.getLogger(__name__)

PROBE_SECONDS: Final = 1.0
PROBES_MISSED: Final = 3


class RedisSubscription:
    """See `windsock.shared.broker.port.Subscription`."""

    def __init__(self, address: Address, keys: Keys, name: str, listener: Listener, patterns: Sequence[str]) -> None:
        self._address = address
        self._name = name
        self._listener = listener
        self._patterns = list(patterns)
        self._channels: set[str] = set()
        self._callbacks: dict[bytes, list[Callable[[], None]]] = {}
        self._link: Link | None = None
        self._probe_channel: Final = keys.probe(f"{name}-{secrets.token_hex(4)}")
        self._probe_name: Final = self._probe_channel.encode()
        self._probes_out = 0
        self._up = False
        self.reconnections = 0

    @property
    def up(self) -> bool:
        return self._up

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
            self._link.push(("SUBSCRIBE", *new))

    def remove(self, channels: Iterable[str]) -> None:
        gone = [channel for channel in channels if channel in self._channels]
        self._channels.difference_update(gone)
        for channel in gone:
            self._callbacks.pop(channel.encode(), None)
        if gone and self._link is not None:
            self._link.push(("UNSUBSCRIBE", *gone))

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

        link = await Link.open(self._address, f"{self._name}-sub", on_message=self._received, lost=on_lost)
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_subscribed(kind: str, channel: bytes) -> None:
            if kind == "subscribe" and channel == self._probe_name and not confirmed.done():
                confirmed.set_result(None)
            for callback in self._callbacks.pop(channel, ()) if kind == "subscribe" else ():
                callback()

        link.subscribed = on_subscribed
        self._link = link
        if self._patterns:
            link.push(("PSUBSCRIBE", *self._patterns))
        # The probe's channel last: its confirmation means that all the others stand.
        link.push(("SUBSCRIBE", *sorted(self._channels), self._probe_channel))
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
        prober = await Link.open(self._address, f"{self._name}-probe")
        try:
            while True:
                if self._probes_out >= PROBES_MISSED:
                    return f"{self._probes_out} probes in a row did not come back"
                self._probes_out += 1
                await asyncio.wait_for(
                    prober.call(("PUBLISH", self._probe_channel, b"")), PROBE_SECONDS * PROBES_MISSED
                )
                done, _ = await asyncio.wait({lost}, timeout=PROBE_SECONDS)
                if done:
                    return lost.result()
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

    def _drop(self) -> None:
        link, self._link = self._link, None
        self._callbacks.clear()
        if link is not None:
            link.abort()
