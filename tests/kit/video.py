"""A running video service, the wish to watch a feed, and what then comes out of Redis."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from kit.ports import free_port
from kit.waiting import until
from windsock.shared.broker import RedisBroker
from windsock.shared.feeds import FeedState, FeedStore, Frame, Kind, Wish
from windsock.shared.settings import Settings

__all__ = ["VideoProcess", "Watcher"]


class VideoProcess:
    """`python -m windsock.video` as a process. A context manager."""

    def __init__(self, redis_url: str, log: Path, **settings: object) -> None:
        self.port = free_port()
        self.log = log
        values = {"video_networks": "127.0.0.0/8", "log_format": "text", "log_level": "debug"} | settings
        self._env = {
            **os.environ,
            "WINDSOCK_REDIS_URL": redis_url,
            "WINDSOCK_VIDEO_HEALTH_PORT": str(self.port),
            **{f"WINDSOCK_{name.upper()}": str(value) for name, value in values.items()},
        }

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "windsock.video"],
                env=self._env,
                stdout=log,
                stderr=log,
                cwd=self.log.parent,
            )
        until(lambda: "video is up" in self.log.read_text(), "the video service is up", 20)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    @property
    def pid(self) -> int:
        return self.process.pid


class Watcher:
    """Watches feeds as a web process does: says so, and keeps what comes. An async context manager."""

    def __init__(self, settings: Settings, *wishes: tuple[str, Kind], begin: bool = True) -> None:
        self._begins = begin
        self.broker = RedisBroker(settings, "watcher")
        self.store = FeedStore(self.broker)
        self.wishes = [Wish(stream, kind) for stream, kind in wishes]
        self.frames: list[tuple[float, Frame]] = []
        self.states: list[tuple[float, FeedState]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._up = asyncio.Event()

    def received(self, channel: str, message: bytes) -> None:
        now = time.time() * 1000
        if channel.endswith("feed-states"):
            self.states.append((now, FeedState.unpack(message)))
        else:
            self.frames.append((now, Frame.unpack(message)))

    def connected(self) -> None:
        self._up.set()

    def disconnected(self, reason: str) -> None:
        pass

    async def __aenter__(self) -> Self:
        subscription = self.broker.subscribe(self)
        keys = self.store.keys
        for stream, kind in self.wishes:
            subscription.add([keys.feed_states(stream), self.store.channel(stream, kind)])
        self._tasks = [asyncio.create_task(subscription.run())]
        await asyncio.wait_for(self._up.wait(), 30)
        if self._begins:
            await self.begin()
        return self

    async def begin(self) -> None:
        """Say that the feeds are watched, from now on."""
        await self.want()
        for wish in self.wishes:
            await self.store.wake(wish.stream)
        self._tasks.append(asyncio.create_task(self._keep_wanting()))

    async def want(self) -> None:
        await self.store.want(self.wishes, 3.0)

    async def _keep_wanting(self) -> None:
        while True:
            await asyncio.sleep(1)
            await self.want()

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.broker.close()

    def of(self, stream: str, kind: Kind | None = None) -> list[tuple[float, Frame]]:
        """What came of one feed: arrival in ms, frame."""
        return [
            (at, frame) for at, frame in self.frames if frame.stream == stream and (kind is None or frame.kind == kind)
        ]

    def told(self, stream: str) -> list[str]:
        """The states that were told, in order, without repetitions."""
        states = [state.state.value for _, state in self.states if state.stream == stream]
        return [state for place, state in enumerate(states) if place == 0 or states[place - 1] != state]

    def last(self, stream: str) -> FeedState | None:
        """The newest state."""
        return next((state for _, state in reversed(self.states) if state.stream == stream), None)
