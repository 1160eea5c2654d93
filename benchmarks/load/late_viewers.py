"""Viewers that come late: each is connected beforehand, then asks for all streams and reads until it has every row.

`join <n>` on stdin lets the next n come, one by one. They leave after the answer: what their leaving costs is not theirs. argv: a JSON object (see `Config`).
"""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.load.ws import TEXT, Frames, client_frame, connect

if TYPE_CHECKING:
    import socket

# What a delta says it holds. Parsing the rows would keep the viewer from reading for tens of milliseconds, and the server waiting for it.
COUNT = re.compile(rb'"count":([0-9]+)')
PATH = "/socket.io/?EIO=4&transport=websocket"


@dataclass
class Config:
    """What to connect to, and how much there is to get."""

    port: int
    viewers: int
    streams: list[str]
    rows: int


class Reader:
    """Reads one viewer's frames until it has all rows."""

    def __init__(self, connection: socket.socket, rest: bytes) -> None:
        self._socket = connection
        self._rest = rest

    def join(self, streams: list[str], wanted: int) -> int:
        """Watch the streams; how many bytes came until the last row was there."""
        request = json.dumps(["watch", {"add": [{"id": name} for name in streams]}], separators=(",", ":")).encode()
        self._socket.sendall(client_frame(TEXT, b"42" + request))
        rows = size = 0
        chunks = [self._rest]
        while rows < wanted:
            got = self._socket.recv(1 << 20)
            if not got:
                raise ConnectionError("closed before all rows had come")
            size += len(got)
            chunks.append(got)
            frames = Frames(b"".join(chunks))
            for payload in frames:
                if payload.startswith(b'42["tick",'):
                    rows += sum(map(int, COUNT.findall(payload)))
            chunks = [frames.rest]
        if rows != wanted:
            raise RuntimeError(f"{rows} rows came where {wanted} were stored")
        return size


def main() -> None:
    """Connect, then join when told."""
    config = Config(**json.loads(sys.argv[1]))
    waiting = [Reader(*pair) for pair in connect(config.port, PATH, config.viewers, socketio=True, watch=[])]
    print(json.dumps({"connected": len(waiting)}), flush=True)
    for line in sys.stdin:
        started = time.monotonic()
        size = 0
        joined = [waiting.pop() for _ in range(int(line.split()[1]))]
        for viewer in joined:
            size = viewer.join(config.streams, config.rows)
        print(json.dumps({"seconds": time.monotonic() - started, "bytes": size}), flush=True)
        joined.clear()


if __name__ == "__main__":
    main()
