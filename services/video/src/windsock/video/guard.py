"""Where a camera may be: checked at each connect, on the address that is then connected to, so that a name can't lead elsewhere in between.

Refused unless a setting allows the network: this machine itself, link-local addresses (cloud metadata among them), what is no single host, and the hosts that
Windsock's own services run on.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from windsock.shared.broker.address import BrokerUrl

from .rtsp import CameraError

if TYPE_CHECKING:
    from windsock.shared.feeds import FeedUrl
    from windsock.shared.settings import Settings

__all__ = ["Guard"]

IP = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA: Final = frozenset({"169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"})
"""Where clouds keep their machines' secrets; most are link-local, these are not all."""
OWN_NAMES: Final = ("redis", "valkey", "web", "ingest-tcp", "ingest-http", "ingest-redis", "video")
"""Our services' names on a container network."""
OWN_SECONDS: Final = 30.0
LOOKUPS: Final = 64
"""Name look-ups at a time. A look-up that hangs holds a thread, and must not hold up other feeds."""
NO_SUCH_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
"""What a name server says of a name that there is not. Anything else says nothing of the name."""
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class Guard:
    """See the module."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = [ipaddress.ip_network(network) for network in settings.video_networks]
        self._lookups = ThreadPoolExecutor(LOOKUPS, "lookup")
        self._own_names = (socket.gethostname(), *OWN_NAMES, *BrokerUrl(settings.redis_url).hosts)
        self._own_at: dict[str, list[IP]] = {}
        self._own: frozenset[IP] = frozenset()
        self._own_until = 0.0
        self._learning = asyncio.Lock()
        """Nobody is let through before our own addresses are known."""

    async def address(self, url: FeedUrl, seconds: float) -> str:
        """An address of the URL's host that may be connected to.

        Raises:
            CameraError: `forbidden` or `unreachable`.
        """
        addresses = await self._resolve(url.host, seconds)
        if not addresses:
            raise CameraError("unreachable", f"there is no host {url.host[:80]!r}")
        if not all(self._in_allowed(address) for address in addresses):
            await self._learn_own(seconds)
        for address in addresses:
            if self.permits(address):
                return str(address)
        raise CameraError(
            "forbidden",
            f"{url.place} leads to where cameras are not taken from; WINDSOCK_VIDEO_NETWORKS allows networks",
            lasting=True,
        )

    def permits(self, address: IP) -> bool:
        """Whether a camera may be at this address."""
        real = _plain(address)
        if self._in_allowed(real):
            return True
        return not (
            real.is_loopback
            or real.is_link_local
            or real.is_multicast
            or real.is_unspecified
            or real.is_reserved
            or str(real) in METADATA
            or str(real) == "255.255.255.255"
            or real in self._own
        )

    def _in_allowed(self, address: IP) -> bool:
        return any(address in network for network in self._allowed)

    async def _resolve(self, host: str, seconds: float) -> list[IP]:
        try:
            return [_plain(ipaddress.ip_address(host))]
        except ValueError:
            pass
        if len(host) > 253:
            return []

        def look_up() -> list[str]:
            try:
                found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except UnicodeError:
                return []
            except socket.gaierror as error:
                if error.errno in NO_SUCH_NAME:
                    return []
                raise
            return list(dict.fromkeys(str(entry[4][0]) for entry in found))

        try:
            async with asyncio.timeout(seconds):
                found = await asyncio.get_running_loop().run_in_executor(self._lookups, look_up)
        except TimeoutError:
            raise CameraError("timeout", f"the name {host[:80]!r} was not resolved within {seconds:g} s") from None
        except OSError as error:
            raise CameraError("unreachable", f"the name {host[:80]!r} can't be looked up: {error.strerror}") from None
        return [_plain(ipaddress.ip_address(text.partition("%")[0])) for text in found]

    async def _learn_own(self, seconds: float) -> None:
        async with self._learning:
            if time.monotonic() < self._own_until:
                return
            found = await asyncio.gather(
                *(self._resolve(name, seconds) for name in self._own_names), return_exceptions=True
            )
            for name, addresses in zip(self._own_names, found, strict=True):
                if not isinstance(addresses, BaseException):
                    self._own_at[name] = addresses  # of one that could not be asked for, the last ones stand
            self._own = frozenset(address for each in self._own_at.values() for address in each)
            self._own_until = time.monotonic() + OWN_SECONDS

    def close(self) -> None:
        """Wait for no look-up."""
        self._lookups.shutdown(wait=False, cancel_futures=True)


def _plain(address: IP) -> IP:
    """The IPv4 address inside an IPv6 one, where there is one: it is where the connection ends up."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address
