"""A whole HTTP answer as bytes, for connections that no HTTP framework holds: what came there is no HTTP, or HTTP is not spoken there."""

from __future__ import annotations

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError

__all__ = ["bad_request", "no_http"]


def bad_request(error: WindsockError) -> bytes:
    """Refuse, and say that nothing follows."""
    body = codec.encode({"error": error.to_wire()}) + b"\n"
    head = (
        b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    )
    return head % len(body) + body


def no_http(tcp_port: int) -> bytes:
    """The answer of an HTTP port to what is no HTTP."""
    reason = f"this port speaks HTTP, and this is none: messages over TCP, as they are, go to port {tcp_port}"
    return bad_request(WindsockError(Code.MALFORMED, reason))
