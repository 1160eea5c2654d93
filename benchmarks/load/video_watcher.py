"""Watches feeds as a web process does, and reads the camera's barcode in the pictures: how old is what reaches Redis.

`watch <seconds>` on stdin: watches for so long and answers with counts and ages in ms. Ages are worked out afterwards, so that decoding disturbs nothing.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it runs as a file

from benchmarks.load.video_clip import age_of

from windsock.shared.broker import RedisBroker
from windsock.shared.feeds import FeedStore, Frame, Kind, Wish
from windsock.shared.feeds.store import feed_text
from windsock.shared.settings import load_settings

WARM_SECONDS = 2.0


class Watcher:
    """Keeps what comes, and when."""

    def __init__(self, broker: RedisBroker, streams: list[str], kind: Kind) -> None:
        self.store = FeedStore(broker)
        self.wishes = [Wish(stream, kind) for stream in streams]
        self.came: list[tuple[int, bytes]] = []
        self.up = asyncio.Event()
        self.subscription = broker.subscribe(self)
        keys = self.store.keys
        self.subscription.add([keys.frames(name) if kind == "jpeg" else keys.access_units(name) for name in streams])

    def received(self, channel: str, message: bytes) -> None:  # noqa: ARG002  # frames say whose they are
        self.came.append((time.time_ns() // 1_000_000, message))

    def connected(self) -> None:
        self.up.set()

    def disconnected(self, reason: str) -> None:
        raise RuntimeError(reason)

    async def want(self) -> None:
        while True:
            await self.store.want(self.wishes, 3.0)
            await asyncio.sleep(1)


def ages(came: list[tuple[int, bytes]], stream: str) -> list[int]:
    """How old each picture of one feed was on arrival."""
    found: list[int] = []
    decoder: Any = av.CodecContext.create("h264", "r")
    for at, message in came:
        frame = Frame.unpack(message)
        if frame.stream != stream:
            continue
        if frame.kind == "jpeg":
            found.append(
                age_of(cast("Any", cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_GRAYSCALE)), at)
            )
        else:
            found += [age_of(shown.to_ndarray(format="gray"), at) for shown in decoder.decode(av.Packet(frame.data))]
    return found


async def watch(broker: RedisBroker, streams: list[str], kind: Kind, seconds: float) -> dict[str, Any]:
    """Watch for a while, once every feed has begun."""
    watcher = Watcher(broker, streams, kind)
    tasks = [asyncio.create_task(watcher.subscription.run())]
    await watcher.up.wait()
    began = time.monotonic()
    tasks.append(asyncio.create_task(watcher.want()))
    await asyncio.sleep(0.02)
    for stream in streams:
        await watcher.store.wake(stream)
    while not watcher.came:
        await asyncio.sleep(0.005)
        if time.monotonic() - began > 15:
            raise RuntimeError("no picture in 15 s")
    first = (time.monotonic() - began) * 1000
    await asyncio.sleep(WARM_SECONDS)
    print(json.dumps({"begin": True}), flush=True)
    came, watcher.came = watcher.came, []
    await asyncio.sleep(seconds)
    came, watcher.came = watcher.came, []
    print(json.dumps({"end": True}), flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    # A decoder begins at a key picture.
    key = next(
        (
            place
            for place, (_, message) in enumerate(came)
            if (frame := Frame.unpack(message)).key and frame.stream == streams[0]
        ),
        0,
    )
    return {
        "first": first,
        "frames": len(came),
        "bytes": sum(len(message) for _, message in came),
        "ages": ages(came[key:], streams[0]),
    }


async def main() -> None:
    """Register the feeds, then do as told."""
    asked = json.loads(sys.argv[1])
    settings = load_settings(redis_url=asked["redis_url"])
    broker = RedisBroker(settings, "watcher")
    await broker.set_feeds({stream: feed_text(url, {}) for stream, url in asked["feeds"].items()})
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        _, kind, seconds, count = line.split()
        streams = list(asked["feeds"])[: int(count)]
        print(json.dumps(await watch(broker, streams, cast("Kind", kind), float(seconds))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
