"""Viewers that look at cameras: a quick one, and one on a slow line."""

from __future__ import annotations

import asyncio
import time

from typing_extensions import override

from kit.relay import Viewer, with_frames
from windsock.shared.feeds import Frame

__all__ = ["FeedViewer", "SlowFeedViewer"]


class FeedViewer(Viewer):
    """A viewer that takes frames; whether and when it says that it has seen them is up to the test."""

    def __init__(self, port: int, *, sees: bool = True) -> None:
        super().__init__(port)
        self.sees = sees
        self.frames: list[Frame] = []
        self.ages: list[tuple[float, float]] = []
        """When each came, and how old it was then, in seconds."""

    @override
    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 2:
            frame = Frame.unpack(payload)
            self.frames.append(frame)
            self.ages.append((time.monotonic(), time.time() - frame.time / 1000))
            if self.sees:
                self.see(frame)
        elif not payload.startswith(b"451-"):
            super()._take(opcode, payload)

    def see(self, frame: Frame) -> None:
        self.emit("seen", {"id": frame.stream, "kind": frame.kind, "epoch": frame.epoch, "seq": frame.seq})


class SlowFeedViewer(FeedViewer):
    """Reads 50 kB a second, and says that it has seen a picture when it has read it."""

    @override
    async def _read(self) -> None:
        while data := await self._reader.read(2500):
            self._buffer += data
            for opcode, payload in with_frames(self._buffer):
                self._take(opcode, payload)
            await asyncio.sleep(0.05)
