"""Which server a connection is opened to: always the same one, or the one that the sentinels name at the moment."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from windsock.shared.errors import Code, WindsockError

from .address import Address, BrokerUrl
from .resp import Link, ReplyError

if TYPE_CHECKING:
    from redis.asyncio.sentinel import Sentinel

__all__ = ["FixedServer", "SentinelServer", "Server"]

log = logging.getLogger(__name__)

SENTINEL_SECONDS: Final = 1.0
"""A sentinel that takes longer than this is passed over."""
FRESH_SECONDS: Final = 0.9
"""What the sentinels said is asked again after this long: every probe of every connection would like to know."""


class Server(Protocol):
    """Opens connections to the server that is meant."""

    async def open(
        self,
        name: str,
        *,
        on_message: Callable[[bytes, bytes], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> Link:
        """See `Link.open`."""
        ...

    async def moved(self, link: Link) -> bool:
        """Whether another server is meant by now than the one that this connection leads to."""
        ...

    async def close(self) -> None:
        """Let go of what was needed to find it."""
        ...


class FixedServer:
    """The one at an address."""

    def __init__(self, address: Address) -> None:
        self.address: Final = address

    async def open(
        self,
        name: str,
        *,
        on_message: Callable[[bytes, bytes], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> Link:
        return await Link.open(self.address, name, on_message=on_message, lost=lost)

    async def moved(self, link: Link) -> bool:  # noqa: ARG002  # the protocol's
        return False

    async def close(self) -> None:
        """There is nothing to let go of."""

    def __str__(self) -> str:
        return str(self.address)


class SentinelServer:
    """The primary of a service, as redis-py's Sentinel finds it; what it says is checked with the server itself."""

    def __init__(self, url: BrokerUrl) -> None:
        self._url = url
        self._sentinel: Sentinel | None = None
        self._asking = asyncio.Lock()
        self._found: Address | None = None
        self._found_at = 0.0

    async def open(
        self,
        name: str,
        *,
        on_message: Callable[[bytes, bytes], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> Link:
        link = await Link.open(await self._find(), name, on_message=on_message, lost=lost)
        try:
            async with asyncio.timeout(SENTINEL_SECONDS):
                (role,) = await link.call(("ROLE",))
        except TimeoutError:
            link.abort()
            raise WindsockError(
                Code.UNAVAILABLE, f"the broker at {link.address} did not say what it is in {SENTINEL_SECONDS:g} s"
            ) from None
        except BaseException:
            link.abort()
            raise
        if isinstance(role, ReplyError) or role[0] != b"master":
            link.abort()
            self._found = None
            raise WindsockError(Code.UNAVAILABLE, f"the broker at {link.address} is no primary (yet, or any more)")
        return link

    async def moved(self, link: Link) -> bool:
        try:
            return await self._find() != link.address
        except WindsockError:
            return False  # no sentinel answers: what works goes on

    async def _find(self) -> Address:
        async with self._asking:
            if self._found is None or time.monotonic() - self._found_at > FRESH_SECONDS:
                found = await self._ask()
                if self._found is not None and found != self._found:
                    log.info("the primary of %s is at %s now", self._url.service, found)
                self._found, self._found_at = found, time.monotonic()
            return self._found

    async def _ask(self) -> Address:
        # Its import takes a third of a service's start: only who has sentinels pays for it.
        from redis.asyncio.sentinel import Sentinel  # noqa: PLC0415
        from redis.exceptions import RedisError  # noqa: PLC0415

        if self._sentinel is None:
            login = self._url.sentinel_login
            options: dict[str, Any] = {
                "username": login.username,
                "password": login.password,
                "socket_timeout": SENTINEL_SECONDS,
                "socket_connect_timeout": SENTINEL_SECONDS,
                **self._url.redis_py_tls(),
            }
            seeds = [(seed.host, seed.port) for seed in self._url.seeds]
            self._sentinel = Sentinel(seeds, sentinel_kwargs=options)
        try:
            found = await self._sentinel.discover_master(self._url.service)  # pyright: ignore[reportUnknownVariableType]  # host, port
        except (RedisError, OSError, TimeoutError) as error:
            raise WindsockError(
                Code.UNAVAILABLE, f"the sentinels know no primary of {self._url.service!r}: {error}"
            ) from None
        host, port = cast("tuple[str, int]", found)
        return self._url.at(host, int(port))

    async def close(self) -> None:
        """Let go of the connections to the sentinels."""
        sentinel, self._sentinel = self._sentinel, None
        if sentinel is not None:
            for one in sentinel.sentinels:
                await one.aclose()

    def __str__(self) -> str:
        return str(self._url)
