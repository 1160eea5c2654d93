"""Publishers of a few lines, with nothing but the standard library: as people write them."""

from __future__ import annotations

import json
import socket
import urllib.request
from typing import Any

__all__ = ["post", "send_tcp"]


def send_tcp(port: int, *messages: object) -> None:
    """Write messages back to back, with nothing between them, and close."""
    with socket.create_connection(("127.0.0.1", port), 5) as link:
        link.sendall(
            b"".join(message if isinstance(message, bytes) else json.dumps(message).encode() for message in messages)
        )


def post(address: str, message: object, **headers: str) -> dict[str, Any]:
    """POST a message, and give the answer."""
    request = urllib.request.Request(
        address, json.dumps(message).encode(), {"Content-Type": "application/json"} | headers
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
