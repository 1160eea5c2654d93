"""Posts messages over kept-alive HTTP connections, the next request as soon as the former is answered: `go <seconds>` on stdin, counts as JSON on stdout."""

from __future__ import annotations

import json
import select
import socket
import sys
import time

from benchmarks.load.messages import STREAMS, message, messages


def request(body: bytes, content_type: str) -> bytes:
    """A POST as a client library would send it."""
    head = (
        f"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: load\r\nAccept: */*\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def supply(batch: int) -> list[bytes]:
    """Requests to send in turn: of one message each, or of a batch as NDJSON."""
    if batch == 1:
        return [request(message(number), "application/json") for number in range(STREAMS * 20)]
    return [request(messages(batch, b"\n"), "application/x-ndjson")]


def is_whole(answer: bytes) -> bool:
    """Whether the answer has arrived with all of its body."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    return len(body) >= int(length or 0)


def post(port: int, connections: int, requests: list[bytes], seconds: float) -> int:
    """Keep every connection busy for a while, then wait for the last answers; the number of requests accepted."""
    sockets: dict[int, socket.socket] = {}
    partial: dict[int, bytes] = {}
    poll = select.epoll()
    done = sent = 0
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    deadline = time.monotonic() + seconds
    for connection in sockets.values():
        connection.sendall(requests[sent % len(requests)])
        sent += 1
    while done < sent:
        more = time.monotonic() < deadline
        for number, _ in poll.poll(10.0):
            connection = sockets[number]
            answer = partial.pop(number, b"") + connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 202"):
                raise RuntimeError(f"refused: {answer[:500]!r}")
            if not is_whole(answer):
                partial[number] = answer
                continue
            done += 1
            if more:
                connection.sendall(requests[sent % len(requests)])
                sent += 1
    for connection in sockets.values():
        connection.close()
    return done


def main() -> None:
    """Serve commands until stdin ends."""
    config = json.loads(sys.argv[1])
    batch = int(config["batch"])
    requests = supply(batch)
    for line in sys.stdin:
        _, seconds = line.split()
        done = post(int(config["port"]), int(config["connections"]), requests, float(seconds))
        print(json.dumps({"requests": done, "sent": done * batch}), flush=True)


if __name__ == "__main__":
    main()
