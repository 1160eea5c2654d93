"""The PROXY header, versions 1 and 2: by it a proxy says, before all else, whose connection it hands on. A pure function of the bytes so far.

Read only from proxies that are trusted, and from these it must come: guessing whether it is there would let a publisher write one itself.
"""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

from windsock.shared.errors import Code, WindsockError

__all__ = ["ProxyHeader", "read_proxy_header"]

SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
V2_FIXED: Final = 16
V2_MOST: Final = 2048
"""Address and everything that proxies add to it, as the name that a TLS client asked for. The longest address, a unix socket's, has 216 bytes."""
V1_BEGIN: Final = b"PROXY "
V1_MOST: Final = 107
LOCAL, PROXY = 0x20, 0x21
ADDRESS_BYTES: Final = {0x1: 4, 0x2: 16}
"""Of IPv4 and IPv6, by the upper half of the byte that names the family."""


class ProxyHeader(NamedTuple):
    """What a header says."""

    length: int
    """Bytes that it takes."""
    address: str | None
    """Who is behind the proxy; None if the proxy speaks for itself, or does not know."""


def read_proxy_header(data: bytes) -> ProxyHeader | None:
    """The header that a connection begins with; None while its end has not come.

    Raises:
        WindsockError: `malformed`: this is no such header.
    """
    if data.startswith(SIGNATURE[: len(data)]):
        return _version_2(data)
    if data.startswith(V1_BEGIN[: len(data)]):
        return _version_1(data)
    raise _malformed("a trusted proxy must send a PROXY header first")


def _version_1(data: bytes) -> ProxyHeader | None:
    end = data.find(b"\r\n", 0, V1_MOST)
    if end < 0:
        if len(data) >= V1_MOST:
            raise _malformed(f"the line has no end within {V1_MOST} bytes")
        return None
    words = data[:end].split(b" ")
    if words[1] == b"UNKNOWN":
        return ProxyHeader(end + 2, None)
    if len(words) != 6 or words[1] not in {b"TCP4", b"TCP6"}:
        raise _malformed("the line should be like PROXY TCP4 SOURCE DESTINATION PORT PORT")
    try:
        address = ipaddress.ip_address(words[2].decode("ascii"))
    except ValueError:
        raise _malformed("the source is no address") from None
    return ProxyHeader(end + 2, str(address))


def _version_2(data: bytes) -> ProxyHeader | None:
    if len(data) < V2_FIXED:
        return None
    command, family = data[12], data[13]
    size = int.from_bytes(data[14:16], "big")
    if command not in {LOCAL, PROXY}:
        raise _malformed(f"version and command {command:#x} are not known")
    if size > V2_MOST:
        raise _malformed(f"{size} bytes are too many")
    length = V2_FIXED + size
    if len(data) < length:
        return None
    width = ADDRESS_BYTES.get(family >> 4)
    if command == LOCAL or width is None:
        return ProxyHeader(length, None)
    if size < 2 * width + 4:
        raise _malformed("the addresses are cut short")
    return ProxyHeader(length, str(ipaddress.ip_address(data[V2_FIXED : V2_FIXED + width])))


def _malformed(reason: str) -> WindsockError:
    return WindsockError(Code.MALFORMED, f"PROXY header: {reason}")
