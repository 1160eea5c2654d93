"""Whose word on who is behind them is believed: the proxies that the settings name, and nobody else.

A proxy may be named by an address, a network or a name. Names are looked up again every two seconds, since a container that is started anew may have another
address; until then its connections count as a stranger's.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Sequence
from typing import Final

__all__ = ["Proxies", "plain_address"]

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
MOST_HOPS: Final = 16
"""Entries of X-Forwarded-For that are looked at, from the nearest."""

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """The trusted ones, as `WINDSOCK_TRUSTED_PROXIES` has them."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks: Final[list[ipaddress.IPv4Network | ipaddress.IPv6Network]] = []
        self._names: Final[list[str]] = []
        self._found: frozenset[IP] = frozenset()
        for each in trusted:
            try:
                self._networks.append(ipaddress.ip_network(each, strict=False))
            except ValueError:
                self._names.append(each)

    def trusts(self, address: str) -> bool:
        """Whether a peer at this address is one of them."""
        if not self._networks and not self._found:
            return False
        peer = _parse(address)
        return peer is not None and (peer in self._found or any(peer in network for network in self._networks))

    def origin(self, peer: str, forwarded_for: str | None) -> str:
        """The address that a request comes from: the nearest in X-Forwarded-For that is no trusted proxy, if the peer is one."""
        if not forwarded_for or not self.trusts(peer):
            return peer
        origin = peer
        for hop in reversed(forwarded_for.rsplit(",", MOST_HOPS)[-MOST_HOPS:]):
            address = _parse(hop.strip())
            if address is None:
                break  # no proxy of ours wrote this
            origin = str(address)
            if not self.trusts(origin):
                break
        return origin

    async def learn(self) -> None:
        """Look the names up. One that is not known leads to nobody; who comes meanwhile is a stranger."""
        if not self._names:
            return
        loop = asyncio.get_running_loop()
        found: set[IP] = set()
        for name in self._names:
            try:
                entries = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                continue
            found |= {address for entry in entries if (address := _parse(str(entry[4][0]))) is not None}
        if frozenset(found) != self._found:
            log.info("trusted proxies: %s", ", ".join(sorted(map(str, found))) or "none is there")
            self._found = frozenset(found)

    async def watch(self) -> None:
        """Look the names up again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.learn()


def plain_address(text: str) -> str:
    """An address as all of one host are written: an IPv4 one inside an IPv6 one comes out; what is no address stays."""
    address = _parse(text)
    return text if address is None else str(address)


def _parse(text: str) -> IP | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
