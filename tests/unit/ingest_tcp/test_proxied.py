"""The PROXY header, both versions, as proxies write it and as nobody should."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.ingest_tcp.proxied import SIGNATURE, V2_MOST, ProxyHeader, read_proxy_header
from windsock.shared.errors import Code, WindsockError


def version_2(source: str, *, command: int = 0x21, extra: bytes = b"") -> bytes:
    """A header as HAProxy writes it, `extra` behind the addresses."""
    address = ipaddress.ip_address(source)
    family = 0x11 if address.version == 4 else 0x21
    rest = address.packed * 2 + b"\x04\xd2\x1f\x4a" + extra
    return SIGNATURE + bytes([command, family]) + len(rest).to_bytes(2, "big") + rest


@pytest.mark.parametrize("source", ["192.0.2.7", "2001:db8::7"])
def test_version_2_says_who_is_behind_the_proxy(source: str) -> None:
    header = version_2(source, extra=b"\x04\x00\x01x")
    assert read_proxy_header(header + b'{"id": 1}') == ProxyHeader(len(header), source)


@pytest.mark.parametrize(
    ("line", "source"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 1234 8010\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 1234 8010\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", None),
    ],
)
def test_version_1_says_who_is_behind_the_proxy(line: bytes, source: str | None) -> None:
    assert read_proxy_header(line + b"{}") == ProxyHeader(len(line), source)


def test_a_proxy_that_speaks_for_itself_names_nobody() -> None:
    header = version_2("192.0.2.7", command=0x20)
    assert read_proxy_header(header) == ProxyHeader(len(header), None)


@given(st.sampled_from([version_2("192.0.2.7"), b"PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n"]), st.data())
def test_a_header_in_pieces_is_waited_for(header: bytes, data: st.DataObject) -> None:
    assert read_proxy_header(header[: data.draw(st.integers(0, len(header) - 1))]) is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"id": 1, "value": 2}',
        b"GET / HTTP/1.1\r\n",
        b"PROXY TCP4 nobody 192.0.2.1 1 2\r\n",
        b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY TCP9 192.0.2.7 192.0.2.1 1 2\r\n",
        b"PROXY \r\n",
        b"PROXY " + b"x" * 200,
        SIGNATURE + b"\x11\x11\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\x00\x04" + bytes(4),
        SIGNATURE + b"\x21\x11" + (V2_MOST + 1).to_bytes(2, "big"),
    ],
)
def test_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(WindsockError) as refused:
        read_proxy_header(data)
    assert refused.value.code is Code.MALFORMED


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(data: bytes) -> None:
    try:
        header = read_proxy_header(data)
    except WindsockError:
        return
    assert header is None or 0 < header.length <= len(data)
