"""A lease in Redis: of several copies of this service exactly one reads, and another one takes over within three seconds when it dies.

One reader keeps each stream's messages in order, and a PUBLISH, which reaches everybody who listens, from being stored once a copy. The holder trusts the lease
for a little less time than Redis does, counted from before it asked: so it stops before another can begin, whatever the network did to the answer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from windsock.shared.broker.resp import ReplyError
from windsock.shared.errors import WindsockError

from .lua import ACQUIRE, RELEASE, RENEW

if TYPE_CHECKING:
    from windsock.shared.broker import RedisBroker

__all__ = ["Lease"]

log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 2.5
LEASE_MS: Final = int(LEASE_SECONDS * 1000)
MARGIN_SECONDS: Final = 0.3
"""How much earlier than Redis the holder lets go: clocks tick at the same rate to far less than this."""
RENEW_SECONDS: Final = 0.5
POLL_SECONDS: Final = 0.25


class Lease:
    """One copy's view of the lease. It is also a `Listener`: it hears when the holder gives the lease back."""

    def __init__(self, broker: RedisBroker, holder: str) -> None:
        self.holder: Final = holder
        self._broker = broker
        self._key: Final = broker.keys.inbox_lease
        self._until = 0.0
        self._freed = asyncio.Event()

    @property
    def held(self) -> bool:
        """Whether we may read, at this very moment."""
        return time.monotonic() < self._until

    async def acquire(self) -> None:
        """Wait until the lease is ours."""
        while True:
            self._freed.clear()
            asked = time.monotonic()
            try:
                (reply,) = await self._broker.call(("EVAL", ACQUIRE, 1, self._key, self.holder, LEASE_MS))
            except WindsockError:
                reply = None  # the broker watch says it
            if reply == 1:
                self._until = asked + LEASE_SECONDS - MARGIN_SECONDS
                if self.held:
                    return
                await self.release()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._freed.wait()
            except TimeoutError:
                continue

    async def keep(self) -> None:
        """Renew the lease; return when it is lost."""
        while self.held:
            await asyncio.sleep(RENEW_SECONDS)
            asked = time.monotonic()
            try:
                async with asyncio.timeout(max(0.0, self._until - asked)):
                    (reply,) = await self._broker.call(("EVAL", RENEW, 1, self._key, self.holder, LEASE_MS))
            except (TimeoutError, WindsockError) as error:
                log.warning("the lease could not be renewed: %s", str(error) or "no answer in time")
                continue
            if reply == 1:
                self._until = asked + LEASE_SECONDS - MARGIN_SECONDS
            else:
                self._until = 0.0
                if isinstance(reply, ReplyError):
                    log.warning("the lease could not be renewed: %s", reply)

    async def release(self) -> None:
        """Let the next one read, at once."""
        self._until = 0.0
        try:
            await self._broker.call(("EVAL", RELEASE, 2, self._key, self._key, self.holder))
        except WindsockError:
            log.debug("the lease could not be given back; it ends by itself")

    # --- Listener

    def received(self, channel: str, message: bytes) -> None:  # noqa: ARG002  # the protocol's
        """The holder gave the lease back."""
        self._freed.set()

    def connected(self) -> None:
        """Nothing to do: asking once a quarter of a second goes on all the time."""

    def disconnected(self, reason: str) -> None:
        """As `connected`."""
