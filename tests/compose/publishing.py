"""Publishers by every way in, and what the stack has kept of their streams."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import time
import urllib.request
from typing import Any

__all__ = ["connected", "post", "samples", "send_large", "send_redis", "send_redis_over", "send_tcp", "values_once"]


def post(url: str, message: object, context: ssl.SSLContext | None = None, **headers: str) -> tuple[int, Any]:
    """POST messages; the status and the answer."""
    body = json.dumps(message).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=15, context=context) as answer:
        return answer.status, json.load(answer)


def send_tcp(port: int, *messages: object, context: ssl.SSLContext | None = None, large: bool = False) -> None:
    """Send messages over TCP; return when they are acknowledged."""
    with connected(port, context) as link:
        texts = [json.dumps(message).encode() for message in ({"hello": {"ack": True}}, *messages)]
        link.sendall(b"".join(struct.pack(">L", len(text)) + text if large else text for text in texts))
        lines = link.makefile("rb")
        acked = -1
        while acked < len(messages):
            line = lines.readline()
            assert line, f"the connection ended after {acked} acknowledgements"
            answer = json.loads(line)
            assert "error" not in answer, answer
            acked = answer["ack"]


def send_large(port: int, *messages: object, context: ssl.SSLContext | None = None) -> None:
    """The same with a length in front of each."""
    send_tcp(port, *messages, context=context, large=True)


def connected(port: int, context: ssl.SSLContext | None = None) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", port), 15)
    return link if context is None else context.wrap_socket(link, server_hostname="localhost")


def send_redis(port: int, *commands: tuple[str, ...], user: str = "publisher", password: str) -> list[str]:
    """Log in at Redis and send commands, bare; the first line of each reply."""
    return send_redis_over(connected(port), *commands, user=user, password=password)


def send_redis_over(
    link: socket.socket, *commands: tuple[str, ...], user: str = "publisher", password: str
) -> list[str]:
    """The same over a connection that stands."""
    with link:
        words = [("AUTH", user, password), *commands]
        link.sendall(b"".join(b"*%d\r\n" % len(each) + b"".join(bulk(word) for word in each) for each in words))
        lines = link.makefile("rb")
        replies: list[str] = []
        for _ in words:
            line = lines.readline().decode().strip()
            if line.startswith("$"):
                line = lines.readline().decode().strip()
            replies.append(line)
        return replies[1:] if replies[0] == "+OK" else replies


def bulk(word: str) -> bytes:
    data = word.encode()
    return b"$%d\r\n%b\r\n" % (len(data), data)


def samples(port: int, stream: str) -> list[Any]:
    """The values of a stream in history, all of them."""
    found: list[Any] = []
    after = 0
    while True:
        url = f"http://127.0.0.1:{port}/v1/streams/{stream}/samples?after={after}&limit=5000"
        with urllib.request.urlopen(url, timeout=15) as answer:
            page = json.load(answer)
        found += [row[1] for row in page["rows"]]
        if not page["rows"] or after == page["offset"]:
            return found
        after = page["first"] + len(page["rows"]) - 1


def values_once(port: int, stream: str, count: int, seconds: float = 20.0) -> list[Any]:
    """The values of a stream, once there are so many."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = samples(port, stream)
        except OSError:
            found = []  # not there yet
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{stream} has {len(found)} samples, not {count}"
        time.sleep(0.1)
