"""Many viewers in one small process: the WebSocket (and Socket.IO) handshake, then frames counted by their length field and never parsed.

A viewer that costs more than the server measures itself. Here a frame costs one `recv_into` and four byte comparisons, about what the kernel takes to deliver
it. argv: a JSON object (see `Config`). Prints `{"connected": n}`; then `mark` on stdin prints what came in since the last mark and starts anew.
"""

from __future__ import annotations

import json
import select
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.load.ws import TEXT, Frames, client_frame, connect

if TYPE_CHECKING:
    import socket

BUFFER = 4 * 1024 * 1024
TICK_LETTER = ord("t")  # of all events that any measured server sends only `42["tick",...` has it in this place
TICK_LETTER_AT = 4
HEAD = 10 + TICK_LETTER_AT + 1  # the longest header, and as much of the payload as is looked at
PING = ord("2")
TIME_FIELD = b'"time":'


@dataclass
class Config:
    """What to connect to, and how."""

    port: int
    viewers: int
    path: str = "/socket.io/?EIO=4&transport=websocket"
    socketio: bool = True
    watch: list[str] = field(default_factory=list[str])
    timed_every: int = 8
    """Every so many viewers the time that the server wrote into a tick is compared with the clock."""
    audited: int = 0
    """So many viewers keep all they get; it is parsed at the mark, to prove that nothing is lost."""


class Viewer:
    """One connection and where in a frame it stands."""

    __slots__ = ("frames", "kept", "rest", "skip", "socket", "timed")

    def __init__(self, connection: socket.socket, rest: bytes, *, timed: bool, kept: bool) -> None:
        self.socket = connection
        self.frames = 0
        self.skip = 0  # bytes of the present frame that are still to come and need not be looked at
        self.rest = rest  # the begin of a frame whose header has not come in whole
        self.timed = timed
        self.kept: list[bytes] | None = [rest] if kept else None


class Crowd:
    """All viewers of this process, in one epoll."""

    def __init__(self, config: Config) -> None:
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._poll = select.epoll()
        self._bytes = 0
        self._lags: Counter[int] = Counter()
        self.viewers: dict[int, Viewer] = {}
        connected = connect(config.port, config.path, config.viewers, socketio=config.socketio, watch=config.watch)
        for number, (connection, rest) in enumerate(connected):
            connection.settimeout(0)
            viewer = Viewer(connection, rest, timed=number % config.timed_every == 0, kept=number < config.audited)
            self.viewers[connection.fileno()] = viewer
            self._poll.register(connection, select.EPOLLIN)
        self._commands = sys.stdin.fileno()
        self._poll.register(self._commands, select.EPOLLIN)

    def run(self) -> None:
        """Read until stdin ends."""
        while True:
            for number, _ in self._poll.poll():
                if number == self._commands:
                    if not sys.stdin.readline():
                        return
                    print(json.dumps(self._mark()), flush=True)
                else:
                    self._read(self.viewers[number])

    def _read(self, viewer: Viewer) -> None:
        rest = viewer.rest
        begin = len(rest)
        if begin:
            self._buffer[:begin] = rest
            viewer.rest = b""
        try:
            got = viewer.socket.recv_into(self._view[begin:] if begin else self._view)
        except BlockingIOError:
            viewer.rest = rest
            return
        if not got:
            raise ConnectionError("the server closed a viewer's connection")
        self._bytes += got
        end = begin + got
        if viewer.kept is not None:
            viewer.kept.append(bytes(self._view[begin:end]))
        at = viewer.skip
        viewer.skip = 0
        buffer = self._buffer
        while at < end:
            # A server's frame is not masked: 1 byte kind, 1 byte length or 126 (2 bytes follow) or 127 (8 bytes follow).
            if end - at < HEAD and not self._short_frame_is_whole(at, end):
                viewer.rest = bytes(self._view[at:end])
                return
            length = buffer[at + 1]
            payload = at + 2
            if length == 126:
                length = buffer[at + 2] << 8 | buffer[at + 3]
                payload = at + 4
            elif length == 127:
                length = int.from_bytes(buffer[at + 2 : at + 10], "big")
                payload = at + 10
            if length > TICK_LETTER_AT and buffer[payload + TICK_LETTER_AT] == TICK_LETTER:
                viewer.frames += 1
                if viewer.timed:
                    self._time(payload, end)
            elif length == 1 and buffer[payload] == PING:
                viewer.socket.send(client_frame(TEXT, b"3"))
            elif buffer[at] == 0x89:  # a WebSocket ping
                viewer.socket.send(client_frame(0x8A, bytes(self._view[payload : payload + length])))
            at = payload + length
        viewer.skip = at - end

    def _short_frame_is_whole(self, at: int, end: int) -> bool:
        """Whether a piece of less than `HEAD` bytes is a whole frame (a ping) and not the begin of one."""
        return end - at >= 2 and self._buffer[at + 1] < 126 and end - at >= 2 + self._buffer[at + 1]

    def _time(self, payload: int, end: int) -> None:
        found = self._buffer.find(TIME_FIELD, payload, min(payload + 64, end))
        if found >= 0:
            stop = found + len(TIME_FIELD) + 13
            digits = self._buffer[found + len(TIME_FIELD) : stop]
            if digits.isdigit():
                self._lags[round(time.time() * 1000 - int(digits))] += 1

    def _mark(self) -> dict[str, object]:
        """What came in since the last mark."""
        counts = [viewer.frames for viewer in self.viewers.values()]
        report: dict[str, object] = {
            "frames": sum(counts),
            "least": min(counts),
            "most": max(counts),
            "bytes": self._bytes,
            "lags": sorted(self._lags.items()),
            "audits": [audit(viewer) for viewer in self.viewers.values() if viewer.kept is not None],
        }
        for viewer in self.viewers.values():
            viewer.frames = 0
        self._bytes = 0
        self._lags.clear()
        return report


def audit(viewer: Viewer) -> dict[str, object]:
    """Parse what a viewer kept: the offsets it went through (`span`), the rows it got, what it was told is lost. An incomplete frame stays for later."""
    frames = Frames(b"".join(viewer.kept or []))
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    rows = lost = 0
    for payload in frames:
        if payload.startswith(b'42["tick",'):
            for delta in json.loads(payload[2:])[1]["streams"]:
                first.setdefault(delta["id"], delta["offset"] - delta["count"])
                last[delta["id"]] = delta["offset"]
                rows += len(delta["rows"])
                lost += delta["lost"]
    viewer.kept = [frames.rest]
    return {"rows": rows, "lost": lost, "span": sum(last[name] - first[name] for name in last)}


def main() -> None:
    """Connect all, then count."""
    crowd = Crowd(Config(**json.loads(sys.argv[1])))
    print(json.dumps({"connected": len(crowd.viewers)}), flush=True)
    crowd.run()


if __name__ == "__main__":
    main()
