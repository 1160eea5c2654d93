"""Sends messages over TCP as fast as they are taken: `go <seconds>` on stdin, what was sent as JSON on stdout.

Everything is built before the clock starts, so that one core of load drives one core of server: whole blocks of 64 KB over one connection, or, to be the
many small publishers, one message a write over each of many connections in turn.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time

from benchmarks.load.messages import STREAMS, message, messages

BLOCK_MESSAGES = STREAMS * 30  # about 64 KB: a write of more costs no less a byte
SEPARATORS = {"newline": b"\n", "none": b""}


def send_blocks(address: tuple[str, int], separator: bytes, seconds: float, *, timed: bool = False) -> int:
    """One connection, big writes."""
    block = messages(BLOCK_MESSAGES, separator, timed=timed)
    sent = 0
    with socket.create_connection(address) as connection:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            connection.sendall(block)
            sent += BLOCK_MESSAGES
    return sent


def send_singly(address: tuple[str, int], separator: bytes, seconds: float, connections: int) -> int:
    """Many connections, a write for each message; a connection whose server is behind is passed over until it takes more."""
    supply = [message(number) + separator for number in range(STREAMS * 100)]
    sockets = [socket.create_connection(address) for _ in range(connections)]
    unsent: dict[socket.socket, bytes] = {}
    sent = 0
    for connection in sockets:
        connection.settimeout(0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        progress = False
        for connection in sockets:
            data = unsent.pop(connection, b"")
            if not data:
                data = supply[sent % len(supply)]
                sent += 1
            try:
                taken = connection.send(data)
            except BlockingIOError:
                taken = 0
            progress = progress or taken > 0
            if taken < len(data):
                unsent[connection] = data[taken:]
        if not progress:
            select.select([], sockets, [], 0.1)
    for connection in sockets:
        connection.settimeout(None)
        connection.sendall(unsent.get(connection, b""))
        connection.close()
    return sent


def main() -> None:
    """Serve commands until stdin ends."""
    config = json.loads(sys.argv[1])
    address, separator, connections = (
        ("127.0.0.1", int(config["port"])),
        SEPARATORS[config["separator"]],
        int(config["connections"]),
    )
    for line in sys.stdin:
        _, seconds = line.split()
        take = float(seconds)
        sent = (
            send_blocks(address, separator, take, timed=bool(config.get("timed")))
            if connections == 1
            else send_singly(address, separator, take, connections)
        )
        print(json.dumps({"sent": sent}), flush=True)


if __name__ == "__main__":
    main()
